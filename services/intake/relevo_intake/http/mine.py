"""One's own: what stands, in one answer."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.routes import Routes
from relevo_intake.commands import mine
from relevo_intake.commands.mine import SeeMine
from relevo_intake.commands.office import applicant
from relevo_intake.http.callers import InOffice, OwnEntrant
from relevo_intake.http.views.mine import MineView, mine_answer

router = Routes(tags=["mine"])


@router.get("/me", response_model=MineView)
async def read_own_state(own: OwnEntrant, asking: InAsking, office: InOffice) -> Response:
    """Who I am here, what stands, what I may do next and until when (receipt or token)."""
    return await asking.answer(mine.see_mine, office, SeeMine(own.found), by=applicant(own.id), respond=mine_answer)
