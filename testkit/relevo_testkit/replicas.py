"""A process of a service as the tests of its records run it: it reads people's data, seals, and is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from relevo_chassis.delivery.change import Asked
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.recorder import READINGS
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Batch, Conflict
from relevo_chassis.ids import new_id
from relevo_chassis.people.readings import Readings
from relevo_chassis.people.records.keeping import Records
from relevo_chassis.people.vault import ServiceKey

NOW = datetime(2019, 9, 12, 15, 0, 0, 123000, tzinfo=UTC)
KEY = ServiceKey(bytes(range(32)))
READS = Readings[Literal["casework", "own"]]()
SEGMENTS, IN_EACH = 3, 2


class Replica:
    """A process of a service: its committer and its records, over a store that others write to as well."""

    def __init__(self, store: Store, key: ServiceKey = KEY) -> None:
        self.store = store
        self.records = Records(store, key)
        self.lost = 0
        self.committer = Committer(self, recorder=self.records.recorder)
        self.committer.start()

    async def fetch(self, wanted: Mapping[str, Any]) -> Any:
        return await self.store.fetch(wanted)

    async def write(self, batch: Batch) -> None:
        try:
            await self.store.write(batch)
        except Conflict:
            self.lost += 1
            raise

    async def read(self, number: int, people: int = 1, at: datetime = NOW) -> None:
        """Be put on record as a reader."""
        ids = [f"{number:016x}{each:016x}" for each in range(people)]
        await READS.record(self.committer, Asked(f"reader-{number}", at, new_id()), "own", ["profile"], ids)

    async def sealed(self, segments: int = SEGMENTS) -> None:
        """Readings in segments of two, a day between the segments."""
        for segment in range(segments):
            for each in range(IN_EACH):
                await self.read(segment * IN_EACH + each + 1, at=NOW + timedelta(days=segment))
            await self.records.sealer.seal()
        await self.records.sealer.look()

    async def broken_at(self) -> int | None:
        return (await self.records.status(READINGS)).broken_at
