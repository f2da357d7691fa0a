"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from relevo_certification.commands.office import Office
from relevo_certification.rights import RIGHTS, Task
from relevo_chassis.given.asking import InShell
from relevo_chassis.http.tokens import Caller

ID_PATTERN = r"^[0-9a-f]{32}$"
_EXAMPLES = ["0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012"]
ParticipantId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
EditionId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
IssuanceId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
WhichOne = Annotated[
    str | None, Query(pattern=ID_PATTERN, description="the one that is meant, refused if it was replaced meanwhile")
]
MayStateFacts = Annotated[Caller, Depends(RIGHTS.who_may(Task.STATE_FACTS))]
MayReadCertificates = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_CERTIFICATES))]
MayReadPapers = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_PAPERS))]
MayIssue = Annotated[Caller, Depends(RIGHTS.who_may(Task.ISSUE))]
MayDecideCertificates = Annotated[Caller, Depends(RIGHTS.who_may(Task.DECIDE_CERTIFICATES))]
MayReadDecisions = Annotated[Caller, Depends(RIGHTS.who_may(Task.READ_DECISIONS))]
Holder = Annotated[Caller, Depends(RIGHTS.who_may(Task.HOLD))]


async def own_participant_id(caller: Holder) -> str:
    """A dependency: the participant who calls. Raises ``NotAllowed``."""
    return caller.claim("participant_id")


OwnParticipantId = Annotated[str, Depends(own_participant_id)]


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Office.of(shell)


InOffice = Annotated[Office, Depends(office)]
