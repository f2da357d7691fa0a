"""I am in danger: one button on every page of one's own, and it is done before anything is asked (rule 25)."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.once import is_strong
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InOwnForm, InPerson, Person
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.page.danger import danger_page
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import Away, Declined, NothingThere
from relevo_portal.words.danger import TEXTS

router = Routes(include_in_schema=False)


@router.get("/danger", response_class=HTMLResponse)
async def read_danger(person: InPerson) -> Response:
    """How it stands, and what the button does. Changes nothing."""
    return await _page(person)


@router.post("/danger", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def report_danger(person: InPerson, form: InOwnForm) -> Response:
    """Done at once. Pressed again, it changes nothing, so that the button needs no key of its own."""
    return await _done(person, "/me/danger", new_id())


@router.post("/danger/over", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def end_danger(person: InPerson, form: InOwnForm) -> Response:
    """It is over, once for the key of the form: a page from before cannot end what was said anew."""
    if not is_strong(once := form.get("once", "")):
        raise FormUnreadable()
    return await _done(person, "/me/danger/end", once)


async def _done(person: Person, path: str, once: str) -> Response:
    try:
        await person.equipment.intake.do(path, await person.token("intake"), once, person.language)
    except Away:
        return await _page(person, TEXTS[person.language].not_done, 503)
    except (Declined, NothingThere):
        pass  # it was over already, or there is only a draft, which shows no name: the page says how it stands
    return RedirectResponse(person.to("/danger"), 303)


async def _page(person: Person, problem: str | None = None, status: int = 200) -> Response:
    intake, frame = person.equipment.intake, await person.frame("/danger")
    try:
        found = await intake.danger(await person.token("intake"), person.language)
    except NothingThere:
        return sent(danger_page(frame, None, new_id(), nothing_yet=True), person.language)
    except Away:
        found = None
    return sent(danger_page(frame, found, new_id(), problem), person.language, status)
