"""The pages of the door and of what is one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import listed
from relevo_chassis.languages.days import instant
from relevo_portal.page.frame import Frame, made, waiting_time
from relevo_portal.page.parts import NO_PARTS, Parts
from relevo_portal.page.writing import in_short
from relevo_portal.services.intake import Mine
from relevo_portal.words import TEXTS, Deed, LostMistake, Mistake, Notice, Passage, Problem, Step, apply, pictures

_PAGES: Mapping[Step, str] = {"submit": "/apply", "state_needs": "/needs", "correct": "/details"}
"""Where a step is taken that has pages of its own."""


class Asked(NamedTuple):
    """Something that is asked about first: what it is about, and the key under which it is done once."""

    deed: Deed
    subject: str
    once: str
    until: datetime | None = None


class Choice(NamedTuple):
    """Something that the person may do, with the page that asks first."""

    deed: Deed
    until: datetime | None = None


class Typed(NamedTuple):
    """What somebody typed who lost their code."""

    contact: str = ""
    word: str = ""


def door_page(
    frame: Frame,
    token: str,
    mistake: Mistake | None = None,
    *,
    typed: str = "",
    notice: Notice | None = None,
    seconds: int | None = None,
) -> str:
    """``seconds`` is how long whoever tried too often has to wait."""
    link, wait = apply.TEXTS[frame.language].calls.link, waiting_time(seconds, frame.language)
    problem = TEXTS[frame.language].door.mistakes[mistake].format(wait=wait) if mistake else None
    return made("door.html", frame, form_token=token, problem=problem, typed=typed, notice=notice, calls_link=link)


def lost_page(
    frame: Frame, token: str | None, typed: Typed, mistake: LostMistake | None = None, seconds: int | None = None
) -> str:
    """The form for whoever lost their code; without a ``token`` what is said once it was sent. ``seconds`` is how long
    whoever tried too often has to wait."""
    where, wait = "word" if mistake == "short_word" else "contact", waiting_time(seconds, frame.language)
    problem = TEXTS[frame.language].lost.mistakes[mistake].format(wait=wait) if mistake else None
    return made("lost.html", frame, form_token=token, typed=typed, problem=problem, where=where)


def mine_page(frame: Frame, found: Mine | None, choices: Sequence[Choice], parts: Parts = NO_PARTS) -> str:
    """What stands with somebody; ``None`` while intake cannot tell. The parts are what other services tell."""
    words = TEXTS[frame.language].mine
    steps = [(text, _until(found, step), _PAGES.get(step)) for step, text in words.steps.items() if _can(found, step)]
    passage = _passage(found, frame.language)
    facts = _facts(found, frame.language)
    in_danger = found is not None and found.in_danger_since is not None
    written = in_short(found.thread, frame.language) if found else None
    found_parts = [*([written] if written else []), *parts.found]
    others = {"found_parts": found_parts, "away": _away(parts, frame.language), "in_danger": in_danger}
    return made("mine.html", frame, passage=passage, facts=facts, choices=choices, steps=steps, **others)


def sure_page(frame: Frame, asked: Asked, problem: str | None = None) -> str:
    """What something means, and the button; with what stood in the way on top."""
    return made("sure.html", frame, asked=asked, problem=problem)


def problem_page(frame: Frame, problem: Problem) -> str:
    return made("problem.html", frame, passage=TEXTS[frame.language].problems[problem])


def specimens_page(frame: Frame) -> str:
    return made("specimens.html", frame, photographs=pictures.TEXTS[frame.language])


def _can(found: Mine | None, step: Step) -> bool:
    """Whether a step is theirs to take; a draft is gone on with before the call opens too."""
    return found is not None and (found.may(step) is not None or (step == "submit" and found.state == "draft"))


def _until(found: Mine | None, step: Step) -> datetime | None:
    may = found.may(step) if found else None
    return may.until if may else None


def _away(parts: Parts, language: Language) -> str:
    words = TEXTS[language]
    names = [words.frame.rooms[room] for room in parts.away]
    return words.mine.parts_away.format(rooms=listed(names, language)) if names else ""


def _passage(found: Mine | None, language: Language) -> Passage:
    words = TEXTS[language].mine
    if found is None:
        return words.away
    if found.state in ("draft", "expired"):
        return words.draft if found.state == "draft" else words.expired
    return words.standing["withdrawn" if found.state == "withdrawn" else found.standing]


def _facts(found: Mine | None, language: Language) -> list[tuple[str, str]]:
    words, facts = TEXTS[language].mine, list[tuple[str, str]]()
    if found is None:
        return facts
    if title := found.titles.get(language) or next(iter(found.titles.values()), None):
        facts.append((words.call, title))
    if found.closes_at and found.standing == "undecided" and found.state != "withdrawn":
        facts.append((words.closes, instant(found.closes_at, language)))
    if found.offer and found.standing == "offered":
        facts.append((words.offer_until, instant(found.offer.expires_at, language)))
    if found.offer and found.standing in ("offered", "accepted"):
        facts.append((words.grant, words.grant_yes if found.offer.travel_grant else words.grant_no))
    return facts
