"""What is one's own: what stands, and what may be done about it, each with a page that asks first."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.once import is_strong
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InOwnForm, InPerson, Person
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.http.parts import parts_of
from relevo_portal.page.frame import sent
from relevo_portal.page.needs import in_short
from relevo_portal.page.render import Asked, Choice, mine_page, sure_page
from relevo_portal.services.asking import Away, Declined, NotDone, NothingThere, reason_of, status_of
from relevo_portal.services.intake import Mine
from relevo_portal.words import TEXTS, Deed

router = Routes(include_in_schema=False)
_ID = re.compile(r"[0-9a-f]{32}\Z")


class Way(NamedTuple):
    """How something is done at intake: its word for it, and where it is asked to do it."""

    what: str
    path: str


WAYS: dict[Deed, Way] = {
    "stop": Way("refuse_recovery", "/me/recovery/refuse"),
    "yes": Way("answer_offer", "/offers/{id}/accept"),
    "no": Way("answer_offer", "/offers/{id}/decline"),
    "out": Way("withdraw", "/applications/{id}/withdraw"),
    "end": Way("leave", "/applications/{id}/participation/withdraw"),
}
"""By the neutral word that stands in the address of its page."""


@router.get("/mine", response_class=HTMLResponse)
async def read_mine(person: InPerson) -> Response:
    """Everything that stands with whoever is in. A service that is away leaves its part out, and says so."""
    frame = await person.frame("/mine")
    found, parts = await asyncio.gather(_mine_or_none(person), parts_of(person))
    if found is not None and (part := in_short(found, person.language)):
        parts = parts._replace(found=[part, *parts.found])
    return sent(mine_page(frame, found, choices_of(found), parts), person.language)


@router.get("/mine/{deed}", response_class=HTMLResponse)
async def ask_first(deed: Deed, person: InPerson) -> Response:
    """The page that says what it means, with the button. Changes nothing."""
    try:
        found = await mine_of(person)
    except Away:
        return RedirectResponse(person.to("/mine"), 303)
    subject, may = subject_of(found, deed), found.may(WAYS[deed].what)
    if subject is None or may is None:
        return RedirectResponse(person.to("/mine"), 303)
    asked = Asked(deed, subject, new_id(), may.until)
    return sent(sure_page(await person.frame(f"/mine/{deed}"), asked), person.language)


@router.post("/mine/{deed}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def do(deed: Deed, person: InPerson, form: InOwnForm) -> Response:
    """Do it, once for the key that the form has had since it was shown."""
    asked = Asked(deed, form.get("subject", ""), form.get("once", ""))
    if not _ID.match(asked.subject) or not is_strong(asked.once):
        raise FormUnreadable()
    try:
        path = WAYS[deed].path.format(id=asked.subject)
        await person.equipment.intake.do(path, await person.token("intake"), asked.once, person.language)
    except (Away, Declined, NothingThere) as refused:
        return await _again(person, asked, refused)
    person.equipment.passes.forget(person.session)
    return RedirectResponse(person.to("/mine"), 303)


def subject_of(found: Mine, deed: Deed) -> str | None:
    """The id of what a deed is about."""
    if deed in ("stop", "out", "end"):
        return found.application_id
    return found.offer.offer_id if found.offer else None


def choices_of(found: Mine | None) -> list[Choice]:
    """What may be done now, with until when."""
    may = {deed: found.may(way.what) for deed, way in WAYS.items() if subject_of(found, deed)} if found else {}
    return [Choice(deed, each.until) for deed, each in may.items() if each]


async def mine_of(person: Person) -> Mine:
    """What stands, as intake says it. Raises ``Away`` or ``SessionOver``."""
    return await person.equipment.intake.mine(await person.token("intake"), person.language)


async def _mine_or_none(person: Person) -> Mine | None:
    try:
        return await mine_of(person)
    except Away:
        return None


async def _again(person: Person, asked: Asked, refused: NotDone) -> Response:
    words = TEXTS[person.language].mine
    text = reason_of(refused, away=words.not_done, declined=words.declined)
    html = sure_page(await person.frame(f"/mine/{asked.deed}"), asked, text)
    return sent(html, person.language, status_of(refused))
