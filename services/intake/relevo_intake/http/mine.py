"""One's own: what stands, in one answer."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.routes import Routes
from relevo_intake.commands.mine import SeeMine, see_mine
from relevo_intake.commands.office import applicant
from relevo_intake.http.callers import InOffice, Own
from relevo_intake.http.views.mine import MineView, mine_answer

router = Routes(tags=["mine"])


@router.get("/me", response_model=MineView)
async def read_mine(own: Own, asking: InAsking, office: InOffice) -> Response:
    """Who I am here, what stands, what I may do next and until when (receipt or token)."""
    return await asking.answer(see_mine, office, SeeMine(own.found), by=applicant(own.id), respond=mine_answer)
