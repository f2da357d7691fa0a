"""What is missing, and what the participant does next."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    in_period,
    is_met,
    verified_reports,
)

NextStep = Literal[
    "wait_for_the_week",
    "nothing_is_due",
    "rest_while_paused",
    "correct_the_report",
    "wait_for_the_decision",
    "wait_for_the_answer",
    "plan_a_session",
    "hold_the_session",
    "report_the_session",
    "report_what_was_held",
    "wait_for_the_review",
    "all_is_done",
    "ask_a_coordinator",
]


class Missing(NamedTuple):
    """What verified sessions still lack."""

    minutes: int
    people: int


def missing(commitment: Commitment, now: datetime) -> Missing:
    """What is still to be reached: all of it in one session, or the rest where sessions add up (rule 8)."""
    if commitment.requirements is None or commitment.due_on is None:
        return Missing(0, 0)
    required = commitment.requirements
    if commitment.state == "fulfilled" or is_met(commitment, now):
        return Missing(0, 0)
    if not required.sessions_add_up:
        return Missing(required.multiplier_minutes, required.multiplier_people)
    timely = [each for each in verified_reports(commitment) if in_period(commitment, each.held_on, now)]
    return Missing(
        max(0, required.multiplier_minutes - sum(each.minutes for each in timely)),
        max(0, required.multiplier_people - sum(each.people for each in timely)),
    )


def days_left(commitment: Commitment, now: datetime) -> int | None:
    """Whole days until the due day, 0 on the day itself; ``None`` while none run."""
    if commitment.state != "open" or commitment.paused:
        return None
    return max(0, (commitment.due - days.current(now)).days)


def next_step(commitment: Commitment, now: datetime) -> NextStep:
    match commitment.state:
        case "expected":
            return "wait_for_the_week"
        case "not_due" | "withdrawn":
            return "nothing_is_due"
        case "fulfilled":
            return "all_is_done"
        case "lapsed":
            return "ask_a_coordinator"
        case "under_review":
            return "wait_for_the_review"
        case "open":
            return _next_while_open(commitment, now)


def _next_while_open(commitment: Commitment, now: datetime) -> NextStep:
    states = {session.state for session in commitment.sessions}
    if "returned" in states:
        return "correct_the_report"
    if "reported" in states:
        return "wait_for_the_decision"
    if commitment.asking:
        return "wait_for_the_answer"
    if commitment.paused:
        return "rest_while_paused"
    planned = [each.planned_on for each in commitment.sessions if each.state == "planned" and each.planned_on]
    if any(days.is_over(day, now) for day in planned):
        return "report_the_session"
    if planned:
        return "hold_the_session"
    return "report_what_was_held" if days.is_over(commitment.due, now) else "plan_a_session"
