"""The routes to what was decided: who, when, on which version."""

from __future__ import annotations

from relevo_certification.http.callers import EditionId, MayReadDecisions, ParticipantId
from relevo_chassis.given.asking import InShell
from relevo_chassis.http.paging import After, BadCursor, Limit, Page
from relevo_chassis.http.records import DecisionView, decisions_under
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes

router = Routes(tags=["decisions"])


@router.get("/editions/{edition_id}/decisions")
@refuses(BadCursor)
async def list_decisions_of_edition(
    edition_id: EditionId, caller: MayReadDecisions, shell: InShell, limit: Limit = 50, after: After = None
) -> Page[DecisionView]:
    """What was decided about an edition's facts, issuings and certificates, the newest first."""
    return await decisions_under(shell, caller, edition_id, after=after, limit=limit)


@router.get("/certificates/{participant_id}/decisions")
@refuses(BadCursor)
async def list_decisions_of_certificate(
    participant_id: ParticipantId, caller: MayReadDecisions, shell: InShell, limit: Limit = 50, after: After = None
) -> Page[DecisionView]:
    """What was decided about a participant's certificate, the newest first."""
    return await decisions_under(shell, caller, participant_id, after=after, limit=limit)
