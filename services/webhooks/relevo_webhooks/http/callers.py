"""Who calls, and the office that does what they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from relevo_chassis.given.asking import InShell
from relevo_chassis.http.tokens import Caller
from relevo_webhooks.commands.office import Office
from relevo_webhooks.equipment import office_of
from relevo_webhooks.rights import RIGHTS, Task

MayKeepSubscriptions = Annotated[Caller, Depends(RIGHTS.who_may(Task.KEEP_SUBSCRIPTIONS))]


async def office(shell: InShell) -> Office:
    """A dependency. A coroutine, because a plain function would be run in a thread."""
    return office_of(shell)


InOffice = Annotated[Office, Depends(office)]
