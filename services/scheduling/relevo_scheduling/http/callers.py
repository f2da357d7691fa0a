"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.tokens import Caller
from relevo_scheduling.commands.office import Office
from relevo_scheduling.rights import RIGHTS, Task

MayPlanWeek = Annotated[Caller, Depends(RIGHTS.who_may(Task.PLAN_WEEK))]
MayListProgrammes = Annotated[Caller, Depends(RIGHTS.who_may(Task.PLAN_WEEK, anywhere=True))]
"""Whoever plans the week of some edition, into which alone a list looks."""
MayRecordAttendance = Annotated[Caller, Depends(RIGHTS.who_may(Task.RECORD_ATTENDANCE))]
MayPlaceParticipants = Annotated[Caller, Depends(RIGHTS.who_may(Task.PLACE_PARTICIPANTS))]
MayExcuse = Annotated[Caller, Depends(RIGHTS.who_may(Task.EXCUSE))]
MayCloseWeek = Annotated[Caller, Depends(RIGHTS.who_may(Task.CLOSE_WEEK))]
MayReadDecisions = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_DECISIONS))]
MayKeepMaterials = Annotated[Caller, Depends(RIGHTS.who_may(Task.KEEP_MATERIALS))]
Teacher = Annotated[Caller, Depends(RIGHTS.who_may(Task.TEACH, anywhere=True))]
"""Whoever teaches in some edition, of whom a route shows what is theirs."""
Participant = Annotated[Caller, Depends(RIGHTS.who_may(Task.TAKE_PART))]


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Office.of(shell)


InOffice = Annotated[Office, Depends(office)]


def own_id(caller: Caller) -> str:
    """Which participant it is who calls."""
    return caller.claim("participant_id")


def renewals_before(caller: Caller) -> int:
    """How often the receipt code was renewed before the caller came in by it, as their token says."""
    count = str(caller.claims.get("renewals", ""))
    return int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0
