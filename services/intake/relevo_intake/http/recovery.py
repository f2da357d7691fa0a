"""A lost receipt code (rule 19): how it is recovered, who asks, and the page behind the link in the letter.

Whoever asks is told the same, whatever comes of it. Opening the link changes nothing, because mail scanners open links;
pressing the button does. No answer of these routes that shows a code is kept.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken
from relevo_intake.commands import recovery
from relevo_intake.commands.office import ANYBODY, applicant
from relevo_intake.commands.recovery import ChooseRecovery, Lost, RefuseRecovery, RenewCode
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.recovery import NoContactToRecoverBy, NoSuchRecovery, NothingToRefuse
from relevo_intake.equipment import TooManyLost
from relevo_intake.http.callers import InEquipment, InOffice, OwnApplication, OwnKey
from relevo_intake.http.forms.recovery import LostForm, RecoveryForm, RenewalForm
from relevo_intake.http.views.recovery import (
    NotedView,
    RecoveryView,
    RenewedView,
    recovery_answer,
    recovery_view,
    renewed_answer,
)
from relevo_intake.page.render import letter_page
from relevo_intake.words import TEXTS, Recovering

router = Routes(tags=["recovery"])
LetterCode = Annotated[str, Path(description="from the letter; whatever else stands here is unknown")]


@router.post("/lost", status_code=202, openapi_extra=NOT_ONCE)
@refuses(TooManyLost)
async def report_lost_code(
    form: LostForm, request: Request, asking: InAsking, office: InOffice, equipment: InEquipment
) -> NotedView:
    """Say that one has lost the code. The answer is the same for everybody, and given before anything is looked up."""
    equipment.lost.spend(request)
    await recovery.note_lost(office, Lost(contact=form.contact, word=form.word), asking.asked(ANYBODY))
    return NotedView()


@router.get("/me/recovery")
async def read_own_recovery(application: OwnApplication, office: InOffice) -> RecoveryView:
    """How one's code is recovered, and whether somebody asks for another (receipt or token)."""
    return recovery_view(await recovery.recovery_of(office, application.application_id))


@router.post("/me/recovery/choose", response_model=RecoveryView)
@refuses(NoContactToRecoverBy)
async def choose_recovery(
    form: RecoveryForm, application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice
) -> Response:
    """Choose how a lost code is recovered (receipt or token). That binds staff too."""
    command = ChooseRecovery(application, form.way, form.hours, form.word)
    by = applicant(application.application_id)
    return await asking.answer(recovery.choose_recovery, office, command, by=by, respond=recovery_answer, key=key)


@router.post("/me/recovery/refuse", response_model=RecoveryView)
@refuses(NothingToRefuse)
async def refuse_recovery(application: OwnApplication, key: OwnKey, asking: InAsking, office: InOffice) -> Response:
    """It was not me who asked: no other code opens anything (receipt or token)."""
    command, by = RefuseRecovery(application), applicant(application.application_id)
    return await asking.answer(recovery.refuse_recovery, office, command, by=by, respond=recovery_answer, key=key)


@router.post("/recoveries", status_code=201, response_model=RenewedView, openapi_extra=NOT_ONCE)
@refuses(NoSuchApplication, NoSuchRecovery)
async def renew_code(form: RenewalForm, asking: InAsking, office: InOffice) -> Response:
    """Get another receipt code with that of the letter, once. The one before opens nothing any more."""
    return await asking.answer(recovery.renew_code, office, RenewCode(form.code), by=ANYBODY, respond=renewed_answer)


@router.get("/recover/{code}", response_class=HTMLResponse, responses=sends("text/html", status=404))
async def read_recovery_page(code: LetterCode, asking: InAsking, office: InOffice, spoken: Spoken) -> HTMLResponse:
    """The page behind the link in the letter. Changes nothing."""
    try:
        await recovery.recoverable(office, code, asking.asked(ANYBODY).now)
    except NoSuchRecovery as refused:
        return _page("unknown", refused.status, spoken)
    return _page("ask", 200, spoken)


@router.post(
    "/recover/{code}",
    response_class=HTMLResponse,
    openapi_extra=NOT_ONCE,
    responses=sends("text/html", status=404),
)
async def renew_code_by_page(code: LetterCode, asking: InAsking, office: InOffice, spoken: Spoken) -> HTMLResponse:
    """The button of the page: shows the new code, once."""
    try:
        renewed = await recovery.renew_code(office, RenewCode(code), asking.asked(ANYBODY))
    except NoSuchRecovery as refused:
        return _page("unknown", refused.status, spoken)
    return _page("done", 200, spoken, renewed.receipt_code)


def _page(moment: Recovering, status: int, language: Language, code: str | None = None) -> HTMLResponse:
    words = TEXTS[language].recovering
    button = words.button if moment == "ask" else None
    return letter_page(words.title, words.moments[moment], language, status, button=button, code=code)
