"""The page of the invitation for the visa: what it will say, the name that it needs, and those that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import day, span
from relevo_portal.page.frame import Frame, made
from relevo_portal.services.certification import Invitations, InvitationStated
from relevo_portal.words.letter import TEXTS, NotNow


class Typed(NamedTuple):
    """What stands in the form, what is wrong with it by field, and what stood in the way besides."""

    name: str
    written_in: Language
    once: str
    faults: Mapping[str, str] = {}
    problem: str | None = None


def letter_page(frame: Frame, found: Invitations | None, typed: Typed, not_now: NotNow | None) -> str:
    """What there is to know before one is made, and the form unless none can be made now."""
    words, language = TEXTS[frame.language], frame.language
    stated = found.stated if found and not not_now else None
    faults = [(field, text) for field, text in typed.faults.items()]
    return made(
        "letter.html",
        frame,
        letter=words,
        typed=typed,
        summary=[*faults, *([(None, typed.problem)] if typed.problem else [])],
        not_now=words.not_now[not_now] if not_now else None,
        stated=_stated(stated, language) if stated else None,
        left=counted(words.form.left, found.left, language) if found and found.left else None,
        languages_of_letters=[(each, words.form.languages[each]) for each in LANGUAGES],
        history=_history(found, language) if found else [],
    )


def _stated(stated: InvitationStated, language: Language) -> Sequence[tuple[str, str]]:
    words, texts = TEXTS[language].stated, stated.texts[language]
    return [
        (words.institution, texts.issuer),
        (words.occasion, texts.occasion),
        (words.days, span(stated.first_on, stated.last_on, language)),
        (words.place, texts.place),
        (words.address, stated.address),
        *([(words.costs, texts.costs)] if texts.costs else []),
    ]


def _history(found: Invitations, language: Language) -> Sequence[Sequence[str]]:
    words = TEXTS[language]
    return [
        (
            day(each.made_at.date(), language),
            words.form.languages[each.language],
            day(each.valid_until, language),
            words.made.statuses[each.status],
        )
        for each in found.made
    ]
