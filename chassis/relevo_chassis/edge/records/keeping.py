"""The records of a service, as one of its processes keeps them: put on, sealed, looked after, let go by retention."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from relevo_chassis.delivery.change import Busy, Unknown
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.recorder import Recorder
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Conflict
from relevo_chassis.edge.records.chain import RECORDS, Signer
from relevo_chassis.edge.records.sealing import SEALED_WITHIN_SECONDS, Sealer
from relevo_chassis.edge.records.standing import RecordStanding, standing_of
from relevo_chassis.edge.vault import ServiceKey

TURN_SECONDS = 1.0
IDLE_TURNS = 5
FORGET_SECONDS = 3_600.0


class Records(Collector):
    """Readings and decisions on record. ``recorder`` goes to the committer, whose entries are sealed from here."""

    def __init__(self, store: Store, key: ServiceKey) -> None:
        self._store = store
        self._signer = Signer(key)
        self.recorder = recorder_of(key)
        self.sealer = Sealer(store, self.recorder, self._signer)

    async def standing(self, record: str, then: int = 0) -> RecordStanding:
        """Seal what waits, then check the whole record, from where retention left off. Raises ``Busy``."""
        await self.sealer.seal()
        return await standing_of(self._store, self.recorder, self._signer, record, then=then)

    async def keep(self, lease: Lease, now: Callable[[], datetime], keep_days: int) -> None:
        """Until cancelled: seal while this replica holds the lease, and look after what it wrote and saw sealed."""
        turn, forget_at = 0, 0.0
        while True:
            await asyncio.sleep(TURN_SECONDS)
            turn += 1
            if not self.recorder.remembered and turn % IDLE_TURNS:
                continue
            try:
                if await lease.take():
                    await self.sealer.seal()
                    if time.monotonic() > forget_at:
                        await self.sealer.forget(now() - timedelta(days=keep_days))
                        forget_at = time.monotonic() + FORGET_SECONDS
                await self.sealer.look()
            except (Busy, Unknown, Conflict):
                continue

    async def check(self) -> str | None:
        """Whether what this replica put on record is sealed in time, and still there."""
        sealer = self.sealer
        if gone := sorted(sealer.missing | sealer.rewritten):
            return f"entries of the record of {', '.join(gone)} were removed or replaced; see the log, relevo readings"
        if sealer.waits_seconds > SEALED_WITHIN_SECONDS:
            return f"an entry has waited {sealer.waits_seconds:.0f} s for its seal; see the log"
        return None

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "relevo_record_waits_seconds", "Longest wait for a seal", value=self.sealer.waits_seconds
        )
        for name, about, counted in (
            ("missing", "Entries removed before they were sealed", self.sealer.missing),
            ("rewritten", "Times a checkpoint was gone or another", self.sealer.rewritten),
        ):
            family = CounterMetricFamily(f"relevo_record_{name}", about, labels=["record"])
            for record in RECORDS:
                family.add_metric([record], counted[record])
            yield family


def recorder_of(key: ServiceKey) -> Recorder:
    """What puts entries on the records of the service that has this key."""
    return Recorder(key.derived("record-entries"))
