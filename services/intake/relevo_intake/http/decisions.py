"""What was decided about a call and about an application: who, when, on which version."""

from __future__ import annotations

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.paging import After, BadCursor, Limit, Page
from relevo_chassis.http.records import DecisionView, Reasons, decisions_under
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.calls import call_of
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.http.callers import MayReadDecisions

router = Routes(tags=["decisions"])


@router.get("/calls/{call_id}/decisions")
@refuses(BadCursor, NoSuchCall)
async def list_decisions_of_call(
    call_id: Id,
    caller: MayReadDecisions,
    shell: InShell,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about a call, its reviews, selections, seats and people, the newest first (coordinator)."""
    await call_of(shell.store, call_id)
    return await decisions_under(shell, caller, call_id, after=after, limit=limit, reasons=reasons)


@router.get("/applications/{application_id}/decisions")
@refuses(BadCursor, NoSuchApplication)
async def list_decisions_of_application(
    application_id: Id,
    caller: MayReadDecisions,
    shell: InShell,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about an application, the newest first (coordinator)."""
    await application_of(shell.store, application_id)
    return await decisions_under(shell, caller, application_id, after=after, limit=limit, reasons=reasons)
