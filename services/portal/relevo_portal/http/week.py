"""The week: one's own days, the hours on record, why one was excused, and a link for one's calendar."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import Response
from fastapi.responses import HTMLResponse

from relevo_chassis.given.asking import InShell
from relevo_chassis.given.shell import shell_of
from relevo_chassis.http.once import is_strong
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InOwnForm, InParticipant, Person
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.page.frame import sent
from relevo_portal.page.parts import Part
from relevo_portal.page.week import (
    Changes,
    calendar_link_page,
    calendar_page,
    changes_of,
    hours_page,
    in_short,
    no_hours_page,
    nothing_yet_page,
    reasons_page,
    week_page,
)
from relevo_portal.services.asking import Away, Declined, NothingThere, reason_of, status_of
from relevo_portal.services.scheduling import Programme
from relevo_portal.words.week import TEXTS

router = Routes(include_in_schema=False)


@router.get("/week", response_class=HTMLResponse)
async def read_week(person: InParticipant, shell: InShell) -> Response:
    """One's own days, with what comes next by domain time; before they are published, when to look again."""
    frame, programme = await person.frame("/week"), await programme_of(person)
    if programme is None:
        return sent(nothing_yet_page(frame), person.language)
    changes = await _changes(person, programme)
    return sent(week_page(frame, programme, changes, shell.clock.now()), person.language)


@router.get("/week/hours", response_class=HTMLResponse)
async def read_hours(person: InParticipant) -> Response:
    """What is recorded, and what it means."""
    frame, token = await person.frame("/week/hours"), await person.token("scheduling")
    try:
        attendance, programme = await asyncio.gather(
            person.equipment.scheduling.attendance(token, person.language), programme_of(person)
        )
    except NothingThere:
        return sent(no_hours_page(frame), person.language)
    return sent(hours_page(frame, attendance, programme), person.language)


@router.get("/week/reasons", response_class=HTMLResponse)
async def read_reasons(person: InParticipant) -> Response:
    """Why one was excused. On a page of its own: that reasons are opened goes on record."""
    frame, token = await person.frame("/week/reasons"), await person.token("scheduling")
    try:
        excuses, programme = await asyncio.gather(
            person.equipment.scheduling.excuses(token, person.language), programme_of(person)
        )
    except NothingThere:
        return sent(no_hours_page(frame), person.language)
    return sent(reasons_page(frame, excuses, programme), person.language)


@router.get("/week/calendar", response_class=HTMLResponse)
async def ask_for_calendar(person: InParticipant) -> Response:
    """What a link reveals, with the button; and whether one ended. Changes nothing."""
    link_over = False
    with suppress(Away):
        programme = await programme_of(person)
        link_over = programme is not None and programme.calendar_link == "ended"
    return sent(calendar_page(await person.frame("/week/calendar"), new_id(), link_over=link_over), person.language)


@router.post("/week/calendar", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def link_calendar(person: InParticipant, form: InOwnForm) -> Response:
    """Make a link, once for the key, and show it in the answer itself: it is kept nowhere that another page could show
    it from. Sent again, the form gets the same one."""
    once = form.get("once", "")
    if not is_strong(once):
        raise FormUnreadable()
    frame, scheduling = await person.frame("/week/calendar"), person.equipment.scheduling
    try:
        path = await scheduling.link_calendar(await person.token("scheduling"), once, person.language)
    except (Away, Declined, NothingThere) as refused:
        words = TEXTS[person.language].calendar
        text = reason_of(refused, away=words.not_done, declined=words.declined)
        return sent(calendar_page(frame, once, text), person.language, status_of(refused))
    return sent(calendar_link_page(frame, person.equipment.settings.calendar_site + path), person.language)


async def part_of(person: Person) -> Part | None:
    """What comes next in a few words, for the first page of one's own. Raises ``Away`` or ``SessionOver``."""
    programme, shell = await programme_of(person), await shell_of(person.visit.request)
    return in_short(programme, shell.clock.now(), person.language) if programme else None


async def programme_of(person: Person) -> Programme | None:
    """One's own days; ``None`` while there are none. Raises ``Away`` or ``SessionOver``."""
    try:
        return await person.equipment.scheduling.programme(await person.token("scheduling"), person.language)
    except NothingThere:
        return None


async def _changes(person: Person, programme: Programme) -> Changes | None:
    """``None`` while it cannot be said."""
    if programme.version == 1:
        return changes_of(programme, ())
    try:
        return changes_of(programme, await person.equipment.scheduling.feed(programme.edition_id, person.language))
    except Away:
        return None
