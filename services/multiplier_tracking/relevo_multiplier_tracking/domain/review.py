"""A commitment under review: nothing is undone silently, a coordinator decides (rules 6 and 12)."""

from __future__ import annotations

from datetime import date, datetime

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Event
from relevo_contracts.multiplier_tracking import (
    CommitmentCancelled,
    CommitmentPutUnderReview,
    CommitmentReview,
    MultiplierSessionVerificationWithdrawn,
)
from relevo_multiplier_tracking.domain.commitment import (
    Commitment,
    Outcome,
    Review,
    Step,
    changed,
    is_met,
    names,
    require_state,
    with_requests_over,
    with_session,
    with_step,
)
from relevo_multiplier_tracking.domain.period import end_pause, fulfil, run_again
from relevo_multiplier_tracking.domain.sessions import changed_session, verified_event


class CommitmentIsNotUnderReview(Refusal):
    """The commitment is not under review, so there is no review to decide."""


class SessionIsNotVerified(Refusal):
    """This multiplier session is not verified, so there is no verification to withdraw."""


class RequirementIsNotMet(Refusal):
    """The verified sessions do not meet the requirement, so the commitment cannot stand as fulfilled (rule 8)."""


class OnsiteWeekStands(Refusal):
    """The on-site week stands as completed, so the commitment cannot be ended; uphold or reopen it (rule 6)."""


def put_under_review(commitment: Commitment, because: CommitmentReview, now: datetime, step_id: str) -> Outcome:
    """What the commitment stands on was withdrawn. What stood before is remembered until it is decided."""
    running, resumed = end_pause(commitment, now)
    before = commitment.review or Review(because=(), stood="fulfilled" if running.state == "fulfilled" else "open")
    review = before.model_copy(update={"because": (*before.because, because)})
    step = Step(step_id=step_id, step="put_under_review", taken_at=now)
    after = with_step(changed(running, state="under_review", review=review), step)
    event = CommitmentPutUnderReview(**names(after), put_under_review_at=now, because=because)
    return after, (*resumed, event)


def withdraw_verification(commitment: Commitment, session_id: str, step_id: str, by: str, now: datetime) -> Outcome:
    """Take a verification back: the report awaits a decision again, a fulfilled commitment goes under review."""
    require_state(commitment, "open", "fulfilled", "under_review")
    session = commitment.session(session_id)
    if session.state != "verified":
        raise SessionIsNotVerified(session_id=session_id, state=session.state)
    step = Step(step_id=step_id, step="verification_withdrawn", taken_at=now, taken_by=by)
    unverified = changed_session(session, state="reported", decided_at=None, decided_by=None)
    after = with_step(with_session(commitment, unverified), step)
    withdrawn = MultiplierSessionVerificationWithdrawn(**names(after), session_id=session_id, withdrawn_at=now)
    if commitment.state == "open":
        return after, (withdrawn,)
    reviewed, events = put_under_review(after, "verification_withdrawn", now, f"{step_id}-review")
    return _remembering(reviewed, session_id), (withdrawn, *events)


def uphold(commitment: Commitment, step_id: str, by: str, now: datetime) -> Outcome:
    """What stood before stands again, verifications withdrawn by this review included."""
    review = _review_of(commitment)
    restored, events = _restored(commitment, review, by, now)
    if review.stood == "open":
        after, more = run_again(restored, restored.due, step_id, by, now)
        return after, (*events, *more)
    if not is_met(restored, now):
        raise RequirementIsNotMet(commitment_id=commitment.commitment_id)
    step = Step(step_id=step_id, step="upheld", taken_at=now, taken_by=by)
    after, fulfilled = fulfil(with_step(restored, step), now)
    return after, (*events, *fulfilled)


def reopen_reviewed(commitment: Commitment, due_on: date | None, step_id: str, by: str, now: datetime) -> Outcome:
    """The days run again and the withdrawn verifications stay withdrawn; other sessions may meet the requirement."""
    _review_of(commitment)
    return run_again(commitment, due_on or commitment.due, step_id, by, now)


def end(commitment: Commitment, step_id: str, by: str, now: datetime) -> Outcome:
    """There is no commitment after all, because the on-site week was not completed (rule 6)."""
    _review_of(commitment)
    if commitment.onsite != "not_completed":
        raise OnsiteWeekStands(commitment_id=commitment.commitment_id)
    step = Step(step_id=step_id, step="ended", taken_at=now, taken_by=by)
    over = with_requests_over(commitment, now)
    after = with_step(changed(over, state="not_due", review=None), step)
    return after, (CommitmentCancelled(**names(after), cancelled_at=now),)


def _review_of(commitment: Commitment) -> Review:
    if commitment.state != "under_review" or commitment.review is None:
        raise CommitmentIsNotUnderReview(commitment_id=commitment.commitment_id, state=commitment.state)
    return commitment.review


def _remembering(commitment: Commitment, session_id: str) -> Commitment:
    review = _review_of(commitment)
    return changed(commitment, review=review.model_copy(update={"session_ids": (*review.session_ids, session_id)}))


def _restored(commitment: Commitment, review: Review, by: str, now: datetime) -> tuple[Commitment, tuple[Event, ...]]:
    events: list[Event] = []
    for session_id in review.session_ids:
        session = commitment.session(session_id)
        if session.state == "reported" and session.report is not None:
            verified = changed_session(session, state="verified", decided_at=now, decided_by=by)
            commitment = with_session(commitment, verified)
            events.append(verified_event(commitment, session_id, session.report, now))
    return commitment, tuple(events)
