"""Routes of what was decided: who, when, on which version."""

from __future__ import annotations

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.paging import After, BadCursor, Limit, Page
from relevo_chassis.http.records import DecisionView, Reasons, decisions_under
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.domain.commitment import NoSuchCommitment
from relevo_multiplier_tracking.http.callers import MayReadDecisions

router = Routes(tags=["decisions"])


@router.get("/commitments/{commitment_id}/decisions")
@refuses(BadCursor, NoSuchCommitment)
async def list_decisions_of_commitment(
    shell: InShell,
    caller: MayReadDecisions,
    commitment_id: Id,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about a commitment, its reports and questions, the newest first."""
    await store.commitment_of(shell.store, commitment_id)
    return await decisions_under(shell, caller, commitment_id, after=after, limit=limit, reasons=reasons)


@router.get("/editions/{edition_id}/decisions")
@refuses(BadCursor)
async def list_decisions_of_edition(
    shell: InShell,
    caller: MayReadDecisions,
    edition_id: Id,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about the commitments of an edition, the newest first."""
    return await decisions_under(shell, caller, edition_id, after=after, limit=limit, reasons=reasons)
