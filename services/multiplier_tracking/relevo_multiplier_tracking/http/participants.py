"""What a participant does: see the own commitment, plan, report, correct. Never anybody else's."""

from __future__ import annotations

from functools import partial

from fastapi import Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages.preference import Spoken, spoken_in
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import requests, sessions, texts
from relevo_multiplier_tracking.commands.requests import AskForDays, WithdrawRequest
from relevo_multiplier_tracking.commands.sessions import PlanSession
from relevo_multiplier_tracking.commands.texts import SeeTexts
from relevo_multiplier_tracking.domain.commitment import CommitmentIsNotOpen, NoSuchCommitment, NoSuchSession
from relevo_multiplier_tracking.domain.period import (
    CommitmentIsPaused,
    DueDayWouldNotMoveLater,
    ReportingIsOver,
    RequestAwaitsDecision,
)
from relevo_multiplier_tracking.domain.reports import ReportWasRevised
from relevo_multiplier_tracking.domain.requests import NoSuchRequest, RequestIsDecided, TooManyRequests
from relevo_multiplier_tracking.domain.same_meeting import ReportedAlready
from relevo_multiplier_tracking.domain.sealed import Asking
from relevo_multiplier_tracking.domain.sessions import (
    CorrectingIsOver,
    HeldAfterTheDueDay,
    HeldBeforeTheWeekEnded,
    HeldInTheFuture,
    LongerThanTheDay,
    PlannedOutsideThePeriod,
    SessionIsNotPlanned,
    SessionIsNotReturned,
    TooManySessions,
)
from relevo_multiplier_tracking.domain.together import NotHeldTogether
from relevo_multiplier_tracking.http.callers import OPEN_REFUSALS, InOffice, InOwn, Participant, own_commitment_id
from relevo_multiplier_tracking.http.forms import AskForm, CorrectionForm, PlanForm, ReportForm
from relevo_multiplier_tracking.http.views.commitments import (
    OwnCommitmentView,
    own_commitment_answer,
    own_commitment_view,
)
from relevo_multiplier_tracking.http.views.texts import OwnTextsView, own_texts_answer
from relevo_multiplier_tracking.timeline import timeline

router = Routes(prefix="/me/commitment", tags=["participant"])
REPORT_REFUSALS = (
    *(HeldAfterTheDueDay, HeldBeforeTheWeekEnded, HeldInTheFuture, LongerThanTheDay),
    *(NoSuchSession, NotHeldTogether, ReportWasRevised, TooManySessions),
)
"""What is refused of any report."""


@router.get("")
@refuses(CommitmentIsNotOpen, NoSuchCommitment)
async def read_own_commitment(shell: InShell, caller: Participant, spoken: Spoken) -> OwnCommitmentView:
    """Where the commitment stands: state, due day, days left, what is missing, what comes next."""
    found = await store.commitment_of(shell.store, own_commitment_id(caller))
    return own_commitment_view(found, shell.clock.now(), spoken)


@router.get("/timeline.svg", response_class=Response, responses=sends("image/svg+xml"))
@refuses(CommitmentIsNotOpen, NoSuchCommitment)
async def read_own_timeline(shell: InShell, caller: Participant, spoken: Spoken) -> Response:
    """A picture of the commitment's days."""
    found = await store.commitment_of(shell.store, own_commitment_id(caller))
    drawn = timeline(found, shell.clock.now(), spoken)
    picture = Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
    spoken_in(picture, spoken)
    return picture


@router.get("/texts", response_model=OwnTextsView)
@refuses(NoSuchCommitment)
async def read_own_texts(caller: Participant, asking: InAsking, office: InOffice) -> Response:
    """What the participant wrote in the reports, as it stands now. Opening it is put on record."""
    query = SeeTexts(own_commitment_id(caller), "own")
    return await asking.answer(texts.see_texts, office, query, by=caller.id, respond=own_texts_answer)


@router.post("/sessions", status_code=201, response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, PlannedOutsideThePeriod, SessionIsNotPlanned, TooManySessions)
async def plan_session(form: PlanForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken) -> Response:
    """Say when a multiplier session is meant to be held."""
    command = PlanSession(own.commitment_id, None, form.planned_on, form.format)
    respond = partial(own_commitment_answer, language=spoken, status=201)
    return await asking.answer(sessions.plan_session, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/sessions/{session_id}/plan", response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, NoSuchSession, PlannedOutsideThePeriod, SessionIsNotPlanned, TooManySessions)
async def change_plan(
    session_id: Id, form: PlanForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken
) -> Response:
    """Move a planned session to another day, while it has not been reported."""
    command = PlanSession(own.commitment_id, session_id, form.planned_on, form.format)
    respond = partial(own_commitment_answer, language=spoken)
    return await asking.answer(sessions.plan_session, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/reports", status_code=201, response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, *REPORT_REFUSALS, ReportedAlready, ReportingIsOver, SessionIsNotPlanned)
async def report_session(form: ReportForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken) -> Response:
    """Report a session that was held without a plan."""
    command = form.command(own.commitment_id, None)
    respond = partial(own_commitment_answer, language=spoken, status=201)
    return await asking.answer(sessions.report_session, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/sessions/{session_id}/report", status_code=201, response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, *REPORT_REFUSALS, ReportedAlready, ReportingIsOver, SessionIsNotPlanned)
async def report_planned_session(
    session_id: Id, form: ReportForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken
) -> Response:
    """Report a session that was planned before."""
    command = form.command(own.commitment_id, session_id)
    respond = partial(own_commitment_answer, language=spoken, status=201)
    return await asking.answer(sessions.report_session, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/sessions/{session_id}/correct", response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, *REPORT_REFUSALS, CorrectingIsOver, SessionIsNotReturned)
async def correct_report(
    session_id: Id, form: CorrectionForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken
) -> Response:
    """Report a returned session anew, by the day shown as ``correct_until_on``. What is not sent stays as it was."""
    command = form.command(own.commitment_id, session_id)
    respond = partial(own_commitment_answer, language=spoken)
    return await asking.answer(sessions.correct_report, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/requests", status_code=201, response_model=OwnCommitmentView)
@refuses(
    *OPEN_REFUSALS,
    CommitmentIsPaused,
    DueDayWouldNotMoveLater,
    ReportingIsOver,
    RequestAwaitsDecision,
    TooManyRequests,
)
async def ask_for_days(form: AskForm, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken) -> Response:
    """Ask for a pause or for more days. Nothing lapses before it is decided; a pause granted counts from now."""
    why = Asking(reason=form.reason, note=form.note)
    command = AskForDays(own.commitment_id, form.asked_for, form.due_on, why)
    respond = partial(own_commitment_answer, language=spoken, status=201)
    return await asking.answer(requests.ask_for_days, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/requests/{request_id}/withdraw", response_model=OwnCommitmentView)
@refuses(*OPEN_REFUSALS, NoSuchRequest, RequestIsDecided)
async def withdraw_request(request_id: Id, own: InOwn, asking: InAsking, office: InOffice, spoken: Spoken) -> Response:
    """Take a request back while it awaits its decision."""
    command = WithdrawRequest(own.commitment_id, request_id)
    respond = partial(own_commitment_answer, language=spoken)
    return await asking.answer(requests.withdraw_request, office, command, by=own.id, respond=respond, key=own.key)
