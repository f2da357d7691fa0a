"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.tokens import Caller, caller_with
from relevo_scheduling.commands.office import Office

Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]
Teacher = Annotated[Caller, Depends(caller_with("faculty"))]
Participant = Annotated[Caller, Depends(caller_with("participant"))]


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Office.of(shell)


InOffice = Annotated[Office, Depends(office)]


def own_id(caller: Caller) -> str:
    """Which participant it is who calls."""
    return caller.claim("participant_id")
