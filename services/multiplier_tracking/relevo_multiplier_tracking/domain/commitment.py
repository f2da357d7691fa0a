"""The commitment: a participant's duty to multiply, as it stands, and the questions one can ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import computed_field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts import Event, Requirements
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    CommitmentReview,
)
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.kept import COMMITTED, SESSION
from relevo_multiplier_tracking.domain.reports import MultiplierSession, Report

CommitmentState = Literal["expected", "not_due", "open", "fulfilled", "lapsed", "under_review", "withdrawn"]
StepKind = Literal[
    "paused",
    "resumed",
    "extended",
    "reopened",
    "verification_withdrawn",
    "upheld",
    "ended",
    "lapsed",
    "put_under_review",
]

AskedFor = Literal["pause", "more_days"]
RequestState = Literal["awaiting", "granted", "declined", "withdrawn", "ended"]

MOST_SESSIONS = 50


class NoSuchCommitment(Refusal):
    """There is no such commitment; check the id."""

    status = 404


class NoSuchSession(Refusal):
    """This commitment has no such multiplier session; check the id."""

    status = 404


class ParticipantHasLeft(Refusal):
    """The participant has left the course, so nothing more can be done for this commitment."""


class ParticipantIsErased(Refusal):
    """The participant has been erased, so nothing more can be kept for them."""

    status = 410


class CommitmentIsNotOpen(Refusal):
    """The commitment is not open, so this cannot be done now; see its state."""


class DaysRequest(Frozen):
    """What a participant asked for: that the days stand still, or more of them until ``due_on`` (rule 21).

    Why, and what was answered, lies sealed under the participant's own key. It is ``ended`` when there is nothing left
    to decide, because the commitment is over.
    """

    request_id: str
    asked_for: AskedFor
    asked_at: datetime
    due_on: date | None = None
    state: RequestState = "awaiting"
    decided_at: datetime | None = None
    decided_by: str | None = None


class Step(Frozen):
    """One line of the trail (rule 10). Its reason lies sealed under the participant's own key.

    ``request_id`` names what the participant had asked for, where it was that which was granted.
    """

    step_id: str
    step: StepKind
    taken_at: datetime
    taken_by: str | None = None
    days: int | None = None
    due_on: date | None = None
    request_id: str | None = None


class Review(Frozen):
    """What a coordinator has to decide: why, what stood before, which verifications were withdrawn."""

    because: tuple[CommitmentReview, ...]
    stood: Literal["open", "fulfilled"]
    session_ids: tuple[str, ...] = ()


class Reversal(Frozen):
    """A completed week turned round before the enrolment was known; it is reviewed as soon as the latter is."""

    step_id: str
    reversed_at: datetime


class Commitment(Frozen):
    """A participant's duty to multiply.

    It may be known before it is due: ``expected`` until both the enrolment and the completed on-site week are
    known (``known_at`` is the later of the two), ``not_due`` when the week was not completed. ``due_on`` never moves
    earlier. While a participant is in danger the days of an open one stand still. ``sealed`` names what lies in the
    vault under the participant's keys.
    """

    kept: ClassVar[Kept] = COMMITTED

    commitment_id: str
    participant_id: str
    edition_id: str | None = None
    requirements: Requirements | None = None
    onsite: Literal["completed", "not_completed"] | None = None
    last_on: date | None = None
    known_at: datetime | None = None
    reversal: Reversal | None = None
    state: CommitmentState = "expected"
    opened_at: datetime | None = None
    due_on: date | None = None
    report_until_on: date | None = None
    paused_at: datetime | None = None
    in_danger_since: datetime | None = None
    fulfilled_at: datetime | None = None
    lapsed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    erased_at: datetime | None = None
    extended: bool = False
    review: Review | None = None
    sessions: Annotated[tuple[MultiplierSession, ...], SESSION] = ()
    reminded: tuple[tuple[date, int], ...] = ()
    trail: tuple[Step, ...] = ()
    requests: tuple[DaysRequest, ...] = ()
    sealed: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def awaiting(self) -> int:
        """How many reports await a decision."""
        return sum(session.state == "reported" for session in self.sessions)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def session_ids(self) -> tuple[str, ...]:
        """What a commitment is found by from one of its sessions."""
        return tuple(session.session_id for session in self.sessions)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def held_with_ids(self) -> tuple[str, ...]:
        """The sessions of others that this participant says to have held together with them."""
        return tuple(each.together_with.session_id for each in self.sessions if each.together_with)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def paused(self) -> bool:
        return self.paused_at is not None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def asking(self) -> bool:
        """Whether a request for a pause or for more days awaits a decision."""
        return self.awaited_request is not None

    @property
    def awaited_request(self) -> DaysRequest | None:
        return next((each for each in self.requests if each.state == "awaiting"), None)

    @property
    def required(self) -> Requirements:
        """The requirements in force when the participant was enrolled; asked only of an opened commitment."""
        if self.requirements is None:
            raise CommitmentIsNotOpen(state=self.state)
        return self.requirements

    @property
    def due(self) -> date:
        """The due day, pauses not counted; asked only of an opened commitment."""
        if self.due_on is None:
            raise CommitmentIsNotOpen(commitment_id=self.commitment_id, state=self.state)
        return self.due_on

    @property
    def until(self) -> date:
        """The last day on which reports are taken (rule 9); asked only of an opened commitment."""
        return days.later(self.due, self.required.reporting_days)

    def session(self, session_id: str) -> MultiplierSession:
        for session in self.sessions:
            if session.session_id == session_id:
                return session
        raise NoSuchSession(session_id=session_id)


Outcome = tuple[Commitment, tuple[Event, ...]]


def changed(commitment: Commitment, **what: Any) -> Commitment:
    """The commitment with this changed, and without the pictures that no decision awaits any more (rule 26)."""
    after = commitment.model_copy(update=what)
    if all(keeps_pictures(after, each) for each in after.sessions if each.pictures):
        return after
    sessions = [
        each if keeps_pictures(after, each) else each.model_copy(update={"pictures": ()}) for each in after.sessions
    ]
    return after.model_copy(update={"sessions": tuple(sessions)})


def with_session(commitment: Commitment, session: MultiplierSession) -> Commitment:
    """The commitment with the session put in the place of the one with its id, or at the end."""
    ids = [each.session_id for each in commitment.sessions]
    if session.session_id not in ids:
        return changed(commitment, sessions=(*commitment.sessions, session))
    sessions = tuple(session if each.session_id == session.session_id else each for each in commitment.sessions)
    return changed(commitment, sessions=sessions)


def with_step(commitment: Commitment, step: Step) -> Commitment:
    return changed(commitment, trail=(*commitment.trail, step))


def with_request(commitment: Commitment, request: DaysRequest) -> Commitment:
    """The commitment with the request put in the place of the one with its id, or at the end."""
    others = tuple(each for each in commitment.requests if each.request_id != request.request_id)
    return changed(commitment, requests=(*others, request))


def with_requests_over(commitment: Commitment, now: datetime) -> Commitment:
    """Nothing is left to decide of what was asked for."""
    awaited = commitment.awaited_request
    if awaited is None:
        return commitment
    return with_request(commitment, awaited.model_copy(update={"state": "ended", "decided_at": now}))


def with_sealed(commitment: Commitment, field_sets: Iterable[str]) -> Commitment:
    """Remember what lies in the vault, so that an erasure removes it along with the key (rule 14)."""
    return changed(commitment, sealed=tuple(dict.fromkeys((*commitment.sealed, *field_sets))))


def names(commitment: Commitment) -> dict[str, str]:
    """The ids that every event of a commitment carries."""
    return {
        "commitment_id": commitment.commitment_id,
        "participant_id": commitment.participant_id,
        "edition_id": commitment.edition_id or "",
    }


def require_state(commitment: Commitment, *states: CommitmentState) -> None:
    if commitment.withdrawn_at is not None and commitment.state == "withdrawn":
        raise ParticipantHasLeft(commitment_id=commitment.commitment_id)
    if commitment.state not in states:
        raise CommitmentIsNotOpen(commitment_id=commitment.commitment_id, state=commitment.state)


def require_present(commitment: Commitment) -> None:
    """Whether there is still somebody to do something, or to keep something sealed for (rule 14)."""
    if commitment.erased_at is not None:
        raise ParticipantIsErased(commitment_id=commitment.commitment_id)
    if commitment.withdrawn_at is not None:
        raise ParticipantHasLeft(commitment_id=commitment.commitment_id)


def keeps_pictures(commitment: Commitment, session: MultiplierSession) -> bool:
    """Whether pictures of the session may still be looked at for a decision; from then on there are none (rule 26)."""
    if commitment.withdrawn_at is not None or commitment.erased_at is not None:
        return False
    if commitment.state == "fulfilled":
        return session.state == "reported"
    return commitment.state in ("open", "under_review") and session.state in ("planned", "reported", "returned")


def due_by(commitment: Commitment, now: datetime) -> date:
    """The due day as it stands now: while paused it moves with every day begun (rules 7 and 10)."""
    if commitment.paused_at is None:
        return commitment.due
    return days.later(commitment.due, days.whole_days(commitment.paused_at, now))


def reporting_is_over(commitment: Commitment, now: datetime) -> bool:
    """Whether the days for reporting are over (rule 9).

    They are not while the commitment is paused, nor while a request to move them awaits its decision (rule 21).
    """
    if commitment.report_until_on is None or commitment.paused_at is not None or commitment.asking:
        return False
    return days.is_over(commitment.report_until_on, now)


def correcting_is_over(commitment: Commitment, session: MultiplierSession, now: datetime) -> bool:
    if session.correct_until_on is None or commitment.paused_at is not None or commitment.asking:
        return False
    return days.is_over(session.correct_until_on, now)


def counts(commitment: Commitment, report: Report, now: datetime) -> bool:
    """Whether a session meets the requirement by itself: length, people and day (rule 8)."""
    required = commitment.required
    enough = report.minutes >= required.multiplier_minutes and report.people >= required.multiplier_people
    return enough and in_period(commitment, report.held_on, now)


def in_period(commitment: Commitment, held_on: date, now: datetime) -> bool:
    """Held after the on-site week and on or before the due day (rule 8)."""
    return commitment.last_on is not None and commitment.last_on < held_on <= due_by(commitment, now)


def verified_reports(commitment: Commitment) -> tuple[Report, ...]:
    return tuple(each.report for each in commitment.sessions if each.state == "verified" and each.report is not None)


def is_met(commitment: Commitment, now: datetime) -> bool:
    """Whether the verified sessions meet the requirement: one of them all of it, or together where they add up."""
    reports = verified_reports(commitment)
    required = commitment.required
    if not required.sessions_add_up:
        return any(counts(commitment, report, now) for report in reports)
    timely = [report for report in reports if in_period(commitment, report.held_on, now)]
    return (
        bool(timely)
        and sum(report.minutes for report in timely) >= required.multiplier_minutes
        and sum(report.people for report in timely) >= required.multiplier_people
    )


def may_lapse(commitment: Commitment, now: datetime) -> bool:
    """The time is over, and neither a report nor a request for days awaits a decision (rules 9 and 21)."""
    if commitment.state != "open" or commitment.paused or commitment.asking or commitment.awaiting:
        return False
    return time_is_over(commitment, now)


def time_is_over(commitment: Commitment, now: datetime) -> bool:
    """The reporting window is over, and no returned report still has days (rule 9)."""
    returned = (each for each in commitment.sessions if each.state == "returned")
    return reporting_is_over(commitment, now) and all(correcting_is_over(commitment, each, now) for each in returned)
