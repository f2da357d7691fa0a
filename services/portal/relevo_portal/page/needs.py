"""The pages of what somebody needs for the on-site week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.counts import listed
from relevo_chassis.languages.days import day, instant
from relevo_chassis.languages.words import CHOICES
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.parts import Part
from relevo_portal.services.intake import Mine
from relevo_portal.services.needs import NeedName, Needs, OwnNeeds
from relevo_portal.words import letter
from relevo_portal.words.needs import TEXTS, Notice

Values = Mapping[NeedName, str]
"""What stands in the fields, as forms hold it; languages with spaces between them, a tick as ``yes``."""
NAMES: tuple[NeedName, ...] = get_args(NeedName)


class Stating(NamedTuple):
    """What somebody states; ``mark`` stands for what was kept when the page was shown. ``saved`` is what is kept now,
    if somebody changed it meanwhile; ``waited`` says that it was sent when the session was over."""

    values: Values
    mark: str
    faults: Mapping[str, str] = {}
    problem: str | None = None
    saved: Values | None = None
    waited: bool = False


def values_of(needs: Needs | None) -> Values:
    """What is kept, as a form holds it."""
    known = needs or Needs()
    return {
        "from_languages": " ".join(each for each in LANGUAGES if each in known.from_languages),
        "into": known.into or "",
        "into_named": known.into_named,
        "access": known.access,
        "diet": known.diet,
        "arrival_on": known.arrival_on.isoformat() if known.arrival_on else "",
        "arrival_place": known.arrival_place,
        "arrival_number": known.arrival_number,
        "departure_on": known.departure_on.isoformat() if known.departure_on else "",
        "departure_place": known.departure_place,
        "departure_number": known.departure_number,
        "passport_name": known.passport_name,
        "emergency_name": known.emergency_name,
        "emergency_reach": known.emergency_reach,
        "emergency_agreed": "yes" if known.emergency_agreed else "",
    }


def needs_page(frame: Frame, found: OwnNeeds | None, stating: Stating, notice: Notice | None = None) -> str:
    """The form, with who reads it and until when; without ``found`` only what was typed."""
    own, language = TEXTS[frame.language], frame.language
    faults = [(name, f"{own.fields[name].label}: {stating.faults[name]}") for name in NAMES if name in stating.faults]
    until = own.until.format(day=day(found.kept_until_on, language)) if found and found.kept_until_on else None
    return made(
        "needs.html",
        frame,
        own=own,
        letter=letter.TEXTS[language].title,
        values=stating.values,
        stating=stating,
        summary=[*faults, *([(None, stating.problem)] if stating.problem else [])],
        notice=own.notices[notice] if notice else None,
        rules=[*own.rules, until or own.until_unknown],
        from_choices=[(code, name, None) for code, name in CHOICES],
        into_choices=[("", own.into_nothing), *own.into.items()],
        changed=own.changed.format(at=instant(found.changed_at, language)) if found and found.changed_at else None,
        saved=_rows(stating.saved, stating.values, language) if stating.saved is not None else None,
    )


def clear_page(frame: Frame, problem: str | None = None) -> str:
    """What taking it back means, and the button."""
    return made("needs_clear.html", frame, own=TEXTS[frame.language], problem=problem)


def no_needs_page(frame: Frame, *, away: bool = False) -> str:
    """For whoever has nothing to state, or cannot now."""
    own = TEXTS[frame.language]
    return made("passage.html", frame, passage=own.away if away else own.nothing)


def in_short(found: Mine, language: Language) -> Part | None:
    """Whether it is stated, for the first page of one's own."""
    standing = found.needs
    if standing is None:
        return None
    own = TEXTS[language]
    kept = [(own.kept, day(standing.kept_until_on, language))] if standing.kept_until_on else []
    if standing.changed_at is None:
        return Part("needs", own.in_short_nothing)
    return Part("needs", own.in_short, [(own.changed_name, instant(standing.changed_at, language)), *kept])


def _rows(values: Values, others: Values, language: Language) -> list[tuple[str, str]]:
    """What is kept, in words, where it is not what was typed."""
    own = TEXTS[language]
    return [
        (own.fields[name].label, _in_words(name, value, language))
        for name, value in values.items()
        if others.get(name, "") != value
    ]


def _in_words(name: NeedName, value: str, language: Language) -> str:
    own = TEXTS[language]
    into: Mapping[str, str] = {str(code): text for code, text in own.into.items()}
    match name:
        case _ if not value:
            return own.not_stated
        case "from_languages":
            return listed([text for code, text in CHOICES if code in value.split()], language)
        case "into":
            return into.get(value, value)
        case "emergency_agreed":
            return own.fields[name].hint
    return value
