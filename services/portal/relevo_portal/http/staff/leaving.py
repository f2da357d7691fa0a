"""Staff sign out: here, of what the provider would give further tokens for, and then of the provider itself."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_portal.http.callers import InVisit, let_go
from relevo_portal.http.forms import form_of, require_own
from relevo_portal.http.staff.callers import STAFF_COOKIE, InStaffDoor, InStaffSession, end_staff_session
from relevo_portal.http.staff.door import staff_door_answer
from relevo_portal.page.frame import sent
from relevo_portal.page.staff import way_out_page
from relevo_portal.services.asking import Away

router = Routes(include_in_schema=False)
SIGNED_OUT = "/staff/left"
"""Where the provider leads staff back to who signed out, as it is registered there."""


@router.post("/staff/out", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def sign_out(visit: InVisit, door: InStaffDoor, session: InStaffSession) -> Response:
    """Sign out here, and go on to sign out there."""
    form = await form_of(visit.request)
    if door is not None and session is not None:
        require_own(visit.request, form, visit.equipment, session.cookie)
        await end_staff_session(door, session, visit)
    gone = RedirectResponse(visit.to("/staff/out"), 303)
    let_go(gone, visit.equipment, STAFF_COOKIE)
    return gone


@router.get("/staff/out", response_class=HTMLResponse)
async def go_on_to_provider(visit: InVisit, door: InStaffDoor) -> Response:
    """A page of its own leads on to the provider: forms may lead nowhere but to this site, not by a detour either."""
    try:
        there = await door.openid.way_out(visit.equipment.settings.public_url + SIGNED_OUT) if door else None
    except Away:
        there = None
    if there is None:
        return RedirectResponse(visit.to(SIGNED_OUT), 303)
    answer = sent(way_out_page(visit.frame("/staff/out"), there), visit.language)
    answer.headers["Refresh"] = f"0; url={there}"
    return answer


@router.get(SIGNED_OUT, response_class=HTMLResponse)
async def read_signed_out(visit: InVisit) -> Response:
    return staff_door_answer(visit, notice="left")
