"""What the portal makes for itself when it starts: who is in, whom it asks, and what a browser may hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.asking import InShell
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.allowance import Allowance
from relevo_chassis.http.tokens import IssuerKeys
from relevo_portal.passes import Passes, StaffPasses, passes_of_intake, passes_of_provider
from relevo_portal.services.certification import Certification
from relevo_portal.services.intake import Intake
from relevo_portal.services.multiplier_tracking import MultiplierTracking
from relevo_portal.services.openid import OpenId
from relevo_portal.services.scheduling import Scheduling
from relevo_portal.settings import PortalSettings
from relevo_portal.store import Sessions, WaitingForms
from relevo_portal.store.staff import SignIns, StaffSessions


class TooManyTries(Refusal):
    """So many codes were tried from this address that it has to wait; come again when the time is over."""

    status = 429


class TooManyBeginnings(Refusal):
    """So many applications were begun from this address that it has to wait; come again when the time is over."""

    status = 429


class TooManySignIns(Refusal):
    """So many sign-ins were begun from this address that it has to wait; come again when the time is over."""

    status = 429


STAFF_BACK = "/staff/back"
"""Where the provider leads staff back to, as it is registered there."""


@dataclass(frozen=True, slots=True)
class StaffDoor:
    """What staff come in by, where the portal has a client at the provider."""

    openid: OpenId
    sessions: StaffSessions
    sign_ins: SignIns
    passes: StaffPasses
    begun: Allowance


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
    staff: StaffDoor | None
    keyed_hash: Callable[..., str]
    now: Callable[[], datetime]


def equip(shell: Shell) -> Equipment:
    settings = cast(PortalSettings, shell.settings)
    intake = Intake(shell.client, settings.intake_url)
    return Equipment(
        settings=settings,
        sessions=Sessions(shell.store, shell.vault.service_key),
        waiting=WaitingForms(shell.store, shell.vault.service_key),
        passes=passes_of_intake(intake),
        intake=intake,
        scheduling=Scheduling(shell.client, settings.scheduling_url),
        multiplier_tracking=MultiplierTracking(shell.client, settings.multiplier_tracking_url),
        certification=Certification(shell.client, settings.certification_url),
        tries=Allowance(settings.entries_per_minute, TooManyTries),
        beginnings=Allowance(settings.beginnings_per_minute, TooManyBeginnings),
        staff=_staff_door(shell, settings),
        keyed_hash=shell.vault.keyed_hash,
        now=_process_time,
    )


def _staff_door(shell: Shell, settings: PortalSettings) -> StaffDoor | None:
    if settings.oidc_client is None:
        return None
    sessions = StaffSessions(shell.store, shell.vault.service_key)
    keys = IssuerKeys(shell.client, settings.oidc_issuer, keep_seconds=settings.jwks_seconds)
    back = settings.public_url + STAFF_BACK
    openid = OpenId(shell.client, settings.oidc_issuer, settings.oidc_client, back, time.time, keys)
    return StaffDoor(
        openid,
        sessions,
        SignIns(shell.store, shell.vault.service_key),
        passes_of_provider(openid, sessions),
        Allowance(settings.sign_ins_per_minute, TooManySignIns),
    )


async def equipment_of(shell: InShell) -> Equipment:
    """A dependency."""
    return cast(Equipment, shell.equipment)


InEquipment = Annotated[Equipment, Depends(equipment_of)]


def _process_time() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)  # what the store can keep
