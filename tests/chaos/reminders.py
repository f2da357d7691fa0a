"""A storm while weeks go by: each reminder goes out, and goes out once, whatever is killed meanwhile (rule 11)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime

from tests.chaos.ends import TRACKING
from tests.chaos.faults import kill_at
from tests.chaos.history import Unsettled
from tests.chaos.storm import Storm

from relevo_chassis.edge.clock import StackClock, move

MOMENTS = {30: datetime(2020, 1, 13, 12, tzinfo=UTC), 14: datetime(2020, 1, 29, 12, tzinfo=UTC)}
"""Instants between the reminder so many days before the due day, 11 February 2020, and the next one."""


async def reminders_under_kills(storm: Storm) -> None:
    """Commitments stay open, the clock is moved past two reminders, and whoever sweeps is killed at it."""
    storm.load.staying_open = 1.0
    await asyncio.sleep(8 if storm.short else 15)
    for days_left, at in MOMENTS.items():
        reminded = await _open(storm)
        if at > StackClock(storm.stand.place.clock_file).now():
            move(storm.stand.place.clock_file, at)
        for point in ("before_commit", "after_commit"):
            await kill_at(storm, TRACKING, point)
        missing = await _missing(storm, reminded, days_left)
        if missing:
            storm.history.add(Unsettled(what=f"{len(missing)} reminders of {days_left} days did not go out"))
        storm.notes.append(f"{len(reminded)} commitments were to be reminded {days_left} days before")
    storm.recovered(await storm.load.passes(storm.edition))


async def _open(storm: Storm) -> set[str]:
    where = {"state.edition_id": storm.edition.edition_id, "state.state": "open"}
    return {row["_id"] async for row in storm.stand.database[TRACKING]["commitment"].find(where, {"_id": 1})}


async def _missing(storm: Storm, commitment_ids: Collection[str], days_left: int) -> set[str]:
    """Those of the commitments that were not reminded within a minute."""
    until = time.monotonic() + 60
    while True:
        where = {"_id": {"$in": [*commitment_ids]}}
        missing = set()
        async for row in storm.stand.database[TRACKING]["commitment"].find(where):
            if all(distance != days_left for _, distance in row["state"]["reminded"]):
                missing.add(row["_id"])
        if not missing or time.monotonic() > until:
            return missing
        await asyncio.sleep(0.5)
