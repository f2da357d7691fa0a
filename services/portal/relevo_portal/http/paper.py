"""The certificate: how it stands, its files, who sees the name, and what to copy elsewhere."""

from __future__ import annotations

import asyncio
from typing import Literal, NamedTuple

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.once import is_strong
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import FROM_HERE, InOwnForm, InParticipant, Person
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.page.frame import sent
from relevo_portal.page.paper import HOW, Steps, fields_page, in_short, paper_page, sure_page, view_page, warning_page
from relevo_portal.page.parts import Part
from relevo_portal.services.asking import Away, Declined, FieldsDeclined, NothingThere
from relevo_portal.services.certification import Paper
from relevo_portal.services.multiplier_tracking import CommitmentState
from relevo_portal.services.scheduling import WeekStanding
from relevo_portal.words.paper import TEXTS, File

router = Routes(include_in_schema=False)
How = Literal["open", "closed"]


class _Kind(NamedTuple):
    paper: Paper
    media: str


_FILES: dict[File, _Kind] = {
    "document.pdf": _Kind("certificate.pdf", "application/pdf"),
    "document.json": _Kind("credential.json", "application/vc"),
    "document.jwt": _Kind("credential.jwt", "application/jwt"),
}


@router.get("/paper", response_class=HTMLResponse)
async def read_paper(person: InParticipant) -> Response:
    """How it stands; while there is none, how far one is with what leads to it."""
    return await _paper(person)


@router.get("/paper/view", response_class=HTMLResponse)
async def read_view(person: InParticipant) -> Response:
    """Who sees the name, and what each choice means. That it is looked at goes on record at certification."""
    frame, token = await person.frame("/paper/view"), await person.token("certification")
    try:
        display = await person.equipment.certification.display(token, person.language)
    except NothingThere:
        display = None
    return sent(view_page(frame, display), person.language)


@router.get("/paper/view/{how}", response_class=HTMLResponse)
async def ask_first(how: How, person: InParticipant) -> Response:
    """The page that says what it means, with the button. Changes nothing."""
    return sent(sure_page(await person.frame(f"/paper/view/{how}"), how, new_id()), person.language)


@router.post("/paper/view/{how}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def decide(how: How, person: InParticipant, form: InOwnForm) -> Response:
    """Decide who sees the name (rule 18), once for the key that the form has had since it was shown."""
    once = form.get("once", "")
    if not is_strong(once):
        raise FormUnreadable()
    certification, token = person.equipment.certification, await person.token("certification")
    try:
        await certification.choose_display(HOW[how], token, once, person.language)
    except (Away, Declined, FieldsDeclined, NothingThere) as refused:
        status = 503 if isinstance(refused, Away) else 409
        frame = await person.frame(f"/paper/view/{how}")
        return sent(sure_page(frame, how, once, _sentence(person, refused)), person.language, status)
    return RedirectResponse(person.to("/paper/view"), 303)


@router.get("/paper/fields", response_class=HTMLResponse)
async def warn_first(person: InParticipant) -> Response:
    """What to think of before anything is copied into a profile elsewhere."""
    return sent(warning_page(await person.frame("/paper/fields")), person.language)


@router.get("/paper/fields/all", response_class=HTMLResponse)
async def read_fields(person: InParticipant) -> Response:
    """What to copy; where nothing stands that could be shown to anybody, the way back."""
    certification, token = person.equipment.certification, await person.token("certification")
    found = await certification.certificate(token, person.language)
    if found is None or found.standing != "issued" or not found.issued:
        return RedirectResponse(person.to("/paper"), 303)
    link = found.issued[-1].verification_url
    try:
        verified = await certification.verified(link, person.language)
    except NothingThere:
        return RedirectResponse(person.to("/paper"), 303)
    return sent(fields_page(await person.frame("/paper/fields/all"), link, verified), person.language)


@router.get("/paper/{file}", dependencies=[FROM_HERE])
async def download(file: File, person: InParticipant) -> Response:
    """One of the files, to be kept under a name that says nothing, by its owner and by no cache."""
    kind = _FILES[file]
    try:
        token = await person.token("certification")
        found = await person.equipment.certification.paper(kind.paper, token, person.language)
    except (Declined, NothingThere) as refused:
        text = getattr(refused, "text", "") or TEXTS[person.language].no_file
        return await _paper(person, text)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{file}"',
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(found.content, media_type=kind.media, headers=headers)


async def part_of(person: Person) -> Part | None:
    """How it stands in a few words, for the first page of one's own; nothing while it waits for the week and the days.
    Raises ``Away`` or ``SessionOver``."""
    token = await person.token("certification")
    found = await person.equipment.certification.certificate(token, person.language)
    return in_short(found, person.language) if found and found.standing != "waiting" else None


async def _paper(person: Person, problem: str | None = None) -> Response:
    token = await person.token("certification")
    found = await person.equipment.certification.certificate(token, person.language)
    steps = await _steps(person) if found is None or found.standing == "waiting" else Steps()
    html = paper_page(await person.frame("/paper"), found, steps, problem)
    return sent(html, person.language, 409 if problem else 200)


async def _steps(person: Person) -> Steps:
    """How far one is with the week and with the days, each as its service says it."""
    return Steps(*await asyncio.gather(_week(person), _days(person)))


async def _week(person: Person) -> WeekStanding | None:
    """``None`` while scheduling cannot tell."""
    try:
        token = await person.token("scheduling")
        return (await person.equipment.scheduling.attendance(token, person.language)).figures.standing
    except NothingThere:
        return "expected"
    except Away:
        return None


async def _days(person: Person) -> CommitmentState | None:
    """``None`` while multiplier tracking cannot tell."""
    try:
        token = await person.token("multiplier_tracking")
        found = await person.equipment.multiplier_tracking.commitment(token, person.language)
    except Away:
        return None
    return found.state if found else "expected"


def _sentence(person: Person, refused: Exception) -> str:
    """What stood in the way, in the service's own words where it has some."""
    words = TEXTS[person.language].view
    if isinstance(refused, Away):
        return words.not_done
    if isinstance(refused, FieldsDeclined):
        return next(iter(refused.faults.values()), words.declined)
    return getattr(refused, "text", "") or words.declined
