"""The first page of staff: who they are here, and how the editions go."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse

from relevo_chassis.http.routes import Routes
from relevo_portal.http.staff.callers import InMember
from relevo_portal.page.frame import sent
from relevo_portal.page.staff import home_page

router = Routes(include_in_schema=False)


@router.get("/staff/home", response_class=HTMLResponse)
async def read_home(member: InMember) -> Response:
    return sent(home_page(member.frame("/staff/home"), member.session.name, member.everywhere), member.visit.language)
