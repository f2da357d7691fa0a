"""The clock of the sixty days, in words and as a line."""

from __future__ import annotations

from fastapi import HTTPException, Response
from fastapi.responses import HTMLResponse

from relevo_chassis.http.routes import Routes
from relevo_portal.http.callers import InParticipant, Person
from relevo_portal.page.days import in_short, overview_page
from relevo_portal.page.frame import sent
from relevo_portal.page.parts import Part
from relevo_portal.services.asking import Declined, NothingThere
from relevo_portal.services.multiplier_tracking import Commitment

router = Routes(include_in_schema=False)
_PICTURE = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


@router.get("/days", response_class=HTMLResponse)
async def read_days(person: InParticipant) -> Response:
    """Where the days stand and why, every session, and what may be done now."""
    found = await commitment_of(person)
    return sent(overview_page(await person.frame("/days"), found), person.language)


@router.get("/days/line")
async def read_line(person: InParticipant) -> Response:
    """The picture of the days, as the service draws it."""
    try:
        token = await person.token("multiplier_tracking")
        picture = await person.equipment.multiplier_tracking.timeline(token, person.language)
    except (NothingThere, Declined):
        raise HTTPException(404) from None
    return Response(picture.content, media_type="image/svg+xml", headers=_PICTURE)


async def part_of(person: Person) -> Part | None:
    """The sixty days in a few words, for the first page of one's own. Raises ``Away`` or ``SessionOver``."""
    return in_short(await commitment_of(person), person.language)


async def commitment_of(person: Person) -> Commitment | None:
    """``None`` while the service knows of none. Raises ``Away`` or ``SessionOver``."""
    token = await person.token("multiplier_tracking")
    return await person.equipment.multiplier_tracking.commitment(token, person.language)
