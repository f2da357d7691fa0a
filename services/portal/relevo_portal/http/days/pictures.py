"""Pictures of a session: sent one at a time, looked at, taken away again until the report is decided on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes, accepts
from relevo_portal.http.callers import COME_IN, FROM_HERE, InOwnForm, InParticipant, Person
from relevo_portal.http.days.overview import commitment_of
from relevo_portal.http.days.sessions import Number
from relevo_portal.http.days.typed import Typed, done
from relevo_portal.http.forms import (
    MOST_FILE_BYTES,
    WITH_FILE,
    WITH_FILE_BYTES,
    FormUnreadable,
    form_with_file,
    require_own,
)
from relevo_portal.page.days.pictures import PictureForm, pictures_page
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import Away, Declined, Download, FieldsDeclined, NothingThere
from relevo_portal.services.multiplier_tracking import Session, pictures_of
from relevo_portal.words.pictures import TEXTS

router = Routes(include_in_schema=False)
_ID = re.compile(r"[0-9a-f]{32}\Z")
_AS_IT_IS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LARGE = {**NOT_ONCE, **accepts(WITH_FILE_BYTES, WITH_FILE)}


@router.get("/days/pictures/{number}", response_class=HTMLResponse)
async def read_pictures(number: Number, person: InParticipant) -> Response:
    """Those that are kept, those that were rejected and why, and the form for another."""
    return await _page(person, number, PictureForm())


@router.get("/days/pictures/{number}/{place}", dependencies=[FROM_HERE])
async def read_picture(number: Number, place: Number, person: InParticipant) -> Response:
    """One of those that are kept, by its place among them."""
    session = await _session(person, number)
    if place > len(session.pictures):
        raise HTTPException(404)
    token, picture_id = await person.token("multiplier_tracking"), session.pictures[place - 1].picture_id
    try:
        tracking = person.equipment.multiplier_tracking
        found = await tracking.picture(token, person.language, session.session_id, picture_id)
    except (Declined, NothingThere):
        raise HTTPException(404) from None
    return Response(found.content, media_type="image/jpeg", headers=_AS_IT_IS)


@router.post("/days/pictures/{number}", response_class=HTMLResponse, dependencies=[COME_IN], openapi_extra=_LARGE)
async def add_picture(number: Number, person: InParticipant, request: Request) -> Response:
    """Add one, once for the key that the form has had since it was shown."""
    fields, content = await form_with_file(request, "picture")
    require_own(request, fields, person.equipment, person.session.cookie)
    typed = Typed(person, fields, about=True)
    form = await _added(person, typed, content)
    if form is not None:
        return await _page(person, number, form, typed.status)
    return RedirectResponse(person.to(f"/days/pictures/{number}"), 303)


@router.post("/days/pictures/{number}/remove", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def remove_picture(number: Number, person: InParticipant, form: InOwnForm) -> Response:
    """Take one away again, which destroys it."""
    typed, picture_id = Typed(person, form, about=True), form.get("picture", "")
    if not _ID.match(picture_id):
        raise FormUnreadable()
    path = f"{pictures_of(typed.subject)}/{picture_id}/remove"
    if await done(person, typed, path) is None:
        return await _page(person, number, PictureForm(problem=typed.problem), typed.status)
    return RedirectResponse(person.to(f"/days/pictures/{number}"), 303)


async def _added(person: Person, typed: Typed, content: bytes | None) -> PictureForm | None:
    """``None`` when it was added; else the form again, with what is wrong. Only while nobody knows whether it was added
    is that under the same key: what was refused is done under none, and another picture may not go under this one."""
    words, media = TEXTS[person.language].faults, media_of(content or b"")
    faults: dict[str, str] = {}
    if content is None:
        faults["picture"] = words["none"]
    elif len(content) > MOST_FILE_BYTES:
        faults["picture"] = words["large"]
    elif media is None:
        faults["picture"] = words["other"]
    if typed.values.get("affirmed") != "yes":
        faults["affirmed"] = words["people"]
    if faults or content is None or media is None:
        return PictureForm(typed.once, faults)
    try:
        token = await person.token("multiplier_tracking")
        file = Download(content, media)
        await person.equipment.multiplier_tracking.add_picture(token, typed.once, person.language, typed.subject, file)
    except FieldsDeclined as declined:
        return PictureForm(faults=_at_their_fields(declined.faults))
    except Away:
        typed.status = 503
        return PictureForm(typed.once, problem=words["away"])
    except (Declined, NothingThere) as refused:
        typed.refuse(refused)
        return PictureForm(problem=typed.problem)
    return None


def _at_their_fields(faults: Mapping[str, str]) -> Mapping[str, str]:
    """What the service says of the affirmation stands there, and all else at the picture."""
    texts = {"affirmed" if where == "query.shows_no_people" else "picture": text for where, text in faults.items()}
    return {name: texts[name] for name in ("picture", "affirmed") if name in texts}


def media_of(content: bytes) -> str | None:
    """Which of the three kinds of picture it is, by how it begins and not by what it is called."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


async def _page(person: Person, number: int, form: PictureForm, status: int = 200) -> Response:
    session = await _session(person, number)
    html = pictures_page(await person.frame(f"/days/pictures/{number}"), session, number, form)
    return sent(html, person.language, status)


async def _session(person: Person, number: int) -> Session:
    """Raises ``HTTPException`` if there is none of this number."""
    found = await commitment_of(person)
    if found is None or number > len(found.sessions):
        raise HTTPException(404)
    return found.sessions[number - 1]
