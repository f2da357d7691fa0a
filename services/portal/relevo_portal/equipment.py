"""What the portal makes for itself when it starts: who is in, whom it asks, and what a browser may hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.asking import InShell
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.allowance import Allowance
from relevo_portal.services.intake import Intake
from relevo_portal.settings import PortalSettings
from relevo_portal.store import Sessions


class TooManyTries(Refusal):
    """So many codes were tried from this address that it has to wait; come again when the time is over."""

    status = 429


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every page needs. ``now`` is process time: a session is no matter of the course."""

    settings: PortalSettings
    sessions: Sessions
    intake: Intake
    tries: Allowance
    keyed_hash: Callable[..., str]
    now: Callable[[], datetime]


def equip(shell: Shell) -> Equipment:
    settings = cast(PortalSettings, shell.settings)
    return Equipment(
        settings=settings,
        sessions=Sessions(shell.store, shell.vault.service_key),
        intake=Intake(shell.client, settings.intake_url),
        tries=Allowance(settings.entries_per_minute, TooManyTries),
        keyed_hash=shell.vault.keyed_hash,
        now=_process_time,
    )


async def equipment_of(shell: InShell) -> Equipment:
    """A dependency."""
    return cast(Equipment, shell.equipment)


InEquipment = Annotated[Equipment, Depends(equipment_of)]


def _process_time() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)  # what the store can keep
