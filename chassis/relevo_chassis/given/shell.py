"""The shell of a service: what its routes and background tasks need from outside, started and stopped in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from fastapi import Request

from relevo_chassis.clock import Clock
from relevo_chassis.delivery.change import CommitsMany
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.logs import Log
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.http.tokens import Tokens
from relevo_chassis.people.records.keeping import Records
from relevo_chassis.people.vault import Vault


@dataclass(frozen=True)
class Shell:
    """What a service's routes and background tasks get from outside."""

    settings: ServiceSettings
    clock: Clock
    store: Store
    vault: Vault
    records: Records
    committer: CommitsMany
    tokens: Tokens
    log: Log
    metrics: Metrics
    client: httpx.AsyncClient = field(repr=False)
    equipment: object = None
    """What the service made for itself of the rest (``Service.equip``)."""


Background = Callable[[Shell], Awaitable[None]]
"""Runs beside the service until it is cancelled; started again, after a growing pause, when it raises or returns."""


ShellCheck = Callable[[Shell], Awaitable[str | None]]
"""A readiness check of the service's own: see ``health.Check``."""


async def shell_of(request: Request) -> Shell:
    """A dependency: the shell. A coroutine, because a plain function would be run in a thread."""
    shell: Shell = request.app.state.shell
    return shell
