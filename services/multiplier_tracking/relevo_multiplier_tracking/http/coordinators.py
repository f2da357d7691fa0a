"""What a coordinator does: see commitments, decide on reports, move days, decide reviews, see an edition's figures."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import periods, requests, sessions, texts
from relevo_multiplier_tracking.commands.periods import (
    DecideReview,
    ExtendCommitment,
    PauseCommitment,
    ReopenCommitment,
    ResumeCommitment,
)
from relevo_multiplier_tracking.commands.requests import DeclineRequest, GrantRequest
from relevo_multiplier_tracking.commands.sessions import RejectReport, ReturnReport, VerifySession, WithdrawVerification
from relevo_multiplier_tracking.commands.texts import SeeTexts
from relevo_multiplier_tracking.domain.commitment import (
    CommitmentIsNotOpen,
    CommitmentState,
    NoSuchCommitment,
    NoSuchSession,
    ParticipantHasLeft,
)
from relevo_multiplier_tracking.domain.period import (
    CommitmentIsNotLapsed,
    CommitmentIsNotPaused,
    CommitmentIsPaused,
    DaysStandStillInDanger,
    DueDayWouldNotMoveLater,
    ReportingIsOver,
    RequestAwaitsDecision,
)
from relevo_multiplier_tracking.domain.reports import ReportWasRevised
from relevo_multiplier_tracking.domain.requests import NoSuchRequest, RequestIsDecided
from relevo_multiplier_tracking.domain.review import (
    CommitmentIsNotUnderReview,
    OnsiteWeekStands,
    RequirementIsNotMet,
    SessionIsNotVerified,
)
from relevo_multiplier_tracking.domain.same_meeting import SameAsAnotherReport
from relevo_multiplier_tracking.domain.sealed import Reason, Words
from relevo_multiplier_tracking.domain.sessions import SessionAwaitsNoDecision
from relevo_multiplier_tracking.domain.together import OtherHasNotAgreed
from relevo_multiplier_tracking.http import forms
from relevo_multiplier_tracking.http.callers import (
    OPEN_REFUSALS,
    InOffice,
    MayDecideReports,
    MayDecideReviews,
    MayListCommitments,
    MayMoveDays,
    MayReadCommitments,
    MayReadTexts,
)
from relevo_multiplier_tracking.http.views.commitments import (
    ListedCommitmentView,
    ReachView,
    StaffCommitmentView,
    listed_commitment_view,
    reach_view,
    staff_commitment_answer,
    staff_commitment_view,
)
from relevo_multiplier_tracking.http.views.texts import TextsView, texts_answer
from relevo_multiplier_tracking.rights import RIGHTS, Task
from relevo_multiplier_tracking.store import Wanted

router = Routes(tags=["coordinator"])


@router.get("/commitments")
@refuses(BadCursor)
async def list_commitments(
    shell: InShell,
    caller: MayListCommitments,
    edition_id: Id | None = None,
    state: CommitmentState | None = None,
    awaiting: Annotated[bool | None, Query(description="with, or without, a report that awaits a decision")] = None,
    paused: bool | None = None,
    asking: Annotated[bool | None, Query(description="with, or without, a request that awaits a decision")] = None,
    due_before: date | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[ListedCommitmentView]:
    """Commitments by edition, state, reports and requests that await a decision, pause and due day."""
    editions = RIGHTS.looked_into(caller, Task.READ_COMMITMENTS, edition_id)
    wanted = Wanted(editions, state, awaiting, paused, asking, due_before)
    cursors = Cursors(shell.vault.service_key, "commitments", *(str(each) for each in wanted))
    found = await store.commitments(shell.store, wanted, limit + 1, cursors.after(after))
    now = shell.clock.now()
    return cursors.page([listed_commitment_view(each, now) for each in found], limit, lambda each: each.commitment_id)


@router.get("/commitments/{commitment_id}")
@refuses(CommitmentIsNotOpen, NoSuchCommitment)
async def read_commitment(shell: InShell, _: MayReadCommitments, commitment_id: Id) -> StaffCommitmentView:
    """A commitment with its sessions and its trail, without any text."""
    return staff_commitment_view(await store.commitment_of(shell.store, commitment_id), shell.clock.now())


@router.get("/commitments/{commitment_id}/texts", response_model=TextsView)
@refuses(NoSuchCommitment)
async def read_texts(commitment_id: Id, caller: MayReadTexts, asking: InAsking, office: InOffice) -> Response:
    """The sealed texts of a commitment: descriptions, notes on evidence, reasons. Opening them is put on record."""
    query = SeeTexts(commitment_id, "casework")
    return await asking.answer(texts.see_texts, office, query, by=caller.id, respond=texts_answer)


@router.get("/editions/{edition_id}/reach")
async def read_reach(shell: InShell, _: MayReadCommitments, edition_id: Id) -> ReachView:
    """An edition's figures as they are now. For staff: small numbers are not suppressed."""
    return reach_view(await store.reach_of(shell.store, edition_id))


@router.post("/commitments/{commitment_id}/sessions/{session_id}/verify", response_model=StaffCommitmentView)
@refuses(
    CommitmentIsNotOpen,
    NoSuchCommitment,
    NoSuchSession,
    OtherHasNotAgreed,
    ParticipantHasLeft,
    ReportWasRevised,
    SameAsAnotherReport,
    SessionAwaitsNoDecision,
)
async def verify_session(
    commitment_id: Id,
    session_id: Id,
    form: forms.VerifyForm,
    caller: MayDecideReports,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Verify a report; the commitment is fulfilled when that meets the requirement (rule 8)."""
    command = VerifySession(commitment_id, session_id, form.revision, form.same_as)
    return await asking.answer(sessions.verify_session, office, command, by=caller.id, respond=staff_commitment_answer)


@router.post("/commitments/{commitment_id}/sessions/{session_id}/return", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, NoSuchSession, ReportWasRevised, SessionAwaitsNoDecision)
async def return_report(
    commitment_id: Id,
    session_id: Id,
    form: forms.ReturnForm,
    caller: MayDecideReports,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Give a report back to be corrected (rule 9), with words to each field; the participant reads them on record."""
    command = ReturnReport(commitment_id, session_id, form.revision, form.because, form.words())
    return await asking.answer(sessions.return_report, office, command, by=caller.id, respond=staff_commitment_answer)


@router.post("/commitments/{commitment_id}/sessions/{session_id}/reject", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, NoSuchSession, ReportWasRevised, SessionAwaitsNoDecision)
async def reject_report(
    commitment_id: Id,
    session_id: Id,
    form: forms.RejectForm,
    caller: MayDecideReports,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Reject a report for good."""
    command = RejectReport(commitment_id, session_id, form.revision, form.because, form.words())
    return await asking.answer(sessions.reject_report, office, command, by=caller.id, respond=staff_commitment_answer)


@router.post(
    "/commitments/{commitment_id}/sessions/{session_id}/withdraw-verification", response_model=StaffCommitmentView
)
@refuses(
    CommitmentIsNotOpen,
    CommitmentIsNotUnderReview,
    NoSuchCommitment,
    NoSuchSession,
    ParticipantHasLeft,
    SessionIsNotVerified,
)
async def withdraw_verification(
    commitment_id: Id, session_id: Id, caller: MayDecideReports, asking: InAsking, office: InOffice
) -> Response:
    """Take a verification back; a fulfilled commitment goes under review, and nothing is undone silently (rule 12)."""
    command = WithdrawVerification(commitment_id, session_id)
    return await asking.answer(
        sessions.withdraw_verification, office, command, by=caller.id, respond=staff_commitment_answer
    )


@router.post("/commitments/{commitment_id}/pause", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, CommitmentIsPaused, ReportingIsOver, RequestAwaitsDecision)
async def pause_commitment(
    commitment_id: Id, form: forms.PauseForm, caller: MayMoveDays, asking: InAsking, office: InOffice
) -> Response:
    """Let the days stand still, for a reason from the list (rule 10)."""
    command = PauseCommitment(commitment_id, Reason(reason=form.reason, note=form.note))
    return await asking.answer(periods.pause_commitment, office, command, by=caller.id, respond=staff_commitment_answer)


@router.post("/commitments/{commitment_id}/requests/{request_id}/grant", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, CommitmentIsPaused, DueDayWouldNotMoveLater, NoSuchRequest, ReportingIsOver, RequestIsDecided)
async def grant_request(
    commitment_id: Id, request_id: Id, form: forms.GrantForm, caller: MayMoveDays, asking: InAsking, office: InOffice
) -> Response:
    """Grant what the participant asked for: a pause from the instant it was asked for, or more days."""
    words = Words(text=form.note) if form.note else None
    command = GrantRequest(commitment_id, request_id, form.due_on, words)
    return await asking.answer(requests.grant_request, office, command, by=caller.id, respond=staff_commitment_answer)


@router.post("/commitments/{commitment_id}/requests/{request_id}/decline", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, NoSuchRequest, RequestIsDecided)
async def decline_request(
    commitment_id: Id, request_id: Id, form: forms.DeclineForm, caller: MayMoveDays, asking: InAsking, office: InOffice
) -> Response:
    """Decline what the participant asked for, and say why."""
    command = DeclineRequest(commitment_id, request_id, Words(text=form.note))
    return await asking.answer(requests.decline_request, office, command, by=caller.id, respond=staff_commitment_answer)


@router.post("/commitments/{commitment_id}/resume", response_model=StaffCommitmentView)
@refuses(CommitmentIsNotOpen, CommitmentIsNotPaused, DaysStandStillInDanger, NoSuchCommitment, ParticipantHasLeft)
async def resume_commitment(commitment_id: Id, caller: MayMoveDays, asking: InAsking, office: InOffice) -> Response:
    """Let the days run again; the due day moves by the whole days paused (rule 10)."""
    command = ResumeCommitment(commitment_id)
    return await asking.answer(
        periods.resume_commitment, office, command, by=caller.id, respond=staff_commitment_answer
    )


@router.post("/commitments/{commitment_id}/extend", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, DueDayWouldNotMoveLater, RequestAwaitsDecision)
async def extend_commitment(
    commitment_id: Id, form: forms.ExtendForm, caller: MayMoveDays, asking: InAsking, office: InOffice
) -> Response:
    """Move the due day of an open commitment to a later one (rule 10)."""
    command = ExtendCommitment(commitment_id, form.due_on, Reason(reason=form.reason, note=form.note))
    return await asking.answer(
        periods.extend_commitment, office, command, by=caller.id, respond=staff_commitment_answer
    )


@router.post("/commitments/{commitment_id}/reopen", response_model=StaffCommitmentView)
@refuses(*OPEN_REFUSALS, CommitmentIsNotLapsed, DueDayWouldNotMoveLater, ReportingIsOver)
async def reopen_commitment(
    commitment_id: Id, form: forms.ReopenForm, caller: MayDecideReviews, asking: InAsking, office: InOffice
) -> Response:
    """Open a lapsed commitment again (rule 9)."""
    command = ReopenCommitment(commitment_id, form.due_on, Reason(reason=form.reason, note=form.note))
    return await asking.answer(
        periods.reopen_commitment, office, command, by=caller.id, respond=staff_commitment_answer
    )


@router.post("/commitments/{commitment_id}/decide-review", response_model=StaffCommitmentView)
@refuses(
    CommitmentIsNotOpen,
    CommitmentIsNotUnderReview,
    DueDayWouldNotMoveLater,
    NoSuchCommitment,
    NoSuchSession,
    OnsiteWeekStands,
    ReportingIsOver,
    RequirementIsNotMet,
)
async def decide_review(
    commitment_id: Id, form: forms.ReviewForm, caller: MayDecideReviews, asking: InAsking, office: InOffice
) -> Response:
    """Decide what becomes of a commitment under review (rules 6 and 12)."""
    command = DecideReview(commitment_id, form.decision, form.due_on)
    return await asking.answer(periods.decide_review, office, command, by=caller.id, respond=staff_commitment_answer)
