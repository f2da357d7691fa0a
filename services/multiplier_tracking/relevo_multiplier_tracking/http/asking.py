"""From a request to a command and back: once-keys, the caller's own place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, Sealer, answer_json, answered, once_of
from relevo_chassis.edge.shell import Shell, shell_of
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_chassis.edge.vault import PersonErased
from relevo_chassis.languages import Language
from relevo_multiplier_tracking.commands.asked import Asked
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.refusals import (
    CommitmentIsNotOpen,
    NoSuchCommitment,
    ParticipantHasLeft,
    ParticipantIsErased,
)
from relevo_multiplier_tracking.http.answers import own_commitment, staff_commitment

InShell = Annotated[Shell, Depends(shell_of)]
Participant = Annotated[Caller, Depends(caller_with("participant"))]
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]
Helper = Annotated[Caller, Depends(caller_with("expert", "coordinator"))]
Expert = Annotated[Caller, Depends(caller_with("expert"))]

PRESENT = (NoSuchCommitment, ParticipantHasLeft, ParticipantIsErased, PersonErased)
"""What is refused where something is sealed under the participant's key."""
OPEN = (CommitmentIsNotOpen, *PRESENT)
"""What is refused where something is sealed, and the commitment has to run."""

Run = Callable[[Asked], Awaitable[Any]]
Respond = Callable[[Any, datetime], Answer]


async def commanded(
    shell: Shell, request: Request, caller: Caller, key: Sealer, respond: Respond, run: Run
) -> Response:
    """Run a command once for its Idempotency-Key and answer it, or repeat the answer it was given first.

    ``key`` is the key of whom the answer concerns, or the service's.
    """
    now = shell.clock.now()
    once = await once_of(request, caller.id, key, shell.vault, lambda outcome: respond(outcome, now))
    outcome = await run(Asked(now=now, by=caller.id, cause_id=new_id(), once=once))
    return await answered(shell.vault, once, outcome)


def to_participant(language: Language, status: int = 200) -> Respond:
    """Answer with the participant's own view of the commitment."""

    def respond(commitment: Commitment, now: datetime) -> Answer:
        return answer_json(own_commitment(commitment, now, language), status)

    return respond


def to_staff(commitment: Commitment, now: datetime) -> Answer:
    """Answer with the coordinators' view of the commitment."""
    return answer_json(staff_commitment(commitment, now))
