"""How an edition goes, in counts, for staff: from tokens of the provider, and for no browser's session."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Response

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import Caller
from relevo_contracts.model import Frozen, Id
from relevo_portal.domain.overview import Counts, DayCounts, total
from relevo_portal.rights import RIGHTS, Task
from relevo_portal.store import overview_of

MayReadOverview = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_OVERVIEW))]
router = Routes(include_in_schema=False)


class CountsOfDay(Counts):
    """What happened on one day, UTC."""

    on: date


class OverviewView(Frozen):
    """All that was counted of an edition, and on which days. Nothing was, of one that is not known."""

    edition_id: str
    total: Counts
    days: tuple[CountsOfDay, ...]


@router.get("/editions/{edition_id}/overview")
async def read_overview(shell: InShell, _: MayReadOverview, edition_id: Id, response: Response) -> OverviewView:
    """It is exact, and so it goes to whoever works on the edition; what leaves the house is released in tens."""
    response.headers["Cache-Control"] = "no-store"
    days = await overview_of(shell.store, edition_id)
    return OverviewView(edition_id=edition_id, total=total(days), days=tuple(map(_day, days)))


def _day(day: DayCounts) -> CountsOfDay:
    return CountsOfDay(on=day.on, **day.counts.model_dump())
