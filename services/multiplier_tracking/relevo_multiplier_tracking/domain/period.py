"""The days of a commitment: paused, resumed, extended, over; fulfilled or lapsed when that is settled."""

from __future__ import annotations

from datetime import date, datetime

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Event
from relevo_contracts.multiplier_tracking import (
    CommitmentExtended,
    CommitmentFulfilled,
    CommitmentLapsed,
    CommitmentPaused,
    CommitmentReopened,
    CommitmentResumed,
)
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    Outcome,
    Step,
    changed,
    is_met,
    may_lapse,
    names,
    require_present,
    require_state,
    time_is_over,
    verified_reports,
    with_requests_over,
    with_sealed,
    with_step,
)


class CommitmentIsNotLapsed(Refusal):
    """Only a lapsed commitment is reopened; a commitment under review is reopened by deciding the review."""


class CommitmentIsPaused(Refusal):
    """The commitment is paused already; resume it first."""


class CommitmentIsNotPaused(Refusal):
    """The commitment is not paused, so there is nothing to resume."""


class DaysStandStillInDanger(Refusal):
    """The days stand still because the participant is in danger; they run again when that is over (rule 25)."""


class RequestAwaitsDecision(Refusal):
    """The participant's request for a pause or for more days awaits a decision; decide that first."""


class ReportingIsOver(Refusal):
    """The days for reporting are over; ask a coordinator to extend or reopen the commitment (rule 9)."""


class DueDayWouldNotMoveLater(Refusal):
    """The due day only ever moves later; give a later day (rule 10)."""

    status = 422
    where = "body.due_on"


IN_DANGER = "in_danger"
"""Who took a step in the trail because the participant is in danger: nobody of the staff."""


def pause(commitment: Commitment, step_id: str, field_set: str, by: str, now: datetime) -> Outcome:
    """Let the days stand still (rule 10). The reason lies sealed in ``field_set``."""
    require_present(commitment)
    require_state(commitment, "open")
    _require_nothing_asked_for(commitment)
    if time_is_over(commitment, now):
        raise ReportingIsOver(commitment_id=commitment.commitment_id)
    after, events = paused(commitment, now, step_id, by, now)
    return with_sealed(after, [field_set]), events


def paused(
    commitment: Commitment, since: datetime, step_id: str, by: str, now: datetime, request_id: str | None = None
) -> Outcome:
    """The days stand still since an instant: now, or when the participant asked for it (rule 21)."""
    if commitment.paused:
        raise CommitmentIsPaused(commitment_id=commitment.commitment_id)
    step = Step(step_id=step_id, step="paused", taken_at=now, taken_by=by, request_id=request_id)
    event = CommitmentPaused(**names(commitment), paused_at=since)
    return with_step(changed(commitment, paused_at=since), step), (event,)


def stand_still(commitment: Commitment, since: datetime, step_id: str, now: datetime) -> Outcome:
    """While the participant is in danger the days of an open commitment stand still: since then, or since they began
    to run (rule 25)."""
    opened_at = commitment.opened_at
    if commitment.in_danger_since is None or opened_at is None or commitment.state != "open" or commitment.paused:
        return commitment, ()
    if time_is_over(commitment, now):
        return commitment, ()
    return paused(commitment, max(since, opened_at), step_id, IN_DANGER, now)


def resume(commitment: Commitment, step_id: str, by: str | None, now: datetime) -> Outcome:
    """Let the days run again: the due day moves by the whole days paused, in favour of the participant (rule 10)."""
    if commitment.in_danger_since is not None:
        raise DaysStandStillInDanger(commitment_id=commitment.commitment_id)
    return resumed(commitment, step_id, by, now)


def resumed(commitment: Commitment, step_id: str, by: str | None, now: datetime) -> Outcome:
    """The days run again."""
    require_state(commitment, "open")
    if commitment.paused_at is None:
        raise CommitmentIsNotPaused(commitment_id=commitment.commitment_id)
    added_days = days.whole_days(commitment.paused_at, now)
    moved = _moved(commitment, added_days)
    step = Step(step_id=step_id, step="resumed", taken_at=now, taken_by=by, days=added_days, due_on=moved.due_on)
    after = with_step(changed(moved, paused_at=None), step)
    event = CommitmentResumed(**names(after), resumed_at=now, due_on=after.due, report_until_on=after.until)
    return after, (event,)


def extend(commitment: Commitment, due_on: date, step_id: str, field_set: str, by: str, now: datetime) -> Outcome:
    """Move the due day of an open commitment to a later one (rule 10). The reason lies sealed in ``field_set``."""
    require_present(commitment)
    require_state(commitment, "open")
    _require_nothing_asked_for(commitment)
    after, events = extended(commitment, due_on, step_id, by, now)
    return with_sealed(after, [field_set]), events


def extended(
    commitment: Commitment, due_on: date, step_id: str, by: str, now: datetime, request_id: str | None = None
) -> Outcome:
    """The due day, moved to a later one."""
    added_days = (due_on - commitment.due).days
    if added_days <= 0:
        raise DueDayWouldNotMoveLater(due_on=commitment.due.isoformat())
    step = Step(
        step_id=step_id,
        step="extended",
        taken_at=now,
        taken_by=by,
        days=added_days,
        due_on=due_on,
        request_id=request_id,
    )
    after = with_step(changed(_moved(commitment, added_days), extended=True), step)
    event = CommitmentExtended(
        **names(after), extended_at=now, days=added_days, due_on=due_on, report_until_on=after.until
    )
    return after, (event,)


def reopen(commitment: Commitment, due_on: date, step_id: str, field_set: str, by: str, now: datetime) -> Outcome:
    """Open a lapsed commitment again, with a reason and a due day whose reporting window is not over (rule 9)."""
    require_present(commitment)
    if commitment.state != "lapsed":
        raise CommitmentIsNotLapsed(commitment_id=commitment.commitment_id, state=commitment.state)
    after, events = run_again(commitment, due_on, step_id, by, now)
    return with_sealed(after, [field_set]), events


def run_again(commitment: Commitment, due_on: date, step_id: str, by: str, now: datetime) -> Outcome:
    """The days run again, to a due day no earlier than before."""
    added_days = (due_on - commitment.due).days
    if added_days < 0:
        raise DueDayWouldNotMoveLater(due_on=commitment.due.isoformat())
    moved = changed(_moved(commitment, added_days), state="open", lapsed_at=None, review=None)
    if may_lapse(moved, now):
        raise ReportingIsOver(commitment_id=commitment.commitment_id, report_until_on=moved.until.isoformat())
    after = with_step(moved, Step(step_id=step_id, step="reopened", taken_at=now, taken_by=by, due_on=due_on))
    event = CommitmentReopened(**names(after), reopened_at=now, due_on=after.due, report_until_on=after.until)
    still, paused_again = stand_still(after, now, f"{step_id}-still", now)
    return fulfil_or_lapse(still, (event, *paused_again), now)


def lapse(commitment: Commitment, now: datetime) -> Outcome:
    """Lapse if the reporting window is over and no report awaits a decision; otherwise leave all as it is (rule 9)."""
    if not may_lapse(commitment, now):
        return commitment, ()
    return changed(commitment, state="lapsed", lapsed_at=now), (CommitmentLapsed(**names(commitment), lapsed_at=now),)


def fulfil_or_lapse(commitment: Commitment, events: tuple[Event, ...], now: datetime) -> Outcome:
    """After a decision: fulfilled when the requirement is met, lapsed when nothing can meet it any more."""
    if commitment.state != "open":
        return commitment, events
    if not is_met(commitment, now):
        after, more = lapse(commitment, now)
        return after, (*events, *more)
    running, running_again = end_pause(commitment, now)
    after, fulfilled = fulfil(running, now)
    return after, (*events, *running_again, *fulfilled)


def fulfil(commitment: Commitment, now: datetime) -> Outcome:
    """The verified sessions meet the requirement (rule 8)."""
    reports = verified_reports(commitment)
    event = CommitmentFulfilled(
        **names(commitment),
        fulfilled_at=now,
        sessions=len(reports),
        minutes=sum(report.minutes for report in reports),
        people=sum(report.people for report in reports),
    )
    over = with_requests_over(commitment, now)
    return changed(over, state="fulfilled", fulfilled_at=now, review=None), (event,)


def end_pause(commitment: Commitment, now: datetime) -> Outcome:
    """A pause ends by itself when the commitment is fulfilled or comes under review."""
    if not commitment.paused:
        return commitment, ()
    return resumed(commitment, f"{len(commitment.trail)}-resumed", None, now)


def _require_nothing_asked_for(commitment: Commitment) -> None:
    if (awaited := commitment.awaited_request) is not None:
        raise RequestAwaitsDecision(request_id=awaited.request_id)


def _moved(commitment: Commitment, by_days: int) -> Commitment:
    """Every day that the participant has to keep, moved later by as many days."""
    sessions = tuple(
        each.model_copy(update={"correct_until_on": days.later(each.correct_until_on, by_days)})
        if each.correct_until_on is not None
        else each
        for each in commitment.sessions
    )
    due_on = days.later(commitment.due, by_days)
    report_until_on = days.later(commitment.until, by_days)
    return changed(commitment, due_on=due_on, report_until_on=report_until_on, sessions=sessions)
