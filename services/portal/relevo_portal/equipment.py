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
from relevo_portal.passes import Passes
from relevo_portal.services.certification import Certification
from relevo_portal.services.intake import Intake
from relevo_portal.services.multiplier_tracking import MultiplierTracking
from relevo_portal.services.scheduling import Scheduling
from relevo_portal.settings import PortalSettings
from relevo_portal.store import Sessions, WaitingForms


class TooManyTries(Refusal):
    """So many codes were tried from this address that it has to wait; come again when the time is over."""

    status = 429


class TooManyBeginnings(Refusal):
    """So many applications were begun from this address that it has to wait; come again when the time is over."""

    status = 429


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every page needs. ``now`` is process time: a session is no matter of the course."""

    settings: PortalSettings
    sessions: Sessions
    waiting: WaitingForms
    passes: Passes
    intake: Intake
    scheduling: Scheduling
    multiplier_tracking: MultiplierTracking
    certification: Certification
    tries: Allowance
    beginnings: Allowance
    keyed_hash: Callable[..., str]
    now: Callable[[], datetime]


def equip(shell: Shell) -> Equipment:
    settings = cast(PortalSettings, shell.settings)
    intake = Intake(shell.client, settings.intake_url)
    return Equipment(
        settings=settings,
        sessions=Sessions(shell.store, shell.vault.service_key),
        waiting=WaitingForms(shell.store, shell.vault.service_key),
        passes=Passes(intake),
        intake=intake,
        scheduling=Scheduling(shell.client, settings.scheduling_url),
        multiplier_tracking=MultiplierTracking(shell.client, settings.multiplier_tracking_url),
        certification=Certification(shell.client, settings.certification_url),
        tries=Allowance(settings.entries_per_minute, TooManyTries),
        beginnings=Allowance(settings.beginnings_per_minute, TooManyBeginnings),
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
