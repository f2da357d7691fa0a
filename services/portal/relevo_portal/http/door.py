"""The door: what this is, and the code that opens what is one's own."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_portal.equipment import TooManyTries
from relevo_portal.http.callers import (
    FORM,
    SESSION,
    InSession,
    InVisit,
    Person,
    Visit,
    end_session,
    hold,
    let_go,
    token_of,
    wait_after,
)
from relevo_portal.http.forms import NotFromHere, form_of, require_own
from relevo_portal.http.waiting import form_of_theirs
from relevo_portal.page.frame import sent
from relevo_portal.page.render import door_page
from relevo_portal.services.asking import Away
from relevo_portal.services.intake import NoLongerThere, NoSuchCode
from relevo_portal.words import Mistake, Notice

router = Routes(include_in_schema=False)
_STATUS: dict[Mistake, int] = {
    "missing": 422,
    "unknown": 422,
    "gone": 410,
    "away": 503,
    "too_many": 429,
    "not_from_here": 403,
}


@router.get("/", response_class=HTMLResponse)
async def read_door(visit: InVisit, session: InSession) -> Response:
    """Whoever is in goes on to what is theirs."""
    return RedirectResponse(visit.to("/mine"), 303) if session else door_answer(visit)


@router.get("/left", response_class=HTMLResponse)
async def read_left(visit: InVisit) -> Response:
    """Where leaving leads, and a session that is over."""
    return door_answer(visit, notice="left")


@router.get("/undone", response_class=HTMLResponse)
async def read_undone(visit: InVisit) -> Response:
    """For somebody who said that they are in danger when their session was over: nothing was done, and it says so."""
    return door_answer(visit, notice="undone")


@router.get("/kept", response_class=HTMLResponse)
async def read_kept(visit: InVisit) -> Response:
    """For somebody whose form waits for them to come in again."""
    return door_answer(visit, notice="kept")


@router.get("/enter", response_class=HTMLResponse)
async def read_entered(visit: InVisit) -> Response:
    """Where a browser comes back to that has forgotten what it sent."""
    return RedirectResponse(visit.to("/"), 303)


@router.post("/enter", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def enter(visit: InVisit, session: InSession) -> Response:
    """Trade the code for a session. What was typed stays in the field, and stands in no address."""
    form = await form_of(visit.request)
    code = form.get("code", "").strip()
    try:
        require_own(visit.request, form, visit.equipment, visit.cookie(FORM))
        visit.equipment.tries.spend(visit.request)
        if not code:
            return door_answer(visit, "missing")
        handle = await visit.equipment.intake.enter(code)
        visit.equipment.tries.refund(visit.request)
    except (NotFromHere, TooManyTries, NoSuchCode, NoLongerThere, Away) as refused:
        return door_answer(visit, _MISTAKES[type(refused)], typed=code, seconds=wait_after(refused))
    if session is not None:
        await end_session(visit, session)
    opened = await visit.equipment.sessions.begin(handle, visit.equipment.now())
    waiting = await form_of_theirs(Person(visit, opened))
    entered = RedirectResponse(visit.to(waiting.path if waiting else "/mine"), 303)
    hold(entered, visit.equipment, SESSION, opened.cookie)
    let_go(entered, visit.equipment, FORM)
    return entered


_MISTAKES: dict[type[Exception], Mistake] = {
    NotFromHere: "not_from_here",
    TooManyTries: "too_many",
    NoSuchCode: "unknown",
    NoLongerThere: "gone",
    Away: "away",
}


def door_answer(
    visit: Visit,
    mistake: Mistake | None = None,
    *,
    typed: str = "",
    notice: Notice | None = None,
    seconds: int | None = None,
) -> Response:
    """The door, with what was wrong on top, and how long to wait."""
    cookie = visit.anonymous()
    html = door_page(visit.frame("/"), token_of(visit, cookie), mistake, typed=typed, notice=notice, seconds=seconds)
    answer = sent(html, visit.language, _STATUS[mistake] if mistake else 200)
    if mistake in ("away", "too_many"):
        answer.headers["Retry-After"] = str(seconds or wait_after(None))
    if visit.cookie(FORM) is None:
        hold(answer, visit.equipment, FORM, cookie)
    return answer
