"""What operators look at and repair with: the parts of a running service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from relevo_chassis.clock import Clock
from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.rebuild import Rebuild
from relevo_chassis.delivery.repair import Repair
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.bus import Bus
from relevo_chassis.given.logs import Log
from relevo_chassis.given.remarks import Remark
from relevo_chassis.operations.figures import DeliveryFigures
from relevo_chassis.operations.health import Check
from relevo_chassis.people.records.keeping import Records
from relevo_chassis.people.vault import Vault


@dataclass(frozen=True, slots=True)
class Operations:
    """The parts of a running service that operators look at and repair with."""

    service: str
    version: str
    store: Store
    commits: Commits
    vault: Vault
    clock: Clock
    log: Log
    bus: Bus
    figures: DeliveryFigures
    records: Records
    repair: Repair
    rebuild: Rebuild
    needed: Mapping[str, Check]
    wanted: Mapping[str, Check]
    remarks: Callable[[], Awaitable[Sequence[Remark]]]


async def operations_of(request: Request) -> Operations:
    """A dependency: the parts, as the shell left them."""
    found: Operations = request.app.state.operations
    return found


Parts = Annotated[Operations, Depends(operations_of)]
