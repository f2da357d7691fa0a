"""What a participant does: see the own commitment, plan, report, correct. Never anybody else's."""

from __future__ import annotations

from fastapi import Request, Response

from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.shell import Shell
from relevo_chassis.edge.tokens import Caller
from relevo_chassis.edge.vault import PersonKey
from relevo_chassis.languages.preference import Spoken, spoken_in
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import requests
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.commands.requests import AskForDays, WithdrawRequest
from relevo_multiplier_tracking.commands.sessions import (
    CorrectReport,
    PlanSession,
    ReportSession,
    correct_report,
    plan_session,
    report_session,
)
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.refusals import (
    CommitmentIsNotOpen,
    CommitmentIsPaused,
    CorrectingIsOver,
    DueDayWouldNotMoveLater,
    HeldAfterTheDueDay,
    HeldBeforeTheWeekEnded,
    HeldInTheFuture,
    LongerThanTheDay,
    NoSuchCommitment,
    NoSuchRequest,
    NoSuchSession,
    NotHeldTogether,
    PlannedOutsideThePeriod,
    ReportingIsOver,
    ReportWasRevised,
    RequestAwaitsDecision,
    RequestIsDecided,
    SessionIsNotPlanned,
    SessionIsNotReturned,
    TooManyRequests,
    TooManySessions,
)
from relevo_multiplier_tracking.domain.reports import TogetherWith
from relevo_multiplier_tracking.domain.sealed import Asking, SessionTexts
from relevo_multiplier_tracking.domain.sessions import Correction
from relevo_multiplier_tracking.http import sealed
from relevo_multiplier_tracking.http.answers import OwnCommitment, OwnTextsAnswer, own_commitment
from relevo_multiplier_tracking.http.asking import OPEN, InShell, Participant, commanded, to_participant
from relevo_multiplier_tracking.http.forms import AskForm, CorrectionForm, PlanForm, ReportForm
from relevo_multiplier_tracking.http.sealed import Reader
from relevo_multiplier_tracking.store import Place
from relevo_multiplier_tracking.timeline import timeline

router = Routes(prefix="/me/commitment", tags=["participant"])
REPORTED = (
    *(HeldAfterTheDueDay, HeldBeforeTheWeekEnded, HeldInTheFuture, LongerThanTheDay),
    *(NoSuchSession, NotHeldTogether, ReportWasRevised, TooManySessions),
)
"""What is refused of any report."""


@router.get("")
@refuses(CommitmentIsNotOpen, NoSuchCommitment)
async def see_own_commitment(shell: InShell, caller: Participant, spoken: Spoken) -> OwnCommitment:
    """Where the commitment stands: state, due day, days left, what is missing, what comes next."""
    return own_commitment(await _own(shell, caller), shell.clock.now(), spoken)


@router.get("/timeline.svg", response_class=Response, responses=shown("image/svg+xml"))
@refuses(CommitmentIsNotOpen, NoSuchCommitment)
async def see_own_timeline(shell: InShell, caller: Participant, spoken: Spoken) -> Response:
    """A picture of the commitment's days."""
    drawn = timeline(await _own(shell, caller), shell.clock.now(), spoken)
    picture = Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
    spoken_in(picture, spoken)
    return picture


@router.get("/texts")
@refuses(NoSuchCommitment)
async def read_own_texts(shell: InShell, caller: Participant) -> OwnTextsAnswer:
    """What the participant wrote in the reports, as it stands now. Opening it is put on record."""
    return await sealed.own_texts_of(shell, Reader(caller.id, "own"), await _own(shell, caller))


@router.post("/sessions", status_code=201, response_model=OwnCommitment)
@refuses(*OPEN, PlannedOutsideThePeriod, SessionIsNotPlanned, TooManySessions)
async def plan_a_session(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, form: PlanForm
) -> Response:
    """Say when a multiplier session is meant to be held."""
    return await _plan(request, shell, caller, spoken, form, new_id(), 201)


@router.post("/sessions/{session_id}/plan", response_model=OwnCommitment)
@refuses(*OPEN, NoSuchSession, PlannedOutsideThePeriod, SessionIsNotPlanned, TooManySessions)
async def change_the_plan(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, session_id: Id, form: PlanForm
) -> Response:
    """Move a planned session to another day, while it has not been reported."""
    (await _own(shell, caller)).session(session_id)
    return await _plan(request, shell, caller, spoken, form, session_id, 200)


@router.post("/reports", status_code=201, response_model=OwnCommitment)
@refuses(*OPEN, *REPORTED, ReportingIsOver, SessionIsNotPlanned)
async def report_an_unplanned_session(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, form: ReportForm
) -> Response:
    """Report a session that was held without a plan."""
    place, key = await _place_and_key(shell, caller)
    command = await _report(shell, form, new_id())
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken, 201),
        lambda asked: report_session(shell.committer, place, key, command, asked),
    )


@router.post("/sessions/{session_id}/report", status_code=201, response_model=OwnCommitment)
@refuses(*OPEN, *REPORTED, ReportingIsOver, SessionIsNotPlanned)
async def report_a_planned_session(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, session_id: Id, form: ReportForm
) -> Response:
    """Report a session that was planned before."""
    (await _own(shell, caller)).session(session_id)
    place, key = await _place_and_key(shell, caller)
    command = await _report(shell, form, session_id)
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken, 201),
        lambda asked: report_session(shell.committer, place, key, command, asked),
    )


@router.post("/sessions/{session_id}/correction", response_model=OwnCommitment)
@refuses(*OPEN, *REPORTED, CorrectingIsOver, SessionIsNotReturned)
async def correct_a_returned_report(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, session_id: Id, form: CorrectionForm
) -> Response:
    """Report a returned session anew, by the day shown as ``correct_until_on``. What is not sent stays as it was."""
    session = (await _own(shell, caller)).session(session_id)
    place, key = await _place_and_key(shell, caller)
    revision = session.report.revision + 1 if session.report else 1
    correction = Correction(
        revision=revision,
        **form.model_dump(exclude={*SessionTexts.model_fields, "together_with"}),
        together="as_it_was" if "together_with" not in form.model_fields_set else "given",
        together_with=await _whose(shell, form.together_with),
    )
    command = CorrectReport(session_id=session_id, correction=correction, texts=_texts(form))
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken),
        lambda asked: correct_report(shell.committer, place, key, command, asked),
    )


@router.post("/requests", status_code=201, response_model=OwnCommitment)
@refuses(*OPEN, CommitmentIsPaused, DueDayWouldNotMoveLater, ReportingIsOver, RequestAwaitsDecision, TooManyRequests)
async def ask_for_days(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, form: AskForm
) -> Response:
    """Ask for a pause or for more days. Nothing lapses before it is decided; a pause granted counts from now."""
    place, key = await _place_and_key(shell, caller)
    asking = Asking(reason=form.reason, note=form.note)
    command = AskForDays(request_id=new_id(), asked_for=form.asked_for, due_on=form.due_on, asking=asking)
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken, 201),
        lambda asked: requests.ask_for_days(shell.committer, place, key, command, asked),
    )


@router.post("/requests/{request_id}/withdraw", response_model=OwnCommitment)
@refuses(*OPEN, NoSuchRequest, RequestIsDecided)
async def withdraw_a_request(
    request: Request, shell: InShell, caller: Participant, spoken: Spoken, request_id: Id
) -> Response:
    """Take a request back while it awaits its decision."""
    place, key = await _place_and_key(shell, caller)
    command = WithdrawRequest(request_id=request_id)
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken),
        lambda asked: requests.withdraw_request(shell.committer, place, command, asked),
    )


async def _plan(
    request: Request, shell: Shell, caller: Caller, spoken: Spoken, form: PlanForm, session_id: str, status: int
) -> Response:
    place, key = await _place_and_key(shell, caller)
    command = PlanSession(session_id=session_id, planned_on=form.planned_on, format=form.format)
    return await commanded(
        shell,
        request,
        caller,
        key,
        to_participant(spoken, status),
        lambda asked: plan_session(shell.committer, place, command, asked),
    )


async def _own(shell: Shell, caller: Caller) -> Commitment:
    return await store.own_commitment(shell.store, caller.claim("participant_id"))


async def _place_and_key(shell: Shell, caller: Caller) -> tuple[Place, PersonKey]:
    place = store.place_of(await _own(shell, caller))
    return place, await participant_key(shell.committer, shell.vault, place, shell.clock.now(), new_id())


async def _report(shell: Shell, form: ReportForm, session_id: str) -> ReportSession:
    said = form.model_dump(exclude={*SessionTexts.model_fields, "together_with"})
    whose = await _whose(shell, form.together_with)
    return ReportSession(session_id=session_id, **said, texts=_texts(form), together_with=whose)


async def _whose(shell: Shell, session_id: str | None) -> TogetherWith | None:
    """Whose session it is that another is said to be too. Raises ``NoSuchSession``."""
    if session_id is None:
        return None
    found = await store.commitment_with(shell.store, session_id)
    return TogetherWith(session_id=session_id, commitment_id=found.commitment_id)


def _texts(form: ReportForm | CorrectionForm) -> SessionTexts:
    return SessionTexts(**form.model_dump(include={*SessionTexts.model_fields}, exclude_unset=True))
