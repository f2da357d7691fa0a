"""What other services tell: enrolment and the on-site week, in whatever order they arrive; leaving; erasure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from relevo_contracts import Event, Requirements, derived_id
from relevo_contracts.multiplier_tracking import CommitmentOpened, CommitmentReopened
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    Outcome,
    Reversal,
    changed,
    is_met,
    names,
    with_requests_over,
)
from relevo_multiplier_tracking.domain.period import fulfil
from relevo_multiplier_tracking.domain.review import put_under_review


def commitment_id_of(participant_id: str) -> str:
    """One commitment for each participant; its id follows from the participant's."""
    return derived_id("commitment", participant_id)


def expected(participant_id: str) -> Commitment:
    """The commitment of a participant of whom nothing has been heard before."""
    return Commitment(commitment_id=commitment_id_of(participant_id), participant_id=participant_id)


def enrol(commitment: Commitment, edition_id: str, requirements: Requirements, now: datetime) -> Outcome:
    """Keep the requirements in force on the day of enrolment: nobody's goalposts move later."""
    if commitment.requirements is not None:
        return commitment, ()
    return _open_when_due(changed(_known(commitment, now), edition_id=edition_id, requirements=requirements))


def complete_onsite(commitment: Commitment, edition_id: str, last_on: date, now: datetime) -> Outcome:
    """The on-site week was completed: the commitment opens (rule 7)."""
    kept = last_on if commitment.opened_at is None or commitment.last_on is None else commitment.last_on
    known = changed(_known(commitment, now), edition_id=edition_id, onsite="completed", last_on=kept)
    return _open_when_due(known)


def miss_onsite(commitment: Commitment, edition_id: str) -> Outcome:
    """The on-site week was not completed: there is no commitment, unless a correction says otherwise."""
    missed = changed(commitment, edition_id=edition_id, onsite="not_completed")
    return (changed(missed, state="not_due"), ()) if missed.state == "expected" else (missed, ())


def correct_onsite(
    commitment: Commitment, edition_id: str, completed: bool, last_on: date, now: datetime, step_id: str
) -> Outcome:
    """A late correction: a completion opens what was not due; its reversal goes to a coordinator (rule 6)."""
    if completed:
        return complete_onsite(commitment, edition_id, last_on, now)
    if commitment.requirements is None and commitment.onsite == "completed":
        reversal = Reversal(step_id=step_id, reversed_at=now)
        return changed(commitment, edition_id=edition_id, onsite="not_completed", reversal=reversal), ()
    missed, events = miss_onsite(commitment, edition_id)
    if missed.state not in ("open", "fulfilled", "under_review"):
        return missed, events
    return put_under_review(missed, "onsite_corrected", now, step_id)


def withdraw_participant(commitment: Commitment, edition_id: str, now: datetime) -> Outcome:
    """The participant left the course. What was fulfilled stays fulfilled; anything else ends here."""
    if commitment.withdrawn_at is not None:
        return commitment, ()
    over = with_requests_over(commitment, now)
    left = changed(over, edition_id=edition_id, withdrawn_at=now, paused_at=None, review=None)
    return (left, ()) if left.state in ("fulfilled", "lapsed") else (changed(left, state="withdrawn"), ())


def erase(commitment: Commitment, now: datetime) -> Outcome:
    """The person is erased: their key and texts go, what was counted stays counted (rule 14)."""
    if commitment.erased_at is not None:
        return commitment, ()
    return changed(with_requests_over(commitment, now), erased_at=now, sealed=()), ()


def _known(commitment: Commitment, now: datetime) -> Commitment:
    """The later of what is known: whichever arrives last, a commitment opens at the same instant."""
    return changed(commitment, known_at=max(commitment.known_at or now, now))


def _open_when_due(commitment: Commitment) -> Outcome:
    required, last_on, now = commitment.requirements, commitment.last_on, commitment.known_at
    if commitment.state not in ("expected", "not_due"):
        return commitment, ()
    if commitment.onsite != "completed" and commitment.reversal is None:
        return commitment, ()
    if required is None or last_on is None or now is None:
        return commitment, ()
    due_on = max(last_on + timedelta(days=required.multiplier_days), commitment.due_on or last_on)
    report_until_on = days.later(due_on, required.reporting_days)
    opened = changed(
        commitment,
        state="open",
        opened_at=commitment.opened_at or now,
        due_on=due_on,
        report_until_on=report_until_on,
        reversal=None,
    )
    event = _opening(opened, last_on, now) if commitment.opened_at is None else _reopening(opened, now)
    if commitment.reversal is None:
        return _fulfilled_before(opened, event, now)
    reversal = commitment.reversal
    after, events = put_under_review(opened, "onsite_corrected", reversal.reversed_at, reversal.step_id)
    return after, (event, *events)


def _fulfilled_before(opened: Commitment, event: Event, now: datetime) -> Outcome:
    """What was verified before the days ended counts as it did, once they run again (rule 8)."""
    if not is_met(opened, now):
        return opened, (event,)
    after, events = fulfil(opened, now)
    return after, (event, *events)


def _opening(commitment: Commitment, last_on: date, now: datetime) -> Event:
    required = commitment.required
    return CommitmentOpened(
        **names(commitment),
        opened_at=now,
        last_on=last_on,
        due_on=commitment.due,
        report_until_on=commitment.until,
        minutes_required=required.multiplier_minutes,
        people_required=required.multiplier_people,
        sessions_add_up=required.sessions_add_up,
    )


def _reopening(commitment: Commitment, now: datetime) -> Event:
    return CommitmentReopened(
        **names(commitment), reopened_at=now, due_on=commitment.due, report_until_on=commitment.until
    )
