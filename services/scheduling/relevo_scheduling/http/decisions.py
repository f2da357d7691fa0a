"""Routes of what was decided: who, when, on which version."""

from __future__ import annotations

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.paging import After, BadCursor, Limit, Page
from relevo_chassis.http.records import DecisionView, Reasons, decisions_under
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.domain.programme import NoSuchProgramme
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.http.callers import MayReadDecisions

router = Routes(tags=["decisions"])


@router.get("/programmes/{programme_id}/decisions")
@refuses(BadCursor, NoSuchProgramme)
async def list_decisions_of_programme(
    programme_id: Id,
    caller: MayReadDecisions,
    shell: InShell,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about a week, its rooms, faculty and participants, the newest first."""
    await store.programme_of(shell.store, programme_id)
    return await decisions_under(shell, caller, programme_id, after=after, limit=limit, reasons=reasons)


@router.get("/participants/{participant_id}/decisions")
@refuses(BadCursor, NoSuchParticipant)
async def list_decisions_of_participant(
    participant_id: Id,
    caller: MayReadDecisions,
    shell: InShell,
    reasons: Reasons = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[DecisionView]:
    """What was decided about a participant's week, the newest first."""
    await store.attendance_of(shell.store, participant_id)
    return await decisions_under(shell, caller, participant_id, after=after, limit=limit, reasons=reasons)
