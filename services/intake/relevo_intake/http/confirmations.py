"""Saying which application stands: by code, or on the plain page that the letter's link leads to (rule 1).

Opening the link changes nothing, because mail scanners open links; pressing the button does. The page needs no
script, names nobody and tells nothing about what was applied for.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import HTMLResponse

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken
from relevo_chassis.people.vault import PersonErased
from relevo_intake.commands import applications, details
from relevo_intake.commands.applications import ConfirmApplication
from relevo_intake.commands.confirming import Confirmable, confirmable
from relevo_intake.commands.details import ConfirmContact
from relevo_intake.commands.office import contact_of, key_of_answers
from relevo_intake.domain.application import ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.contact import ConfirmationsAreOver
from relevo_intake.domain.details import CorrectedMeanwhile, NoProposedContact
from relevo_intake.http.callers import InOffice
from relevo_intake.http.forms.applications import ConfirmationForm
from relevo_intake.http.views.applications import ConfirmedView, confirmed_answer
from relevo_intake.page.render import letter_page
from relevo_intake.words import TEXTS, Moment

router = Routes(tags=["confirmations"])
FORM = "application/x-www-form-urlencoded"
_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
Code = Annotated[str, Path(description="from the letter; whatever else stands here is unknown")]


@router.post("/confirmations", response_model=ConfirmedView)
@refuses(
    ApplicationWasWithdrawn,
    ConfirmationsAreOver,
    CorrectedMeanwhile,
    NoProposedContact,
    NoSuchApplication,
    PersonErased,
)
async def confirm_code(form: ConfirmationForm, asking: InAsking, office: InOffice) -> Response:
    """Say, with the code from the letter, that this application stands, or that a proposed contact is yours."""
    found = await confirmable(office, form.code)
    application = found.application
    by, keys = contact_of(application.application_id), await office.vault.key_of(application.person_id)
    key = key_of_answers(keys)
    if found.proposed is None:
        command = ConfirmApplication(application)
        return await asking.answer(
            applications.confirm_application, office, command, by=by, respond=confirmed_answer, key=key
        )
    proposal = ConfirmContact(application)
    return await asking.answer(details.confirm_contact, office, proposal, by=by, respond=confirmed_answer, key=key)


@router.get("/confirm/{code}", response_class=HTMLResponse, responses=sends("text/html", status=404))
async def read_confirmation_page(code: Code, office: InOffice, spoken: Spoken) -> HTMLResponse:
    """The page behind the link in the letter. Changes nothing."""
    try:
        found = await confirmable(office, code)
    except NoSuchApplication as refused:
        return _page("unknown", refused.status, spoken)
    return _page("ask_contact" if found.proposed else "ask", 200, spoken)


@router.post(
    "/confirm/{code}",
    response_class=HTMLResponse,
    openapi_extra=NOT_ONCE,
    responses=sends("text/html", status=404) | sends("text/html", status=409),
)
@refuses(CorrectedMeanwhile, PersonErased)
async def confirm_code_on_page(code: Code, asking: InAsking, office: InOffice, spoken: Spoken) -> HTMLResponse:
    """The button of the page. Pressed again, it changes nothing, so it needs no Idempotency-Key."""
    try:
        found = await confirmable(office, code)
        await _confirmed(asking, office, found)
    except Refusal as refused:
        if not isinstance(refused, NoSuchApplication | _OVER):
            raise
        moment: Moment = "unknown" if isinstance(refused, NoSuchApplication) else "over"
        return _page(moment, refused.status, spoken)
    return _page("done_contact" if found.proposed else "done", 200, spoken)


async def _confirmed(asking: InAsking, office: InOffice, found: Confirmable) -> None:
    """Said again, it changes nothing."""
    asked = asking.asked(contact_of(found.application.application_id))
    if found.proposed is None:
        await applications.confirm_application(office, ConfirmApplication(found.application), asked)
    elif found.proposed.taken_up_at is None:
        await details.confirm_contact(office, ConfirmContact(found.application), asked)


_OVER = ApplicationWasWithdrawn | ConfirmationsAreOver | NoProposedContact


def _page(moment: Moment, status: int, language: Language) -> HTMLResponse:
    words = TEXTS[language].confirming
    buttons = {"ask": words.button, "ask_contact": words.button_contact}
    return letter_page(words.title, words.moments[moment], language, status, button=buttons.get(moment))
