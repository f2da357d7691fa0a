"""A pause or more days: asked for, and withdrawn while nobody has answered."""

from __future__ import annotations

from fastapi import HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InOwnForm, InParticipant, InSession, InVisit, Person
from relevo_portal.http.days.typed import Typed, done, with_waiting
from relevo_portal.http.waiting import kept_or_done
from relevo_portal.page.days import REASONS, WISHES, Form, ask_page
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import Away, NothingThere
from relevo_portal.services.multiplier_tracking import Commitment, OwnTexts

router = Routes(include_in_schema=False)
HERE = "/days/ask"


@router.get(HERE, response_class=HTMLResponse)
async def read_requests(person: InParticipant) -> Response:
    """What was asked for, with the answers; and the form, while nothing awaits its answer."""
    try:
        token = await person.token("multiplier_tracking")
        found, texts = await person.equipment.multiplier_tracking.commitment_and_texts(token, person.language)
    except NothingThere:
        raise HTTPException(404) from None
    return await _page(person, await with_waiting(person, Form(HERE, new_id())), found, texts)


@router.post(HERE, response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def ask_for_days(visit: InVisit, session: InSession) -> Response:
    """Ask for it, once for the key of the form. The reason is sealed in the service."""
    return await kept_or_done(visit, session, HERE, _ask)


async def _ask(person: Person, form: dict[str, str]) -> Response:
    typed = Typed(person, form)
    wish = typed.choice("asked_for", WISHES)
    until = {"due_on": typed.day("due_on")} if wish == "more_days" else {}
    body = {"asked_for": wish, "reason": typed.choice("reason", REASONS), "note": typed.text_or_none("note"), **until}
    if await done(person, typed, "/me/commitment/requests", body) is None:
        return await _again(person, typed)
    return RedirectResponse(person.to(HERE), 303)


@router.post("/days/ask/withdraw", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def withdraw_request(person: InParticipant, form: InOwnForm) -> Response:
    typed = Typed(person, form, about=True)
    if await done(person, typed, f"/me/commitment/requests/{typed.subject}/withdraw") is None:
        typed.subject = ""
        return await _again(person, typed)
    return RedirectResponse(person.to(HERE), 303)


async def _again(person: Person, typed: Typed) -> Response:
    """The form with what was typed; without what was asked for before, while the service is away."""
    try:
        token = await person.token("multiplier_tracking")
        found, texts = await person.equipment.multiplier_tracking.commitment_and_texts(token, person.language)
    except (Away, NothingThere):
        found, texts = None, OwnTexts()
    return await _page(person, typed.form(HERE), found, texts, typed.status)


async def _page(person: Person, form: Form, found: Commitment | None, texts: OwnTexts, status: int = 200) -> Response:
    html = ask_page(await person.frame(HERE), form, found, texts)
    return sent(html, person.language, status)
