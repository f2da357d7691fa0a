"""A participant asks for a pause or for more days; a coordinator decides before anything lapses (rule 21)."""

from __future__ import annotations

from datetime import date, datetime

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.multiplier_tracking import DaysRequestDeclined
from relevo_multiplier_tracking.domain.commitment import (
    AskedFor,
    Commitment,
    DaysRequest,
    Outcome,
    RequestState,
    names,
    require_present,
    require_state,
    time_is_over,
    with_request,
    with_sealed,
)
from relevo_multiplier_tracking.domain.period import (
    CommitmentIsPaused,
    DueDayWouldNotMoveLater,
    ReportingIsOver,
    RequestAwaitsDecision,
    extended,
    fulfil_or_lapse,
    paused,
)

MOST_REQUESTS = 20


class NoSuchRequest(Refusal):
    """This commitment has no such request for a pause or for more days; check the id."""

    status = 404


class RequestIsDecided(Refusal):
    """This request awaits no decision any more; see its state."""


class TooManyRequests(Refusal):
    """This commitment has as many requests as one may have; ask a coordinator."""


def ask(
    commitment: Commitment, request_id: str, asked_for: AskedFor, due_on: date | None, field_set: str, now: datetime
) -> Outcome:
    """Ask for a pause, or for more days until ``due_on``, while there is time. The reason lies sealed."""
    require_present(commitment)
    require_state(commitment, "open")
    if (awaited := commitment.awaited_request) is not None:
        raise RequestAwaitsDecision(request_id=awaited.request_id)
    if time_is_over(commitment, now):
        raise ReportingIsOver(commitment_id=commitment.commitment_id)
    if asked_for == "pause" and commitment.paused:
        raise CommitmentIsPaused(commitment_id=commitment.commitment_id)
    if asked_for == "more_days" and (due_on is None or due_on <= commitment.due):
        raise DueDayWouldNotMoveLater(due_on=commitment.due.isoformat())
    if len(commitment.requests) >= MOST_REQUESTS:
        raise TooManyRequests(most=MOST_REQUESTS)
    request = DaysRequest(request_id=request_id, asked_for=asked_for, asked_at=now, due_on=due_on)
    return with_sealed(with_request(commitment, request), [field_set]), ()


def withdraw_request(commitment: Commitment, request_id: str, now: datetime) -> Outcome:
    """The participant needs it no more; the days go on as if it had not been asked for."""
    require_present(commitment)
    request = _awaited(commitment, request_id)
    return fulfil_or_lapse(with_request(commitment, _decided(request, "withdrawn", None, now)), (), now)


def grant(
    commitment: Commitment,
    request_id: str,
    due_on: date | None,
    step_id: str,
    sealed: list[str],
    by: str,
    now: datetime,
) -> Outcome:
    """Grant what was asked for: a pause from the instant it was asked for, more days to ``due_on`` or as asked."""
    require_present(commitment)
    require_state(commitment, "open")
    request = _awaited(commitment, request_id)
    known = with_sealed(with_request(commitment, _decided(request, "granted", by, now)), sealed)
    if request.asked_for == "pause":
        return paused(known, request.asked_at, step_id, by, now, request_id)
    after, events = extended(known, due_on or request.due_on or commitment.due, step_id, by, now, request_id)
    if time_is_over(after, now):
        raise ReportingIsOver(commitment_id=commitment.commitment_id, report_until_on=after.until.isoformat())
    return after, events


def decline(commitment: Commitment, request_id: str, sealed: list[str], by: str, now: datetime) -> Outcome:
    """Decline what was asked for; the days go on as they were, and lapse now if they are over by then."""
    require_present(commitment)
    require_state(commitment, "open")
    request = _awaited(commitment, request_id)
    known = with_sealed(with_request(commitment, _decided(request, "declined", by, now)), sealed)
    event = DaysRequestDeclined(**names(commitment), request_id=request_id, declined_at=now)
    return fulfil_or_lapse(known, (event,), now)


def _awaited(commitment: Commitment, request_id: str) -> DaysRequest:
    request = next((each for each in commitment.requests if each.request_id == request_id), None)
    if request is None:
        raise NoSuchRequest(request_id=request_id)
    if request.state != "awaiting":
        raise RequestIsDecided(request_id=request_id, state=request.state)
    return request


def _decided(request: DaysRequest, state: RequestState, by: str | None, now: datetime) -> DaysRequest:
    return request.model_copy(update={"state": state, "decided_at": now, "decided_by": by})
