"""The invitation for the visa. The name in the passport goes through to certification and stays nowhere on the way."""

from __future__ import annotations

from typing import cast, get_args

from fastapi import Response
from fastapi.responses import HTMLResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_chassis.languages import Language
from relevo_portal.http.callers import InOwnForm, InParticipant, Person
from relevo_portal.http.forms import FormUnreadable, once_of
from relevo_portal.page.frame import sent
from relevo_portal.page.letter import Typed, letter_page
from relevo_portal.services.asking import Away, Declined, FieldsDeclined, NothingThere, reason_of, status_of
from relevo_portal.services.certification import Invitations
from relevo_portal.words.letter import TEXTS, NotNow

router = Routes(include_in_schema=False)


@router.get("/letter", response_class=HTMLResponse)
async def read_letter(person: InParticipant) -> Response:
    """What the letter will say, and the form for it."""
    return await _page(person, Typed("", person.language, new_id()))


@router.post("/letter", response_class=Response, openapi_extra=NOT_ONCE)
async def make_letter(person: InParticipant, form: InOwnForm) -> Response:
    """The letter as a file, made once for the form, name and language; the same again however often they are sent."""
    typed = _typed(form)
    words = TEXTS[person.language].form
    if not typed.name:
        return await _page(person, typed._replace(faults={"name": words.name_missing}), 422)
    once = person.equipment.keyed_hash("letter", typed.once, typed.name, typed.written_in)
    try:
        token = await person.token("certification")
        found = await person.equipment.certification.invite(typed.name, typed.written_in, token, once, person.language)
    except FieldsDeclined as refused:
        fault = next(iter(refused.faults.values()), words.declined)
        return await _page(person, typed._replace(faults={"name": fault}), 422)
    except (Away, Declined, NothingThere) as refused:
        problem = reason_of(refused, away=words.not_done, declined=words.declined)
        return await _page(person, typed._replace(problem=problem), status_of(refused))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="document.pdf"',
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(found.content, media_type="application/pdf", headers=headers)


def _typed(form: dict[str, str]) -> Typed:
    """Raises ``FormUnreadable``."""
    written_in = form.get("written_in", "")
    if written_in not in get_args(Language):
        raise FormUnreadable()
    return Typed(form.get("name", "").strip(), cast(Language, written_in), once_of(form))


async def _page(person: Person, typed: Typed, status: int = 200) -> Response:
    found, not_now = await _found(person)
    html = letter_page(await person.frame("/letter"), found, typed, not_now)
    return sent(html, person.language, status)


async def _found(person: Person) -> tuple[Invitations | None, NotNow | None]:
    """What certification knows, and why no letter can be made now, if none can."""
    try:
        token = await person.token("certification")
        found = await person.equipment.certification.invitations(token, person.language)
    except NothingThere:
        return None, "not_invited"
    except Away:
        return None, "away"
    if found.is_over:
        return found, "over"
    if found.stated is None:
        return found, "unset"
    return found, None if found.left else "used_up"
