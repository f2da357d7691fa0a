"""What was decided about a call and about an application: who, when, on which version."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from relevo_chassis.edge.paging import After, BadCursor, Limit, Page
from relevo_chassis.edge.records.pages import DecisionView, Reasons, decisions_under
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_contracts.model import Id
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.http.calls import existing_call
from relevo_intake.http.receipts import InShell
from relevo_intake.store.people import APPLICATION

router = Routes(tags=["decisions"])
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]


@router.get("/calls/{call_id}/decisions")
@refuses(BadCursor, NoSuchCall)
async def of_call(
    call_id: Id, caller: Coordinator, shell: InShell, reasons: Reasons = False, after: After = None, limit: Limit = 50
) -> Page[DecisionView]:
    """What was decided about a call, its reviews, selections, seats and people, the newest first (coordinator)."""
    await existing_call(shell, call_id)
    return await decisions_under(shell, caller, call_id, after=after, limit=limit, reasons=reasons)


@router.get("/applications/{application_id}/decisions")
@refuses(BadCursor, NoSuchApplication)
async def of_application(
    application_id: Id,
    caller: Coordinator,
    shell: InShell,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about an application, the newest first (coordinator)."""
    if await shell.store.state(APPLICATION(application_id)) is None:
        raise NoSuchApplication()
    return await decisions_under(shell, caller, application_id, after=after, limit=limit, reasons=reasons)
