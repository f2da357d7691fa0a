"""Publishing the status lists at set moments, so that neither an issue nor a revocation shows when it happened."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

from relevo_certification.commands.office import Office
from relevo_certification.credential.status_list import slot_start
from relevo_certification.store import STATUS_LISTS, list_with_room, revoked_positions, status_list_row
from relevo_chassis.delivery.change import Change, Decision
from relevo_contracts import derived_id


async def publish_lists(office: Office, every: timedelta, now: datetime) -> int:
    """Publish each list that was not published since the present interval began; returns how many were."""
    slot = slot_start(now, every)
    published = 0
    for number in range(1, await list_with_room(office.store) + 1):
        row = await office.store.row(STATUS_LISTS, str(number))
        if row is None or row["published_at"] < slot:
            await _publish(office, number, slot)
            published += 1
    return published


async def _publish(office: Office, number: int, slot: datetime) -> None:
    revoked = await revoked_positions(office.store, number)
    signed = await asyncio.to_thread(office.press.status_list, number, revoked, slot)
    row = status_list_row(number, slot, json.dumps(signed))
    cause_id = derived_id("status_list", number, slot.isoformat())
    await office.commits.commit(Change((), lambda _: Decision(rows=[row]), slot, cause_id))
