"""Leaving: signing out, and leaving at once for a harmless page. Both end the session here before anything else."""

from __future__ import annotations

import contextlib

from fastapi import BackgroundTasks, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.delivery.change import Busy
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_portal.http.callers import SESSION, InSession, InVisit, Visit, end_session, let_go, session_of
from relevo_portal.http.forms import came_from_elsewhere, form_of, require_own
from relevo_portal.http.staff.callers import STAFF_COOKIE, end_staff_session, staff_session_of

router = Routes(include_in_schema=False)


@router.post("/leave", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def leave(visit: InVisit, session: InSession) -> Response:
    """Sign out, here and at intake."""
    form = await form_of(visit.request)
    if session is not None:
        require_own(visit.request, form, visit.equipment, session.cookie)
        await end_session(visit, session)
    return _gone(visit, visit.to("/left"))


@router.get("/away", response_class=HTMLResponse)
async def go_away(visit: InVisit, afterwards: BackgroundTasks) -> Response:
    """Leave at once: without script a link leads here, with it the page is blank before this is asked.

    Intake is told when the person is gone already. A link on another site ends nobody's session. Whatever is away here
    keeps nobody: then the session ends by its time.
    """
    to = visit.equipment.settings.quick_exit_url
    if came_from_elsewhere(visit.request, visit.equipment.settings.public_url):
        return RedirectResponse(to, 303)
    with contextlib.suppress(Busy):
        if (session := await session_of(visit)) is not None:
            visit.equipment.passes.forget(session)
            await visit.equipment.sessions.end(session)
            afterwards.add_task(end_session, visit, session)
        if (staff := await staff_session_of(visit)) is not None and visit.equipment.staff is not None:
            await end_staff_session(visit.equipment.staff, staff, visit)
    gone = _gone(visit, to)
    let_go(gone, visit.equipment, STAFF_COOKIE)
    gone.background = afterwards
    return gone


def _gone(visit: Visit, to: str) -> Response:
    answer = RedirectResponse(to, 303)
    let_go(answer, visit.equipment, SESSION)
    return answer
