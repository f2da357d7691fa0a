"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain.refusals import NotYours

Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]
Teacher = Annotated[Caller, Depends(caller_with("faculty"))]
Member = Annotated[Caller, Depends(caller_with("participant", "coordinator"))]
Participant = Annotated[Caller, Depends(caller_with("participant"))]


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Office.of(shell)


InOffice = Annotated[Office, Depends(office)]


def must_be(caller: Caller, participant_id: str) -> None:
    """Decided before anything is looked up, so that the answer tells nothing about whether there is such a one."""
    if not caller.has("coordinator") and caller.claim("participant_id") != participant_id:
        raise NotYours()
