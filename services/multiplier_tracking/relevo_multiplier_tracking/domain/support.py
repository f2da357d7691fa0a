"""Support requests: a participant's question to the experts, and the answer. The texts lie sealed in the vault.

An edition says within how many days the experts mean to answer. What a participant asks is to be answered by the end of
a day, which moves no more, whatever the edition says later; a question that was not is late, until it is.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import computed_field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts import Event
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    SupportAnswered,
    SupportClosed,
    SupportClosedBecause,
    SupportOverdue,
    SupportRequested,
    SupportTopic,
)
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import Commitment, CommitmentIsNotOpen, require_present
from relevo_multiplier_tracking.domain.kept import ASKED, HELPING

SupportState = Literal["open", "assigned", "answered", "closed"]
MOST_FURTHER = 20
ANSWER_DAYS = 5
"""Within how many days the experts mean to answer, unless the edition says otherwise."""


class NoSuchSupportRequest(Refusal):
    """There is no such support request, or another expert has it; see the list of those that are free."""

    status = 404


class SupportRequestIsClosed(Refusal):
    """This support request is closed; ask a new question instead."""


class SupportRequestIsFree(Refusal):
    """Nobody has this support request yet; take it first."""

    status = 403


class SupportRequestIsAnswered(Refusal):
    """This support request has been answered already."""


class SupportRequestAwaitsAnswer(Refusal):
    """This support request has no answer yet; ask further when it is there."""


class TooManyFurtherQuestions(Refusal):
    """As many further questions as may be have been asked here; ask a new question instead."""


class SupportTerms(Frozen):
    """Within how many days the experts of an edition mean to answer what is asked from now on."""

    kept: ClassVar[Kept] = HELPING

    edition_id: str
    answer_days: int = ANSWER_DAYS


class Turn(Frozen):
    """A question further to the first."""

    asked_at: datetime
    answered_at: datetime | None = None


class SupportRequest(Frozen):
    """A question, and those further to it. ``expert_id`` is the caller, by issuer and subject, it is assigned to.

    ``asked_at`` and ``answered_at`` are of the first question; every other has its own. ``answer_until_on`` is the last
    day on which what waits is to be answered, ``late`` whether that day was over before it was.
    """

    kept: ClassVar[Kept] = ASKED

    support_request_id: str
    participant_id: str
    edition_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    expert_id: str | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    further: tuple[Turn, ...] = ()
    answer_until_on: date | None = None
    late: bool = False

    @computed_field  # type: ignore[prop-decorator]
    @property
    def waits(self) -> bool:
        """Whether something waits for an answer."""
        return self.state in ("open", "assigned")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def since(self) -> datetime:
        """Since when something waits for an answer, or nothing does."""
        if self.closed_at is not None:
            return self.closed_at
        last = self.further[-1] if self.further else self
        return last.answered_at or last.asked_at


SupportOutcome = tuple[SupportRequest, tuple[Event, ...]]


def answer_until(answer_days: int, now: datetime) -> date:
    """The last day for an answer to what is asked now: it ends when as many days are over, or in the course of one
    more."""
    return days.later(days.current(now), answer_days)


def ask(
    commitment: Commitment, support_request_id: str, topic: SupportTopic, answer_days: int, now: datetime
) -> SupportOutcome:
    """Anybody enrolled who has not left may ask, before, during and after the days of the commitment."""
    require_present(commitment)
    if commitment.requirements is None or commitment.edition_id is None:
        raise CommitmentIsNotOpen(commitment_id=commitment.commitment_id, state=commitment.state)
    request = SupportRequest(
        support_request_id=support_request_id,
        participant_id=commitment.participant_id,
        edition_id=commitment.edition_id,
        topic=topic,
        state="open",
        asked_at=now,
        answer_until_on=answer_until(answer_days, now),
    )
    event = SupportRequested(
        support_request_id=support_request_id,
        participant_id=commitment.participant_id,
        edition_id=commitment.edition_id,
        requested_at=now,
        topic=topic,
    )
    return request, (event,)


def claim(request: SupportRequest, expert_id: str) -> SupportOutcome:
    """An expert takes a free request; taking one's own again changes nothing."""
    if request.expert_id not in (None, expert_id):
        raise NoSuchSupportRequest(support_request_id=request.support_request_id)
    _require_unanswered(request)
    return request.model_copy(update={"expert_id": expert_id, "state": "assigned"}), ()


def assign(request: SupportRequest, expert_id: str) -> SupportOutcome:
    """A coordinator gives a request to an expert, whoever had it before."""
    _require_unanswered(request)
    return request.model_copy(update={"expert_id": expert_id, "state": "assigned"}), ()


def answer(request: SupportRequest, commitment: Commitment, expert_id: str, now: datetime) -> SupportOutcome:
    """The expert it is assigned to answers the question that was asked last, once."""
    require_may_read(request, expert_id)
    _require_unanswered(request)
    if commitment.erased_at is not None:
        require_present(commitment)
    event = SupportAnswered(
        support_request_id=request.support_request_id,
        participant_id=request.participant_id,
        edition_id=request.edition_id,
        answered_at=now,
    )
    answered = request.model_copy(update={"state": "answered", "answer_until_on": None, "late": False})
    if not request.further:
        return answered.model_copy(update={"answered_at": now}), (event,)
    *before, last = request.further
    further = (*before, last.model_copy(update={"answered_at": now}))
    return answered.model_copy(update={"further": further}), (event,)


def ask_further(request: SupportRequest, commitment: Commitment, answer_days: int, now: datetime) -> SupportOutcome:
    """Ask something more about an answer, of the expert who gave it. It has a last day of its own for an answer."""
    require_present(commitment)
    if request.state == "closed":
        raise SupportRequestIsClosed(support_request_id=request.support_request_id)
    if request.state != "answered":
        raise SupportRequestAwaitsAnswer(support_request_id=request.support_request_id)
    if len(request.further) >= MOST_FURTHER:
        raise TooManyFurtherQuestions(most=MOST_FURTHER)
    further = (*request.further, Turn(asked_at=now))
    until = answer_until(answer_days, now)
    return request.model_copy(update={"state": "assigned", "further": further, "answer_until_on": until}), ()


def close(
    request: SupportRequest, because: SupportClosedBecause, now: datetime, by: str | None = None
) -> SupportOutcome:
    """Nothing more is needed, or can be answered; closing again changes nothing."""
    if request.state == "closed":
        return request, ()
    over = {"state": "closed", "closed_at": now, "closed_by": by, "answer_until_on": None, "late": False}
    event = SupportClosed(
        support_request_id=request.support_request_id,
        participant_id=request.participant_id,
        edition_id=request.edition_id,
        closed_at=now,
        because=because,
    )
    return request.model_copy(update=over), (event,)


def note_late(request: SupportRequest, now: datetime) -> SupportOutcome:
    """Late, once, if the last day for an answer is over; otherwise leave all as it is.

    Neither a pause nor danger moves that day: days that stand still are the participant's, and it is the experts who
    are to answer (rule 25 keeps letters back).
    """
    until = request.answer_until_on
    if until is None or request.late or not request.waits or not days.is_over(until, now):
        return request, ()
    event = SupportOverdue(
        support_request_id=request.support_request_id,
        participant_id=request.participant_id,
        edition_id=request.edition_id,
        answer_until_on=until,
        overdue_at=now,
    )
    return request.model_copy(update={"late": True}), (event,)


def require_may_read(request: SupportRequest, expert_id: str) -> None:
    """Only the expert a request is assigned to reads what was asked; for others it is as if it were not there."""
    if request.expert_id is None:
        raise SupportRequestIsFree(support_request_id=request.support_request_id)
    if request.expert_id != expert_id:
        raise NoSuchSupportRequest(support_request_id=request.support_request_id)


def _require_unanswered(request: SupportRequest) -> None:
    if request.state == "answered":
        raise SupportRequestIsAnswered(support_request_id=request.support_request_id)
    if request.state == "closed":
        raise SupportRequestIsClosed(support_request_id=request.support_request_id)
