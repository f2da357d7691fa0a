"""What a coordinator does: see commitments, decide on reports, move days, decide reviews, see an edition's figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.shell import Shell
from relevo_chassis.edge.tokens import Caller
from relevo_chassis.edge.vault import PersonKey
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import periods, requests, sessions
from relevo_multiplier_tracking.commands.asked import Asked
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.domain.commitment import CommitmentState
from relevo_multiplier_tracking.domain.refusals import (
    CommitmentIsNotLapsed,
    CommitmentIsNotOpen,
    CommitmentIsNotPaused,
    CommitmentIsNotUnderReview,
    CommitmentIsPaused,
    DueDayWouldNotMoveLater,
    NoSuchCommitment,
    NoSuchRequest,
    NoSuchSession,
    OnsiteWeekStands,
    OtherHasNotAgreed,
    ParticipantHasLeft,
    ReportingIsOver,
    ReportWasRevised,
    RequestAwaitsDecision,
    RequestIsDecided,
    RequirementIsNotMet,
    SameAsAnotherReport,
    SessionAwaitsNoDecision,
    SessionIsNotVerified,
)
from relevo_multiplier_tracking.domain.sealed import Reason, Words
from relevo_multiplier_tracking.http import forms, sealed
from relevo_multiplier_tracking.http.answers import (
    ListedCommitment,
    ReachAnswer,
    StaffCommitment,
    TextsAnswer,
    listed_commitment,
    reach_answer,
    staff_commitment,
)
from relevo_multiplier_tracking.http.asking import OPEN, Coordinator, InShell, commanded, to_staff
from relevo_multiplier_tracking.http.sealed import Reader
from relevo_multiplier_tracking.store import Place, Wanted

router = Routes(tags=["coordinator"])


@router.get("/commitments")
@refuses(BadCursor)
async def list_commitments(
    shell: InShell,
    _: Coordinator,
    edition_id: Id | None = None,
    state: CommitmentState | None = None,
    awaiting: Annotated[bool | None, Query(description="with, or without, a report that awaits a decision")] = None,
    paused: bool | None = None,
    asking: Annotated[bool | None, Query(description="with, or without, a request that awaits a decision")] = None,
    due_before: date | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[ListedCommitment]:
    """Commitments by edition, state, reports and requests that await a decision, pause and due day."""
    wanted = Wanted(edition_id, state, awaiting, paused, asking, due_before)
    cursors = Cursors(shell.vault.service_key, "commitments", *(str(each) for each in wanted))
    found = await store.commitments(shell.store, wanted, limit + 1, cursors.after(after))
    now = shell.clock.now()
    return cursors.page([listed_commitment(each, now) for each in found], limit, lambda each: each.commitment_id)


@router.get("/commitments/{commitment_id}")
@refuses(CommitmentIsNotOpen, NoSuchCommitment)
async def see_commitment(shell: InShell, _: Coordinator, commitment_id: Id) -> StaffCommitment:
    """A commitment with its sessions and its trail, without any text."""
    return staff_commitment(await store.commitment_of(shell.store, commitment_id), shell.clock.now())


@router.get("/commitments/{commitment_id}/texts")
@refuses(NoSuchCommitment)
async def read_texts(shell: InShell, caller: Coordinator, commitment_id: Id) -> TextsAnswer:
    """The sealed texts of a commitment: descriptions, notes on evidence, reasons. Opening them is put on record."""
    commitment = await store.commitment_of(shell.store, commitment_id)
    return await sealed.texts_of(shell, Reader(caller.id, "casework"), commitment)


@router.get("/editions/{edition_id}/reach")
async def see_reach(shell: InShell, _: Coordinator, edition_id: Id) -> ReachAnswer:
    """An edition's figures as they are now. For staff: small numbers are not suppressed."""
    return reach_answer(await store.reach_of(shell.store, edition_id))


@router.post("/commitments/{commitment_id}/sessions/{session_id}/verify", response_model=StaffCommitment)
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
async def verify(
    request: Request,
    shell: InShell,
    caller: Coordinator,
    commitment_id: Id,
    session_id: Id,
    form: forms.VerifyForm,
) -> Response:
    """Verify a report; the commitment is fulfilled when that meets the requirement (rule 8)."""
    session = (await store.commitment_of(shell.store, commitment_id)).session(session_id)
    command = sessions.VerifySession(
        session_id=session_id,
        revision=form.revision,
        told_apart_from=form.same_as,
        together_with=session.together_with,
    )
    return await _decide(request, shell, caller, commitment_id, sessions.verify_session, command)


@router.post("/commitments/{commitment_id}/sessions/{session_id}/return", response_model=StaffCommitment)
@refuses(*OPEN, NoSuchSession, ReportWasRevised, SessionAwaitsNoDecision)
async def return_for_correction(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, session_id: Id, form: forms.ReturnForm
) -> Response:
    """Give a report back to be corrected (rule 9), with words to each field; the participant reads them on record."""
    command = sessions.ReturnReport(
        session_id=session_id, revision=form.revision, because=form.because, words=form.words()
    )
    return await _decide_with_words(request, shell, caller, commitment_id, sessions.return_report, command)


@router.post("/commitments/{commitment_id}/sessions/{session_id}/reject", response_model=StaffCommitment)
@refuses(*OPEN, NoSuchSession, ReportWasRevised, SessionAwaitsNoDecision)
async def reject(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, session_id: Id, form: forms.RejectForm
) -> Response:
    """Reject a report for good."""
    command = sessions.RejectReport(
        session_id=session_id, revision=form.revision, because=form.because, words=form.words()
    )
    return await _decide_with_words(request, shell, caller, commitment_id, sessions.reject_report, command)


@router.post("/commitments/{commitment_id}/sessions/{session_id}/withdraw-verification", response_model=StaffCommitment)
@refuses(
    CommitmentIsNotOpen,
    CommitmentIsNotUnderReview,
    NoSuchCommitment,
    NoSuchSession,
    ParticipantHasLeft,
    SessionIsNotVerified,
)
async def withdraw_verification(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, session_id: Id
) -> Response:
    """Take a verification back; a fulfilled commitment goes under review, and nothing is undone silently (rule 12)."""
    command = sessions.WithdrawVerification(session_id=session_id, step_id=new_id())
    return await _decide(request, shell, caller, commitment_id, sessions.withdraw_verification, command)


@router.post("/commitments/{commitment_id}/pause", response_model=StaffCommitment)
@refuses(*OPEN, CommitmentIsPaused, ReportingIsOver, RequestAwaitsDecision)
async def pause(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, form: forms.PauseForm
) -> Response:
    """Let the days stand still, for a reason from the list (rule 10)."""
    command = periods.PauseCommitment(step_id=new_id(), reason=Reason(reason=form.reason, note=form.note))
    return await _decide_with_reason(request, shell, caller, commitment_id, periods.pause_commitment, command)


@router.post("/commitments/{commitment_id}/requests/{request_id}/grant", response_model=StaffCommitment)
@refuses(*OPEN, CommitmentIsPaused, DueDayWouldNotMoveLater, NoSuchRequest, ReportingIsOver, RequestIsDecided)
async def grant(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, request_id: Id, form: forms.GrantForm
) -> Response:
    """Grant what the participant asked for: a pause from the instant it was asked for, or more days."""
    words = Words(text=form.note) if form.note else None
    command = requests.GrantRequest(request_id=request_id, step_id=new_id(), due_on=form.due_on, words=words)
    return await _decide_with_reason(request, shell, caller, commitment_id, requests.grant_request, command)


@router.post("/commitments/{commitment_id}/requests/{request_id}/decline", response_model=StaffCommitment)
@refuses(*OPEN, NoSuchRequest, RequestIsDecided)
async def decline(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, request_id: Id, form: forms.DeclineForm
) -> Response:
    """Decline what the participant asked for, and say why."""
    command = requests.DeclineRequest(request_id=request_id, words=Words(text=form.note))
    return await _decide_with_reason(request, shell, caller, commitment_id, requests.decline_request, command)


@router.post("/commitments/{commitment_id}/resume", response_model=StaffCommitment)
@refuses(CommitmentIsNotOpen, CommitmentIsNotPaused, NoSuchCommitment, ParticipantHasLeft)
async def resume(request: Request, shell: InShell, caller: Coordinator, commitment_id: Id) -> Response:
    """Let the days run again; the due day moves by the whole days paused (rule 10)."""
    command = periods.ResumeCommitment(step_id=new_id())
    return await _decide(request, shell, caller, commitment_id, periods.resume_commitment, command)


@router.post("/commitments/{commitment_id}/extend", response_model=StaffCommitment)
@refuses(*OPEN, DueDayWouldNotMoveLater, RequestAwaitsDecision)
async def extend(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, form: forms.ExtendForm
) -> Response:
    """Move the due day of an open commitment to a later one (rule 10)."""
    reason = Reason(reason=form.reason, note=form.note)
    command = periods.ExtendCommitment(step_id=new_id(), due_on=form.due_on, reason=reason)
    return await _decide_with_reason(request, shell, caller, commitment_id, periods.extend_commitment, command)


@router.post("/commitments/{commitment_id}/reopen", response_model=StaffCommitment)
@refuses(*OPEN, CommitmentIsNotLapsed, DueDayWouldNotMoveLater, ReportingIsOver)
async def reopen(
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, form: forms.ReopenForm
) -> Response:
    """Open a lapsed commitment again (rule 9)."""
    reason = Reason(reason=form.reason, note=form.note)
    command = periods.ReopenCommitment(step_id=new_id(), due_on=form.due_on, reason=reason)
    return await _decide_with_reason(request, shell, caller, commitment_id, periods.reopen_commitment, command)


@router.post("/commitments/{commitment_id}/review", response_model=StaffCommitment)
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
    request: Request, shell: InShell, caller: Coordinator, commitment_id: Id, form: forms.ReviewForm
) -> Response:
    """Decide what becomes of a commitment under review (rules 6 and 12)."""
    command = periods.DecideReview(step_id=new_id(), decision=form.decision, due_on=form.due_on)
    return await _decide(request, shell, caller, commitment_id, periods.decide_review, command)


async def _decide(
    request: Request,
    shell: Shell,
    caller: Caller,
    commitment_id: str,
    use_case: Callable[[Any, Place, Any, Asked], Awaitable[Any]],
    command: Any,
) -> Response:
    place = store.place_of(await store.commitment_of(shell.store, commitment_id))
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        to_staff,
        lambda asked: use_case(shell.committer, place, command, asked),
    )


async def _decide_with_words(
    request: Request,
    shell: Shell,
    caller: Caller,
    commitment_id: str,
    use_case: Callable[[Any, Place, PersonKey | None, Any, Asked], Awaitable[Any]],
    command: sessions.ReturnReport | sessions.RejectReport,
) -> Response:
    """A decision that needs the participant's key only where something is said: an erased one has none."""
    if command.words is not None:
        return await _decide_with_reason(request, shell, caller, commitment_id, use_case, command)

    async def without_key(commits: Any, place: Place, given: Any, asked: Asked) -> Any:
        return await use_case(commits, place, None, given, asked)

    return await _decide(request, shell, caller, commitment_id, without_key, command)


async def _decide_with_reason(
    request: Request,
    shell: Shell,
    caller: Caller,
    commitment_id: str,
    use_case: Callable[[Any, Place, PersonKey, Any, Asked], Awaitable[Any]],
    command: Any,
) -> Response:
    place = store.place_of(await store.commitment_of(shell.store, commitment_id))
    key = await participant_key(shell.committer, shell.vault, place, shell.clock.now(), new_id())
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        to_staff,
        lambda asked: use_case(shell.committer, place, key, command, asked),
    )
