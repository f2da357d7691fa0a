"""Who calls, for whose certificate, and the office that does what they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from relevo_certification.commands.office import Office
from relevo_certification.domain.certificate import NoSuchCertificate
from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.tokens import Caller, caller_with

ID_PATTERN = r"^[0-9a-f]{32}$"
_EXAMPLES = ["0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012"]
ParticipantId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
EditionId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
IssuanceId = Annotated[str, Path(pattern=ID_PATTERN, examples=_EXAMPLES)]
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]
Holder = Annotated[Caller, Depends(caller_with("participant"))]
CoordinatorOrHolder = Annotated[Caller, Depends(caller_with("coordinator", "participant"))]


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return Office.of(shell)


InOffice = Annotated[Office, Depends(office)]


def must_be_theirs(caller: Caller, participant_id: str) -> None:
    """A coordinator sees every certificate, a participant their own; another's is as if it were not there."""
    if not caller.has("coordinator"):
        must_be_the_holders(caller, participant_id)


def must_be_the_holders(caller: Caller, participant_id: str) -> None:
    """What its holder alone decides; no office goes before that."""
    if caller.claim("participant_id") != participant_id:
        raise NoSuchCertificate(participant_id=participant_id)
