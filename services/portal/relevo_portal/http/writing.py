"""Somebody to write to: one thread of each person with the secretariat, read and gone on with on one page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_chassis.languages import LANGUAGES
from relevo_portal.http.callers import InOwnForm, InPerson, InSession, InVisit, Person, own_texts
from relevo_portal.http.forms import once_of
from relevo_portal.http.waiting import fields_of_theirs, keep_form, saved
from relevo_portal.page.frame import sent
from relevo_portal.page.writing import Form, writing_page
from relevo_portal.services.asking import Away, Declined, FieldsDeclined, NothingThere, reason_of, status_of
from relevo_portal.services.threads import Content, Thread, close_thread, read_thread, write_message
from relevo_portal.words.writing import TEXTS

router = Routes(include_in_schema=False)
HERE = "/write"
_FIELDS = ("text", "language")
After = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_=-]{1,2048}$")]


@router.get(HERE, response_class=HTMLResponse)
async def read_thread_page(person: InPerson, after: After = None) -> Response:
    """What was written and answered, and the form; from then on it is read. ``after`` leads to what is older."""
    waiting = await fields_of_theirs(person, HERE)
    form = Form(waiting.get("once") or new_id(), waiting, waited=bool(waiting))
    return await _page(person, form, after=after)


@router.post(HERE, response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def write(visit: InVisit, session: InSession) -> Response:
    """Write, once for the key of the form; sent when the session was over, it waits for them."""
    if session is None:
        return await keep_form(visit, HERE)
    person = Person(visit, session)
    return await saved(person, HERE, await _write(person, await own_texts(person)))


@router.post("/write/close", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def close(person: InPerson, form: InOwnForm) -> Response:
    """No answer is needed any more, once for the key of the form."""
    once, words = once_of(form), TEXTS[person.language].faults
    try:
        await close_thread(person.equipment.intake, await person.token("intake"), once, person.language)
    except (Away, Declined, NothingThere) as refused:
        text = reason_of(refused, away=words["away"], declined=words["changed"])
        return await _page(person, Form(new_id(), problem=text), status_of(refused))
    return RedirectResponse(person.to(HERE), 303)


async def _write(person: Person, form: dict[str, str]) -> Response:
    once, words = once_of(form), TEXTS[person.language].faults
    typed = {name: form.get(name, "").strip() for name in _FIELDS}
    faults = {} if typed["text"] else {"text": words["text"]}
    if typed["language"] not in LANGUAGES:
        faults["language"] = words["language"]
    if faults:
        return await _page(person, Form(once, typed, faults), 422)
    content, token = Content(language=typed["language"], text=typed["text"]), await _token_or_none(person)
    try:
        if token is None:
            raise Away()
        await write_message(person.equipment.intake, content, token, once, person.language)
    except FieldsDeclined as refused:
        return await _page(person, Form(once, typed, refused.faults), 422)
    except (Away, Declined, NothingThere) as refused:
        text = reason_of(refused, away=words["away"], declined=words["changed"])
        return await _page(person, Form(once, typed, problem=text), status_of(refused))
    return RedirectResponse(person.to(HERE), 303)


async def _token_or_none(person: Person) -> str | None:
    try:
        return await person.token("intake")
    except Away:
        return None


async def _page(person: Person, form: Form, status: int = 200, *, after: str | None = None) -> Response:
    found = await _thread_or_none(person, after)
    html = writing_page(await person.frame(HERE), found, form, older=after is not None)
    return sent(html, person.language, status)


async def _thread_or_none(person: Person, after: str | None) -> Thread | None:
    try:
        token = await person.token("intake")
        return await read_thread(person.equipment.intake, token, person.language, after)
    except (Away, NothingThere):
        return None
