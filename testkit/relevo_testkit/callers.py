"""Who may call, where a test has routes of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from relevo_chassis.http.rights import Rights, Task
from relevo_chassis.http.tokens import Caller


class Work(Task):
    """All that there is to do."""

    WORK = "work"


def caller_with(*roles: str, service: str | None = None) -> Callable[..., Awaitable[Caller]]:
    """A dependency: a caller with one of these roles, and one of our services if it is named."""
    return Rights({role: {Work.WORK} for role in roles}).who_may(Work.WORK, service=service)
