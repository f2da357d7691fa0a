"""Commitments, as participants see their own and coordinators all of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    CommitmentReview,
    PictureRejectedBecause,
    RejectedBecause,
    ReturnedBecause,
    SessionFormat,
)
from relevo_multiplier_tracking.commands.saving import CommitmentAt
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import (
    AskedFor,
    Commitment,
    CommitmentState,
    RequestState,
    Step,
    StepKind,
    counts,
    due_by,
)
from relevo_multiplier_tracking.domain.next_step import NextStep, days_left, missing, next_step
from relevo_multiplier_tracking.domain.pictures import pictures_left
from relevo_multiplier_tracking.domain.reach import Reach, Tally
from relevo_multiplier_tracking.domain.reports import MultiplierSession, Picture, RejectedPicture, Report, SessionState
from relevo_multiplier_tracking.domain.same_meeting import same_as
from relevo_multiplier_tracking.domain.sealed import (
    Language,
)
from relevo_multiplier_tracking.words import TEXTS, because


class ReportView(Frozen):
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


class PictureView(Frozen):
    """A picture of a session, as it is kept until the report is decided on; it is read apart."""

    picture_id: str
    size_bytes: int
    width: int
    height: int
    added_at: datetime


class RejectedPictureView(Frozen):
    """A picture that was rejected, and so destroyed."""

    picture_id: str
    because: PictureRejectedBecause
    rejected_at: datetime


class OwnRejectedPictureView(RejectedPictureView):
    because_text: str


class SessionView(Frozen):
    session_id: str
    state: SessionState
    format: SessionFormat
    planned_on: date | None
    report: ReportView | None
    because: ReturnedBecause | RejectedBecause | None
    correct_until_on: date | None
    words: bool
    together_with: str | None
    pictures: tuple[PictureView, ...]
    rejected_pictures: tuple[RejectedPictureView, ...]


class OwnSessionView(SessionView):
    """A participant's own session, with the words of its codes. ``words`` are read at /me/commitment/texts.

    ``pictures_left`` is how many more pictures may be added now.
    """

    state_text: str
    format_text: str
    because_text: str | None
    rejected_pictures: tuple[OwnRejectedPictureView, ...]
    pictures_left: int


class MissingView(Frozen):
    minutes: int
    people: int


class OwnRequestView(Frozen):
    """What a participant asked for, and what became of it."""

    request_id: str
    asked_for: AskedFor
    asked_at: datetime
    due_on: date | None
    state: RequestState
    decided_at: datetime | None


class RequestView(OwnRequestView):
    """A request as a coordinator sees it."""

    decided_by: str | None


class OwnStepView(Frozen):
    """What moved the days of a participant's commitment, or stopped them; why is told nobody here."""

    step: StepKind
    step_text: str
    changed_at: datetime
    days: int | None
    due_on: date | None


class OwnCommitmentView(Frozen):
    """A participant's own commitment: where it stands, what is missing, what comes next.

    ``due_is_over`` is the due day, and not the days for reporting after it.
    """

    commitment_id: str
    edition_id: str
    state: CommitmentState
    last_on: date | None
    due_on: date | None
    report_until_on: date | None
    days_left: int | None
    due_is_over: bool
    paused: bool
    minutes_required: int | None
    people_required: int | None
    sessions_add_up: bool | None
    held_together: bool | None
    missing: MissingView
    next_step: NextStep
    next_step_text: str
    sessions: tuple[OwnSessionView, ...]
    requests: tuple[OwnRequestView, ...]
    steps: tuple[OwnStepView, ...]


class StepView(Frozen):
    step_id: str
    step: StepKind
    taken_at: datetime
    taken_by: str | None
    days: int | None
    due_on: date | None
    request_id: str | None


class ListedCommitmentView(Frozen):
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
    asking: RequestView | None
    erased: bool


class StaffCommitmentView(ListedCommitmentView):
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
    missing: MissingView
    review: tuple[CommitmentReview, ...]
    sessions: tuple[SessionView, ...]
    requests: tuple[RequestView, ...]
    trail: tuple[StepView, ...]


class ReachView(Frozen):
    """An edition's figures, as they are now; for staff."""

    edition_id: str
    figures: Tally


def session_view(commitment: Commitment, session: MultiplierSession, now: datetime) -> SessionView:
    report = _report_view(commitment, session, session.report, now) if session.report else None
    return SessionView(
        session_id=session.session_id,
        state=session.state,
        format=session.format,
        planned_on=session.planned_on,
        report=report,
        because=session.because,
        correct_until_on=session.correct_until_on,
        words=session.words_on is not None,
        together_with=session.together_with.session_id if session.together_with else None,
        pictures=tuple(_picture_view(each) for each in session.pictures),
        rejected_pictures=tuple(_rejected_picture_view(each) for each in session.rejected_pictures),
    )


def own_session_view(
    commitment: Commitment, session: MultiplierSession, now: datetime, language: Language
) -> OwnSessionView:
    codes = TEXTS[language].codes
    rejected = [_rejected_picture_view(each) for each in session.rejected_pictures]
    return OwnSessionView(
        **session_view(commitment, session, now).model_dump(exclude={"rejected_pictures"}),
        state_text=codes.session_state[session.state],
        format_text=codes.session_format[session.format],
        because_text=because(session.because, language) if session.because else None,
        rejected_pictures=tuple(
            OwnRejectedPictureView(**each.model_dump(), because_text=codes.picture_rejected_because[each.because])
            for each in rejected
        ),
        pictures_left=pictures_left(commitment, session, now),
    )


def _picture_view(picture: Picture) -> PictureView:
    return PictureView(**picture.model_dump())


def _rejected_picture_view(picture: RejectedPicture) -> RejectedPictureView:
    return RejectedPictureView(**picture.model_dump(exclude={"rejected_by"}))


def _report_view(commitment: Commitment, session: MultiplierSession, report: Report, now: datetime) -> ReportView:
    return ReportView(
        **report.model_dump(),
        meets_the_requirement=counts(commitment, report, now),
        same_as=same_as(commitment, session),
    )


def own_commitment_view(commitment: Commitment, now: datetime, language: Language) -> OwnCommitmentView:
    required, step = commitment.requirements, next_step(commitment, now)
    return OwnCommitmentView(
        commitment_id=commitment.commitment_id,
        edition_id=commitment.edition_id or "",
        state=commitment.state,
        last_on=commitment.last_on,
        due_on=commitment.due_on,
        report_until_on=commitment.report_until_on,
        days_left=days_left(commitment, now),
        due_is_over=commitment.due_on is not None and days.is_over(due_by(commitment, now), now),
        paused=commitment.paused,
        minutes_required=required.multiplier_minutes if required else None,
        people_required=required.multiplier_people if required else None,
        sessions_add_up=required.sessions_add_up if required else None,
        held_together=required.held_together if required else None,
        missing=_missing(commitment, now),
        next_step=step,
        next_step_text=TEXTS[language].codes.next_step[step],
        sessions=tuple(own_session_view(commitment, each, now, language) for each in commitment.sessions),
        requests=tuple(OwnRequestView(**each.model_dump()) for each in commitment.requests),
        steps=tuple(_own_step_view(each, language) for each in commitment.trail),
    )


def _own_step_view(step: Step, language: Language) -> OwnStepView:
    return OwnStepView(
        step=step.step,
        step_text=TEXTS[language].codes.step[step.step],
        changed_at=step.taken_at,
        days=step.days,
        due_on=step.due_on,
    )


def listed_commitment_view(commitment: Commitment, now: datetime) -> ListedCommitmentView:
    awaited = commitment.awaited_request
    return ListedCommitmentView(
        commitment_id=commitment.commitment_id,
        participant_id=commitment.participant_id,
        edition_id=commitment.edition_id or "",
        state=commitment.state,
        due_on=commitment.due_on,
        report_until_on=commitment.report_until_on,
        days_left=days_left(commitment, now),
        paused=commitment.paused,
        awaiting=commitment.awaiting,
        asking=RequestView(**awaited.model_dump()) if awaited else None,
        erased=commitment.erased_at is not None,
    )


def staff_commitment_view(commitment: Commitment, now: datetime) -> StaffCommitmentView:
    required = commitment.requirements
    return StaffCommitmentView(
        **listed_commitment_view(commitment, now).model_dump(),
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
        sessions=tuple(session_view(commitment, each, now) for each in commitment.sessions),
        requests=tuple(RequestView(**each.model_dump()) for each in commitment.requests),
        trail=tuple(StepView(**step.model_dump()) for step in commitment.trail),
    )


def reach_view(reach: Reach) -> ReachView:
    return ReachView(edition_id=reach.edition_id, figures=reach.totals)


def own_commitment_answer(after: CommitmentAt, *, language: Language, status: int = 200) -> Answer:
    """To the participant whose it is."""
    return answer_json(own_commitment_view(after.commitment, after.at, language), status)


def picture_answer(after: CommitmentAt, *, session_id: str) -> Answer:
    """Of the picture that was added: the last one that there is."""
    return answer_json(_picture_view(after.commitment.session(session_id).pictures[-1]), 201)


def staff_commitment_answer(after: CommitmentAt) -> Answer:
    return answer_json(staff_commitment_view(after.commitment, after.at))


def _missing(commitment: Commitment, now: datetime) -> MissingView:
    lacking = missing(commitment, now)
    return MissingView(minutes=lacking.minutes, people=lacking.people)
