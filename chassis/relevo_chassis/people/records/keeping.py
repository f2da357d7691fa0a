"""The records of a service, as one of its processes keeps them: put on, sealed, looked after, let go by retention."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from relevo_chassis.delivery.change import Busy, Change, Decided, Decision, Kind, Unknown
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.recorder import UNSEALED, Recorder
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Conflict
from relevo_chassis.ids import new_id
from relevo_chassis.measures import RECORD_MISSED, RECORD_WAITS
from relevo_chassis.people.records.chain import MISSED, RECORDS, Signer, entry_place, kept_from
from relevo_chassis.people.records.sealing import SEALED_WITHIN_SECONDS, Sealer
from relevo_chassis.people.records.status import RecordStanding, status_of
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen

TURN_SECONDS = 1.0
IDLE_TURNS = 5
RETIRE_SECONDS = 3_600.0


class Records(Collector):
    """Readings and decisions on record. ``recorder`` goes to the committer, whose entries are sealed from here."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._store = store
        self._signer = Signer(key)
        self._noted = 0
        self.recorder = recorder_of(key)
        self.sealer = Sealer(store, self.recorder, self._signer)

    async def status(self, record: str, then: int = 0) -> RecordStanding:
        """Seal what waits, then check the whole record, from where retention left off. Raises ``Busy``."""
        await self.sealer.seal()
        return await status_of(self._store, self.recorder, self._signer, record, then=then)

    async def kept_after(self, record: str) -> str:
        """The place of the last entry that went by retention: those of the record stand behind it. Raises ``Busy``."""
        return entry_place((await kept_from(self._store, self._signer, record)).last)

    async def left_over(self) -> int:
        """How many entries lie where they were though they are no part of a record any more. Raises ``Busy``."""
        places = {record: await self.kept_after(record) for record in RECORDS}
        return sum([await self._store.count_rows(record, {"_id": {"$lte": last}}) for record, last in places.items()])

    async def unsealed(self) -> int:
        """How many entries wait for their seal, whoever put them on record. Raises ``Busy``."""
        return await self._store.count_rows(UNSEALED, {})

    async def keep(self, lease: Lease, now: Callable[[], datetime], keep_days: int) -> None:
        """Until cancelled: seal while this replica holds the lease, and look after what it wrote and saw sealed."""
        turn, retire_at = 0, 0.0
        while True:
            await asyncio.sleep(TURN_SECONDS)
            turn += 1
            if not self.recorder.remembered and turn % IDLE_TURNS:
                continue
            try:
                if await lease.acquire() or self.sealer.waits_seconds > SEALED_WITHIN_SECONDS / 2:
                    await self.sealer.seal()
                    if time.monotonic() > retire_at:
                        await self.sealer.retire(now() - timedelta(days=keep_days))
                        retire_at = time.monotonic() + RETIRE_SECONDS
                await self.look(now())
            except (Busy, Unknown, Conflict):
                continue

    async def look(self, now: datetime) -> None:
        """See whether all is there, and put on record what is not. Raises ``Busy``."""
        await self.sealer.look()
        for each in self.sealer.missed[self._noted :]:
            missing = Decided(each.code, Kind(each.record, Frozen)(each.id), (MISSED,))
            change = Change((), lambda _: Decision(), now, new_id(), by=MISSED)
            entries = self.recorder.entries([missing], change, lambda *_: None)
            for entry in entries:
                await self._store.insert(UNSEALED, entry)
            self.recorder.written(entries)
            self._noted += 1

    async def check(self) -> str | None:
        """Whether what this replica put on record is sealed in time, and still there."""
        sealer = self.sealer
        if gone := sorted({each.record for each in sealer.missed}):
            return f"entries of the record of {', '.join(gone)} were removed or replaced; see the log, relevo readings"
        if sealer.waits_seconds > SEALED_WITHIN_SECONDS:
            return f"an entry has waited {sealer.waits_seconds:.0f} s for its seal; see the log"
        return None

    def collect(self) -> Iterator[Metric]:
        yield RECORD_WAITS.of(self.sealer.waits_seconds)
        yield RECORD_MISSED.by({each: sum(one.record == each for one in self.sealer.missed) for each in RECORDS})


def recorder_of(key: ServiceKey) -> Recorder:
    """What puts entries on the records of the service that has this key."""
    return Recorder(key.derived("record-entries"))
