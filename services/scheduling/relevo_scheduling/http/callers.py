"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request, Response

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, HttpOnce, answer_json, answered, once_of
from relevo_chassis.edge.shell import Shell, shell_of
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


class Asked(NamedTuple):
    """A command on its way in: the shell, domain time, and the id that its events will name as their cause."""

    shell: Shell
    request: Request
    now: datetime
    cause_id: str

    async def once(self, caller: Caller, respond: Callable[[Any], Answer] = answer_json) -> HttpOnce:
        """The once-key of a POST; nothing that scheduling answers is about a person, so the service's key seals it."""
        vault = self.shell.vault
        return await once_of(self.request, caller.id, vault.service_key, vault, respond)

    async def answered(self, once: HttpOnce, outcome: Any) -> Response:
        return await answered(self.shell.vault, once, outcome)


async def asked(request: Request) -> Asked:
    shell = await shell_of(request)
    return Asked(shell, request, shell.clock.now(), new_id())


def must_be(caller: Caller, participant_id: str) -> None:
    """Decided before anything is looked up, so that the answer tells nothing about whether there is such a one."""
    if not caller.has("coordinator") and caller.claim("participant_id") != participant_id:
        raise NotYours("this is another participant's; a participant sees their own")


Command = Annotated[Asked, Depends(asked)]
