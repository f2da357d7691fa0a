"""What goes back over the wire: of each caller's view, no more than it needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    CommitmentReview,
    RejectedBecause,
    ReturnedBecause,
    SessionFormat,
    SupportTopic,
)
from relevo_multiplier_tracking.domain import next_step as next_steps
from relevo_multiplier_tracking.domain.commitment import (
    AskedFor,
    Commitment,
    CommitmentState,
    RequestState,
    StepTaken,
    counts,
    same_as,
)
from relevo_multiplier_tracking.domain.next_step import NextStep
from relevo_multiplier_tracking.domain.reach import Reach, Tally
from relevo_multiplier_tracking.domain.reports import MultiplierSession, Report, SessionState
from relevo_multiplier_tracking.domain.sealed import (
    Asking,
    DecisionWords,
    Language,
    Question,
    Reason,
    Reply,
    SessionTexts,
    Words,
)
from relevo_multiplier_tracking.domain.support import SupportRequest, SupportState
from relevo_multiplier_tracking.words import TEXTS, because


class ReportAnswer(Frozen):
    """A report; ``same_as`` are the sessions of which the same day, minutes and people are reported."""

    revision: int
    held_on: date
    minutes: int
    people: int
    format: SessionFormat
    reported_at: datetime
    texts: bool
    meets_the_requirement: bool
    same_as: tuple[str, ...]


class SessionAnswer(Frozen):
    session_id: str
    state: SessionState
    format: SessionFormat
    planned_on: date | None
    report: ReportAnswer | None
    because: ReturnedBecause | RejectedBecause | None
    correct_until_on: date | None
    words: bool
    together_with: str | None


class OwnSession(SessionAnswer):
    """A participant's own session, with the words of its codes. ``words`` are read at /me/commitment/texts."""

    state_text: str
    format_text: str
    because_text: str | None


class MissingAnswer(Frozen):
    minutes: int
    people: int


class OwnRequest(Frozen):
    """What a participant asked for, and what became of it."""

    request_id: str
    asked_for: AskedFor
    asked_at: datetime
    due_on: date | None
    state: RequestState
    decided_at: datetime | None


class RequestAnswer(OwnRequest):
    """A request as a coordinator sees it."""

    decided_by: str | None


class RequestTexts(Frozen):
    """Why something was asked for, and what was said to the decision."""

    asking: Asking | None
    reply: Words | None


class OwnCommitment(Frozen):
    """A participant's own commitment: where it stands, what is missing, what comes next."""

    commitment_id: str
    edition_id: str
    state: CommitmentState
    last_on: date | None
    due_on: date | None
    report_until_on: date | None
    days_left: int | None
    paused: bool
    minutes_required: int | None
    people_required: int | None
    sessions_add_up: bool | None
    held_together: bool | None
    missing: MissingAnswer
    next_step: NextStep
    next_step_text: str
    sessions: tuple[OwnSession, ...]
    requests: tuple[OwnRequest, ...]


class StepAnswer(Frozen):
    step_id: str
    step: StepTaken
    taken_at: datetime
    taken_by: str | None
    days: int | None
    due_on: date | None
    request_id: str | None


class ListedCommitment(Frozen):
    """A line of the coordinators' list."""

    commitment_id: str
    participant_id: str
    edition_id: str
    state: CommitmentState
    due_on: date | None
    report_until_on: date | None
    days_left: int | None
    paused: bool
    awaiting: int
    asking: RequestAnswer | None
    erased: bool


class StaffCommitment(ListedCommitment):
    """A commitment as a coordinator sees it; the texts are read apart."""

    onsite: Literal["completed", "not_completed"] | None
    last_on: date | None
    opened_at: datetime | None
    fulfilled_at: datetime | None
    lapsed_at: datetime | None
    withdrawn_at: datetime | None
    minutes_required: int | None
    people_required: int | None
    sessions_add_up: bool | None
    missing: MissingAnswer
    review: tuple[CommitmentReview, ...]
    sessions: tuple[SessionAnswer, ...]
    requests: tuple[RequestAnswer, ...]
    trail: tuple[StepAnswer, ...]


class TextsAnswer(Frozen):
    """What lies sealed for a commitment, by session, by step of the trail and by request."""

    commitment_id: str
    sessions: dict[str, SessionTexts]
    words: dict[str, DecisionWords]
    steps: dict[str, Reason]
    requests: dict[str, RequestTexts]


class OwnTextsAnswer(Frozen):
    """What a participant wrote, by session and by request, as it stands now, and what was said to it."""

    sessions: dict[str, SessionTexts]
    words: dict[str, DecisionWords]
    requests: dict[str, RequestTexts]


class ReachAnswer(Frozen):
    """An edition's figures, as they are now; for staff."""

    edition_id: str
    figures: Tally


class OwnSupportRequest(Frozen):
    """A participant's own question and its answer."""

    support_request_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    answered_at: datetime | None
    question: Question | None = None
    answer: Reply | None = None


class ListedSupportRequest(Frozen):
    """A question as experts and coordinators see it listed: without its text, and without whose it is."""

    support_request_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    answered_at: datetime | None
    expert_id: str | None


class AssignedSupportRequest(ListedSupportRequest):
    """A question as the expert it is assigned to reads it."""

    question: Question | None
    answer: Reply | None


def session_answer(commitment: Commitment, session: MultiplierSession, now: datetime) -> SessionAnswer:
    report = _report_answer(commitment, session, session.report, now) if session.report else None
    return SessionAnswer(
        session_id=session.session_id,
        state=session.state,
        format=session.format,
        planned_on=session.planned_on,
        report=report,
        because=session.because,
        correct_until_on=session.correct_until_on,
        words=session.words_on is not None,
        together_with=session.together_with.session_id if session.together_with else None,
    )


def own_session(commitment: Commitment, session: MultiplierSession, now: datetime, language: Language) -> OwnSession:
    codes = TEXTS[language].codes
    return OwnSession(
        **session_answer(commitment, session, now).model_dump(),
        state_text=codes.session_state[session.state],
        format_text=codes.session_format[session.format],
        because_text=because(session.because, language) if session.because else None,
    )


def _report_answer(commitment: Commitment, session: MultiplierSession, report: Report, now: datetime) -> ReportAnswer:
    return ReportAnswer(
        **report.model_dump(),
        meets_the_requirement=counts(commitment, report, now),
        same_as=same_as(commitment, session),
    )


def own_commitment(commitment: Commitment, now: datetime, language: Language) -> OwnCommitment:
    required, step = commitment.requirements, next_steps.next_step(commitment, now)
    return OwnCommitment(
        commitment_id=commitment.commitment_id,
        edition_id=commitment.edition_id or "",
        state=commitment.state,
        last_on=commitment.last_on,
        due_on=commitment.due_on,
        report_until_on=commitment.report_until_on,
        days_left=next_steps.days_left(commitment, now),
        paused=commitment.paused,
        minutes_required=required.multiplier_minutes if required else None,
        people_required=required.multiplier_people if required else None,
        sessions_add_up=required.sessions_add_up if required else None,
        held_together=required.held_together if required else None,
        missing=_missing(commitment, now),
        next_step=step,
        next_step_text=TEXTS[language].codes.next_step[step],
        sessions=tuple(own_session(commitment, each, now, language) for each in commitment.sessions),
        requests=tuple(OwnRequest(**each.model_dump()) for each in commitment.requests),
    )


def listed_commitment(commitment: Commitment, now: datetime) -> ListedCommitment:
    awaited = commitment.awaited_request
    return ListedCommitment(
        commitment_id=commitment.commitment_id,
        participant_id=commitment.participant_id,
        edition_id=commitment.edition_id or "",
        state=commitment.state,
        due_on=commitment.due_on,
        report_until_on=commitment.report_until_on,
        days_left=next_steps.days_left(commitment, now),
        paused=commitment.paused,
        awaiting=commitment.awaiting,
        asking=RequestAnswer(**awaited.model_dump()) if awaited else None,
        erased=commitment.erased_at is not None,
    )


def staff_commitment(commitment: Commitment, now: datetime) -> StaffCommitment:
    required = commitment.requirements
    return StaffCommitment(
        **listed_commitment(commitment, now).model_dump(),
        onsite=commitment.onsite,
        last_on=commitment.last_on,
        opened_at=commitment.opened_at,
        fulfilled_at=commitment.fulfilled_at,
        lapsed_at=commitment.lapsed_at,
        withdrawn_at=commitment.withdrawn_at,
        minutes_required=required.multiplier_minutes if required else None,
        people_required=required.multiplier_people if required else None,
        sessions_add_up=required.sessions_add_up if required else None,
        missing=_missing(commitment, now),
        review=commitment.review.because if commitment.review else (),
        sessions=tuple(session_answer(commitment, each, now) for each in commitment.sessions),
        requests=tuple(RequestAnswer(**each.model_dump()) for each in commitment.requests),
        trail=tuple(StepAnswer(**step.model_dump()) for step in commitment.trail),
    )


def reach_answer(reach: Reach) -> ReachAnswer:
    return ReachAnswer(edition_id=reach.edition_id, figures=reach.totals)


def own_support_request(
    request: SupportRequest, question: Question | None = None, reply: Reply | None = None
) -> OwnSupportRequest:
    return OwnSupportRequest(
        support_request_id=request.support_request_id,
        topic=request.topic,
        state=request.state,
        asked_at=request.asked_at,
        answered_at=request.answered_at,
        question=question,
        answer=reply,
    )


def listed_support_request(request: SupportRequest) -> ListedSupportRequest:
    return ListedSupportRequest(
        support_request_id=request.support_request_id,
        topic=request.topic,
        state=request.state,
        asked_at=request.asked_at,
        answered_at=request.answered_at,
        expert_id=request.expert_id,
    )


def assigned_support_request(
    request: SupportRequest, question: Question | None, reply: Reply | None
) -> AssignedSupportRequest:
    return AssignedSupportRequest(**listed_support_request(request).model_dump(), question=question, answer=reply)


def _missing(commitment: Commitment, now: datetime) -> MissingAnswer:
    lacking = next_steps.missing(commitment, now)
    return MissingAnswer(minutes=lacking.minutes, people=lacking.people)
