"""How soon a letter goes out, and whether it goes to somebody who wants few letters or none (rule 20).

What runs out, and what somebody waits for, goes at once. So does what names a day that is today or tomorrow. All else
is gathered for an hour: of several matters one letter tells (``gathering``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from relevo_intake.domain.sealed import Letters
from relevo_intake.words import LetterKind

GATHERED_FOR = timedelta(hours=1)
SOON_DAYS = 1
_DAYS_NAMED = ("due_on", "until_on", "next_on")
_FEWER: tuple[Letters, ...] = ("none", "few", "all")


class Pace(NamedTuple):
    """``to`` are the fewest letters that somebody may have chosen and still gets this one; ``at_once`` is why it is
    not gathered, empty where it is."""

    to: Letters
    at_once: str = ""


PACES: Mapping[LetterKind, Pace] = {
    "receipt": Pace("none", "somebody waits for it in front of the page"),
    "contact_proposed": Pace("none", "somebody waits for it, at another address"),
    "contact_changed": Pace("none", "who did not want that has to know before more is done; to another address"),
    "recovery_asked": Pace("none", "the waiting time runs in which the old code can refuse"),
    "recovery": Pace("none", "what it brings runs out in an hour"),
    "danger": Pace("none", "somebody is in danger, and one of staff is told"),
    "offer": Pace("few", "the offer runs out"),
    "offer_near": Pace("few", "the offer runs out"),
    "offer_expired": Pace("few"),
    "reminder": Pace("few", "the days run out"),
    "report_returned": Pace("few", "the days run in which it can be corrected"),
    "report_rejected": Pace("few", "the days run in which there can be another"),
    "verification_withdrawn": Pace("few"),
    "evidence_rejected": Pace("few", "the report is decided on without it if no other comes before"),
    "request_declined": Pace("few", "the days run that were to stand still, or to be more"),
    "support_overdue": Pace("few"),
    "commitment_opened": Pace("few"),
    "commitment_resumed": Pace("few"),
    "commitment_reopened": Pace("few"),
    "commitment_lapsed": Pace("few"),
    "commitment_cancelled": Pace("few"),
    "participation_over": Pace("few"),
    "programme_published": Pace("few"),
    "own_sessions_changed": Pace("few"),
    "onsite_not_completed": Pace("few"),
    "onsite_corrected": Pace("few"),
    "certificate_revoked": Pace("few"),
    "confirmation": Pace("all"),
    "waitlisted": Pace("all"),
    "turned_down": Pace("all"),
    "enrolled": Pace("all"),
    "details_corrected": Pace("all"),
    "onsite_completed": Pace("all"),
    "commitment_paused": Pace("all"),
    "commitment_extended": Pace("all"),
    "commitment_under_review": Pace("all"),
    "commitment_fulfilled": Pace("all"),
    "report_verified": Pace("all"),
    "support_answered": Pace("all"),
    "support_closed": Pace("all"),
    "thread_answered": Pace("all"),
    "certificate": Pace("all"),
    "certificate_superseded": Pace("all"),
    "certificate_under_review": Pace("all"),
    "certificate_kept": Pace("all"),
    "news": Pace("few", "it tells of what was gathered"),
}
"""Few letters are those of what runs out, is over, or asks something of the person."""


def wanted(kind: LetterKind, chosen: Letters) -> bool:
    """Whether somebody who chose so many letters gets one of this kind."""
    return _FEWER.index(chosen) >= _FEWER.index(PACES[kind].to)


def gathers_until(kind: LetterKind, facts: Mapping[str, str | int], now: datetime) -> datetime | None:
    """Until when a letter waits for others to the same person; ``None`` for one that goes at once."""
    days_named = [date.fromisoformat(str(facts[name])) for name in _DAYS_NAMED if name in facts]
    if PACES[kind].at_once or any(days_left_at(each, now) <= SOON_DAYS for each in days_named):
        return None
    return now + GATHERED_FOR


def days_left_at(due_on: date, now: datetime) -> int:
    """Days until a due day, which is over when it is over everywhere on Earth (UTC-12, rule 7); below 0 when it is."""
    return (due_on - (now - timedelta(hours=12)).date()).days
