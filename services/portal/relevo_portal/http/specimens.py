"""Every component in every state, for who makes pages; not there in production."""

from __future__ import annotations

from fastapi import HTTPException
from fastapi.responses import HTMLResponse

from relevo_chassis.http.routes import Routes
from relevo_portal.http.callers import InVisit
from relevo_portal.page.frame import sent
from relevo_portal.page.render import specimens_page

router = Routes(include_in_schema=False)


@router.get("/style", response_class=HTMLResponse)
async def read_specimens(visit: InVisit) -> HTMLResponse:
    if visit.equipment.settings.environment == "production":
        raise HTTPException(404)
    return sent(specimens_page(visit.frame("/style")), visit.language)
