"""The pages of the certificate: how it stands and how far one is, who sees the name, and what to copy elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, get_args

from relevo_chassis.languages import Language
from relevo_chassis.languages.days import instant
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.parts import Part
from relevo_portal.services.certification import Certificate, Display, Issued, Verified
from relevo_portal.services.multiplier_tracking import CommitmentState
from relevo_portal.services.scheduling import WeekStanding
from relevo_portal.words import wallet
from relevo_portal.words.paper import TEXTS, File

HOW: dict[str, Display] = {"open": "named", "closed": "unnamed"}
"""Who sees the name, by the neutral word that stands in the address of its page."""


class Steps(NamedTuple):
    """How far somebody is with both; ``None`` for what its service cannot tell now."""

    week: WeekStanding | None = None
    days: CommitmentState | None = None


class Choice(NamedTuple):
    """One way to decide, with what a stranger then sees."""

    display: Display
    is_so: bool
    to: str


def paper_page(frame: Frame, found: Certificate | None, steps: Steps, problem: str | None = None) -> str:
    """How the certificate stands; with what stood in the way on top."""
    words = TEXTS[frame.language]
    standing = found.standing if found else "waiting"
    current = _current(found)
    return made(
        "paper.html",
        frame,
        paper=words,
        wallet=wallet.TEXTS[frame.language],
        problem=problem,
        standing=standing,
        passage=words.standing[standing],
        facts=_facts(found, frame.language),
        review=words.reviews[found.under_review] if found and found.under_review else None,
        steps=_steps(steps, frame.language) if standing == "waiting" else [],
        link=current.verification_url if current else None,
        files=get_args(File),
        earlier=[_earlier(each, frame.language) for each in found.issued if each.superseded_at] if found else [],
    )


def in_short(found: Certificate, language: Language) -> Part:
    """How it stands, for the first page of one's own."""
    facts = _facts(found, language)
    if found.under_review:
        words = TEXTS[language]
        facts = [*facts, (words.review.title, words.reviews[found.under_review])]
    return Part("paper", TEXTS[language].standing[found.standing].title, facts)


def view_page(frame: Frame, display: Display | None) -> str:
    """Who sees the name now, and what each choice means."""
    words = TEXTS[frame.language]
    now = words.view.choices[display].title if display else words.view.unsaid
    choices = [Choice(each, each == display, f"/paper/view/{how}") for how, each in HOW.items()]
    return made("paper_view.html", frame, paper=words, now=now, choices=choices)


def sure_page(frame: Frame, how: str, once: str, problem: str | None = None) -> str:
    """What it means, and the button."""
    return made(
        "paper_sure.html", frame, paper=TEXTS[frame.language], how=how, display=HOW[how], once=once, problem=problem
    )


def warning_page(frame: Frame) -> str:
    """What somebody should think of before they copy anything."""
    return made("paper_fields.html", frame, paper=TEXTS[frame.language], fields=None)


def fields_page(frame: Frame, link: str, verified: Verified) -> str:
    """What to copy into a profile elsewhere, field by field."""
    words, facts = TEXTS[frame.language].fields, verified.texts[frame.language]
    fields = [
        ("name", words.name, None, facts.title),
        ("issuer", words.issuer, None, facts.issuer),
        ("month", words.month, None, f"{verified.issued_on:%m/%Y}"),
        ("number", words.number, words.number_hint, link.rpartition("/")[2]),
    ]
    return made("paper_fields.html", frame, paper=TEXTS[frame.language], fields=fields, link=link)


def _current(found: Certificate | None) -> Issued | None:
    return found.issued[-1] if found and found.issued and found.standing in ("issued", "revoked") else None


def _facts(found: Certificate | None, language: Language) -> Sequence[tuple[str, str]]:
    words, current, facts = TEXTS[language], _current(found), list[tuple[str, str]]()
    if found is None:
        return facts
    if current:
        facts.append((words.issued_at, instant(current.issued_at, language)))
    if found.revoked_at:
        facts.append((words.revoked_at, instant(found.revoked_at, language)))
    if found.revoked_because:
        facts.append((words.because, words.revoked[found.revoked_because]))
    return facts


def _steps(steps: Steps, language: Language) -> Sequence[tuple[str, str]]:
    words = TEXTS[language].steps
    week = words.weeks[steps.week] if steps.week else words.unknown
    days = words.commitments[steps.days] if steps.days else words.unknown
    return [(words.week, week), (words.days, days)]


def _earlier(issued: Issued, language: Language) -> str:
    words = TEXTS[language]
    at = instant(issued.superseded_at or issued.issued_at, language)
    return words.superseded_at.format(at=at, because=words.superseded[issued.superseded_because or "other"])
