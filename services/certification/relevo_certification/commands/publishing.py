"""Publishing the status lists at set moments, so that neither an issue nor a revocation shows when it happened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from relevo_certification.commands.office import Office
from relevo_certification.credential.status_list import slot_start
from relevo_certification.domain.status_entry import STATUS_PURPOSES, StatusPurpose
from relevo_certification.store import PublishedList, list_with_room, positions, published_list, status_list_row
from relevo_chassis.delivery.change import Asked, Change, Decision
from relevo_contracts import derived_id


@dataclass(frozen=True, slots=True)
class PublishLists:
    """``every`` is the interval of domain time between two lists."""

    every: timedelta


async def publish_lists(office: Office, command: PublishLists, asked: Asked) -> int:
    """Publish each list that was not published since the present interval began; returns how many were."""
    slot = slot_start(asked.now, command.every)
    published = 0
    for number in range(1, await list_with_room(office.store) + 1):
        for purpose in STATUS_PURPOSES:
            last = await published_list(office.store, number, purpose)
            if last is None or last.published_at < slot or last.jwt is None:
                await _publish(office, number, purpose, slot)
                published += 1
    return published


async def _publish(office: Office, number: int, purpose: StatusPurpose, slot: datetime) -> None:
    places = await positions(office.store, number, purpose)
    signed = await asyncio.to_thread(office.press.status_list, number, purpose, places, slot)
    row = status_list_row(number, purpose, PublishedList(slot, signed.credential, signed.jwt))
    cause_id = derived_id("status_list", number, purpose, slot.isoformat())
    await office.commits.commit(Change((), lambda _: Decision(rows=[row]), slot, cause_id))
