"""Saying which application stands: by code, or on the plain page that the letter's link leads to (rule 1).

Opening the link changes nothing, because mail scanners open links; pressing the button does. The page needs no
script, names nobody and tells nothing about what was applied for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined
from pydantic import BaseModel

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import HttpOnce, answer_json, answered, once_of
from relevo_chassis.edge.page import page, security_policy
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import NOT_ONCE, Routes
from relevo_chassis.edge.vault import PersonErased
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken
from relevo_contracts import derived_id
from relevo_intake.codes import confirmation_hash
from relevo_intake.commands import applications
from relevo_intake.commands.details import confirm_contact
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.contact import ConfirmationsAreOver
from relevo_intake.domain.details import CorrectedMeanwhile, NoProposedContact, Proposed
from relevo_intake.http.forms import ConfirmationForm
from relevo_intake.http.receipts import InShell
from relevo_intake.store.people import APPLICATION, application_of_confirmation, details_of_code
from relevo_intake.words import TEXTS, Moment

router = Routes(tags=["confirmations"])
FORM = "application/x-www-form-urlencoded"
Code = Annotated[str, Path(description="from the letter; whatever else stands here is unknown")]


class Confirmed(BaseModel):
    """The application stands for its contact, unless another is confirmed later."""

    confirmed_at: datetime


@router.post("/confirmations", response_model=Confirmed)
@refuses(
    ApplicationWasWithdrawn,
    ConfirmationsAreOver,
    CorrectedMeanwhile,
    NoProposedContact,
    NoSuchApplication,
    PersonErased,
)
async def confirm(request: Request, form: ConfirmationForm, shell: InShell) -> Response:
    """Say, with the code from the letter, that this application stands, or that a proposed contact is yours."""
    found = await _found(shell, form.code)
    application = found.application
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(
        request, application.application_id, key, shell.vault, lambda at: answer_json(Confirmed(confirmed_at=at))
    )
    outcome = await _confirmed(shell, found, once, derived_id("request", once.key))
    return await answered(shell.vault, once, outcome)


@router.get("/confirm/{code}", response_class=HTMLResponse, responses=shown("text/html", status=404))
async def ask(code: Code, shell: InShell, spoken: Spoken) -> HTMLResponse:
    """The page behind the link in the letter. Changes nothing."""
    try:
        found = await _found(shell, code)
    except NoSuchApplication as refused:
        return _page("unknown", refused.status, spoken)
    return _page("ask_contact" if found.proposed else "ask", 200, spoken)


@router.post(
    "/confirm/{code}",
    response_class=HTMLResponse,
    openapi_extra=NOT_ONCE,
    responses=shown("text/html", status=404) | shown("text/html", status=409),
)
@refuses(CorrectedMeanwhile, PersonErased)
async def press(code: Code, shell: InShell, spoken: Spoken) -> HTMLResponse:
    """The button of the page. Pressed again, it changes nothing, so it needs no Idempotency-Key."""
    try:
        found = await _found(shell, code)
        await _confirmed(shell, found, None, new_id())
    except Refusal as refused:
        if not isinstance(refused, NoSuchApplication | _OVER):
            raise
        moment: Moment = "unknown" if isinstance(refused, NoSuchApplication) else "over"
        return _page(moment, refused.status, spoken)
    return _page("done_contact" if found.proposed else "done", 200, spoken)


class Found(NamedTuple):
    """What a code confirms: that an application stands, or that a proposed contact is its holder's."""

    application: Application
    proposed: Proposed | None


async def _found(shell: InShell, code: str) -> Found:
    hashed = confirmation_hash(shell.vault, code)
    application = await application_of_confirmation(shell.store, hashed)
    details = await details_of_code(shell.store, hashed)
    if application is None and details is not None:
        application = await shell.store.state(APPLICATION(details.application_id))
    if application is None:
        raise NoSuchApplication()
    return Found(application, details.proposed if details else None)


async def _confirmed(shell: InShell, found: Found, once: HttpOnce | None, cause_id: str) -> Any:
    """Said again, it changes nothing."""
    now, proposed = shell.clock.now(), found.proposed
    if proposed is None:
        return await applications.confirm_application(shell.committer, found.application, once, now, cause_id)
    if proposed.taken_up_at is not None and once is None:
        return proposed.taken_up_at
    return await confirm_contact(shell.committer, shell.store, shell.vault, found.application, once, now, cause_id)


_OVER = ApplicationWasWithdrawn | ConfirmationsAreOver | NoProposedContact


def _page(moment: Moment, status: int, language: Language) -> HTMLResponse:
    words = TEXTS[language].confirming
    buttons = {"ask": words.button, "ask_contact": words.button_contact}
    html = _TEMPLATE.render(
        language=language, title=words.title, said=words.said[moment], style=_STYLE, button=buttons.get(moment)
    )
    return page(html, language, _POLICY, status, _HEADERS)


_STYLE = (
    "body{font:1.15rem/1.6 system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1.25rem;color:#1c2a33}"
    "h1{font-size:1.35rem}button{font:inherit;padding:.8rem 1.4rem;border:0;border-radius:.4rem;"
    "background:#1f5f74;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #e0a63c}"
)
_POLICY = security_policy(style=_STYLE, sends_forms=True)
_HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    '<!doctype html><html lang="{{ language }}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ title }}</title>'
    "<style>{{ style|safe }}</style></head><body><main><h1>{{ title }}</h1><p>{{ said }}</p>"
    '{% if button %}<form method="post"><button type="submit">{{ button }}</button></form>{% endif %}'
    "</main></body></html>"
)
