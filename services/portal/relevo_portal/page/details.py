"""The pages of what somebody said of themselves, and of how a lost code is recovered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import instant
from relevo_chassis.languages.words import CHOICES
from relevo_portal.page.frame import Frame, made
from relevo_portal.services.details import Correction, DetailName, Details, Recovery
from relevo_portal.words import apply
from relevo_portal.words.details import TEXTS, Notice

Values = Mapping[DetailName, str | None]
NAMES: tuple[DetailName, ...] = ("name", "contact", "letters", "language", "display")


class Correcting(NamedTuple):
    """What somebody says anew: the key under which it counts once, and ``mark``, which stands for what was kept when
    the page was shown. ``saved`` is what is kept now, if somebody corrected it meanwhile; ``waited`` says that it was
    sent when the session was over."""

    values: Values
    mark: str
    once: str
    faults: Mapping[str, str] = {}
    problem: str | None = None
    saved: Values | None = None
    waited: bool = False


class Choosing(NamedTuple):
    """How somebody wants a lost code recovered, as they chose or typed it."""

    way: str
    hours: str
    word: str
    once: str
    faults: Mapping[str, str] = {}
    problem: str | None = None


def values_of(details: Details) -> Values:
    """What is kept, by name."""
    return {
        "name": details.name,
        "contact": details.contact,
        "letters": details.letters,
        "language": details.language,
        "display": details.display,
    }


def details_page(frame: Frame, found: Details | None, correcting: Correcting, notice: Notice | None = None) -> str:
    """What is kept, with the form to correct it; without ``found`` only what was typed."""
    own, language = TEXTS[frame.language], frame.language
    summary = [(name, f"{own.names[name]}: {text}") for name, text in _known(correcting.faults).items()]
    return made(
        "details.html",
        frame,
        own=own,
        values=correcting.values,
        correcting=correcting,
        summary=[*summary, *([(None, correcting.problem)] if correcting.problem else [])],
        notice=own.notices[notice] if notice else None,
        languages_of_letters=CHOICES,
        letters=[(code, each.label, each.hint) for code, each in apply.TEXTS[language].letters.items()],
        proposed=found.proposed_contact if found else None,
        no_recovery=own.no_recovery.format(at=instant(found.no_recovery_until, language))
        if found and found.no_recovery_until
        else None,
        saved=_rows(correcting.saved, correcting.values, language) if correcting.saved is not None else None,
        history=[_corrected(each, language) for each in reversed(found.corrections)] if found else [],
    )


def details_away_page(frame: Frame) -> str:
    return made("passage.html", frame, passage=TEXTS[frame.language].away)


def way_page(frame: Frame, now: Recovery, choosing: Choosing) -> str:
    """How it is now, and what may be chosen."""
    own, language = TEXTS[frame.language], frame.language
    ways: Mapping[Any, Any] = own.ways
    way = ways[now.way].label if now.way in ways else now.way
    if now.way == "waiting":
        way = counted(own.hours_now, now.hours, language)
    return made(
        "way.html",
        frame,
        own=own,
        now=own.way_now.format(way=way),
        asked=own.asked if now.asked else None,
        choosing=choosing,
        ways=[(code, each.label, each.hint) for code, each in own.ways.items()],
        summary=[*choosing.faults.items(), *([(None, choosing.problem)] if choosing.problem else [])],
    )


def _known(faults: Mapping[str, str]) -> Mapping[DetailName, str]:
    return {name: faults[name] for name in NAMES if name in faults}


def _rows(values: Values, others: Values, language: Language) -> list[tuple[str, str]]:
    """What is kept, in words, where it is not what was typed."""
    own = TEXTS[language]
    languages: Mapping[str, str] = dict(CHOICES)
    displays: Mapping[Any, str] = own.displays
    letters = {str(code): each.label for code, each in apply.TEXTS[language].letters.items()}
    words = {**languages, **displays, **letters}
    return [
        (own.names[name], words.get(value or "") or value or own.no_contact)
        for name, value in values.items()
        if others.get(name) != value
    ]


def _corrected(correction: Correction, language: Language) -> tuple[str, str, str]:
    own = TEXTS[language]
    names: Mapping[Any, str] = own.names
    by: Mapping[Any, str] = own.by
    what = ", ".join(names.get(each, each) for each in correction.details)
    return instant(correction.at, language), what, by.get(correction.by, correction.by)
