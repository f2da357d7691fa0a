"""Saying which application stands: by code, or on the plain page that the letter's link leads to (rule 1).

Opening the link changes nothing, because mail scanners open links; pressing the button does. The page needs no
script, names nobody and tells nothing about what was applied for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined
from pydantic import BaseModel

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import HttpOnce, answer_json, answered, once_of
from relevo_chassis.edge.page import page, security_policy
from relevo_chassis.edge.routes import NOT_ONCE, Routes
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken
from relevo_contracts import derived_id
from relevo_intake.codes import confirmation_hash
from relevo_intake.commands import applications
from relevo_intake.commands.details import confirm_contact
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.contact import ConfirmationsAreOver
from relevo_intake.domain.details import NoProposedContact, Proposed
from relevo_intake.http.forms import ConfirmationForm
from relevo_intake.http.receipts import InShell
from relevo_intake.store.people import APPLICATION, application_of_confirmation, details_of_code

router = Routes(tags=["confirmations"])
FORM = "application/x-www-form-urlencoded"
Code = Annotated[str, Path(description="from the letter; whatever else stands here is unknown")]
Moment = Literal["ask", "ask_contact", "done", "done_contact", "over", "unknown"]


class Confirmed(BaseModel):
    """The application stands for its contact, unless another is confirmed later."""

    confirmed_at: datetime


@router.post("/confirmations", response_model=Confirmed)
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


@router.get("/confirm/{code}", response_class=HTMLResponse)
async def ask(code: Code, shell: InShell, spoken: Spoken) -> HTMLResponse:
    """The page behind the link in the letter. Changes nothing."""
    try:
        found = await _found(shell, code)
    except NoSuchApplication as refused:
        return _page("unknown", refused.status, spoken)
    return _page("ask_contact" if found.proposed else "ask", 200, spoken)


@router.post("/confirm/{code}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
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
    words = _WORDS[language]
    html = _TEMPLATE.render(
        language=language, words=words, said=words[moment], style=_STYLE, button=_BUTTONS.get(moment)
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
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ words.title }}</title>'
    "<style>{{ style|safe }}</style></head><body><main><h1>{{ words.title }}</h1><p>{{ said }}</p>"
    '{% if button %}<form method="post"><button type="submit">{{ words[button] }}</button></form>{% endif %}'
    "</main></body></html>"
)
_BUTTONS: dict[Moment, str] = {"ask": "button", "ask_contact": "button_contact"}
_WORDS: dict[Language, dict[str, Any]] = {
    "es": {
        "title": "Su solicitud",
        "ask": "Si envió esta solicitud y es la que debe valer, confírmelo con el botón. "
        "Si no la envió, cierre esta página: no tiene que hacer nada.",
        "button": "Sí, esta es la que vale",
        "ask_contact": "Si quiere que las cartas sobre una solicitud lleguen a esta dirección, confírmelo con el "
        "botón. Si no sabe de ninguna, cierre esta página: no tiene que hacer nada.",
        "button_contact": "Sí, esta dirección es mía",
        "done_contact": "Gracias. Las cartas llegarán a esta dirección. Ya puede cerrar esta página.",
        "done": "Gracias. Esta es la solicitud que vale. Ya puede cerrar esta página.",
        "over": "Esta solicitud ya no se puede confirmar. No tiene que hacer nada más.",
        "unknown": "Este enlace no lleva a ninguna solicitud. Compruebe que está completo.",
    },
    "en": {
        "title": "Your request",
        "ask": "If you sent this request and it is the one that should count, confirm it with the button. "
        "If you did not send it, close this page: you need not do anything.",
        "button": "Yes, this is the one that counts",
        "ask_contact": "If you want letters about a request to come to this address, confirm it with the button. "
        "If you know of none, close this page: you need not do anything.",
        "button_contact": "Yes, this address is mine",
        "done_contact": "Thank you. Letters will come to this address. You may close this page.",
        "done": "Thank you. This is the request that counts. You may close this page.",
        "over": "This request can no longer be confirmed. You need not do anything more.",
        "unknown": "This link leads to no request. Please check that it is complete.",
    },
    "pt": {
        "title": "O seu pedido",
        "ask": "Se enviou este pedido e é ele que deve valer, confirme com o botão. "
        "Se não o enviou, feche esta página: não precisa fazer nada.",
        "button": "Sim, é este que vale",
        "ask_contact": "Se quer que as cartas sobre um pedido venham para este endereço, confirme com o botão. "
        "Se não sabe de nenhum, feche esta página: não precisa fazer nada.",
        "button_contact": "Sim, este endereço é meu",
        "done_contact": "Obrigado. As cartas virão para este endereço. Já pode fechar esta página.",
        "done": "Obrigado. Este é o pedido que vale. Já pode fechar esta página.",
        "over": "Este pedido já não pode ser confirmado. Não precisa fazer mais nada.",
        "unknown": "Este link não leva a nenhum pedido. Verifique se está completo.",
    },
    "fr": {
        "title": "Votre demande",
        "ask": "Si vous avez envoyé cette demande et que c'est elle qui doit compter, confirmez-la avec le bouton. "
        "Si vous ne l'avez pas envoyée, fermez cette page : vous n'avez rien à faire.",
        "button": "Oui, c'est celle qui compte",
        "ask_contact": "Si vous voulez que les lettres au sujet d'une demande arrivent à cette adresse, confirmez-le "
        "avec le bouton. Si vous n'en connaissez aucune, fermez cette page : vous n'avez rien à faire.",
        "button_contact": "Oui, cette adresse est à moi",
        "done_contact": "Merci. Les lettres arriveront à cette adresse. Vous pouvez fermer cette page.",
        "done": "Merci. C'est cette demande qui compte. Vous pouvez fermer cette page.",
        "over": "Cette demande ne peut plus être confirmée. Vous n'avez rien d'autre à faire.",
        "unknown": "Ce lien ne mène à aucune demande. Vérifiez qu'il est complet.",
    },
}
