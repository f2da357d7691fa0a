"""The stage of a measurement: real servers with majority journaled writes and streams that sync always."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from faststream.nats import NatsBroker

from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.store import Store
from relevo_chassis.servers import MongoServer, NatsServer
from relevo_chassis.testing.behaviour import enrolled, id_of
from relevo_chassis.testing.streams import Streams
from relevo_contracts import Envelope, Wire, encode

NOW = datetime(2019, 12, 9, 9, tzinfo=UTC)


@dataclass
class Stage:
    """Servers, an operator's connection, and stores on databases of their own."""

    mongo: MongoServer
    nats: NatsServer
    streams: Streams
    _databases: int = 0

    async def store(self) -> Store:
        """A fresh, prepared store."""
        self._databases += 1
        store = Store.connected(self.mongo.url, f"bench_{self._databases}")
        await store.prepare(("participant",), INDEXES)
        return store

    async def broker(self) -> NatsBroker:
        broker = NatsBroker(self.nats.url, apply_types=False, max_reconnect_attempts=-1, logger=None)
        await broker.connect()
        return broker


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Real servers in a temporary folder; they end with the measurement."""
    with tempfile.TemporaryDirectory(prefix="relevo-bench-") as folder:
        mongo, nats = MongoServer(Path(folder) / "mongo", cache_gigabytes=1.0), NatsServer(Path(folder) / "nats")
        async with mongo, nats:
            streams = await Streams.connected(nats.url)
            try:
                yield Stage(mongo, nats, streams)
            finally:
                await streams.close()


def wires(events: int, aggregates: int) -> Iterable[Wire]:
    """Events of so many aggregates in turn, each with its next sequence."""
    for number in range(events):
        aggregate, sequence = number % aggregates, number // aggregates + 1
        id = id_of(number + 10**12)
        yield encode(Envelope(id=id, sequence=sequence, time=NOW, cause_id=id, chain_id=id, event=enrolled(aggregate)))


async def published(streams: Streams, given: Iterable[Wire]) -> int:
    """Publish all, pipelined, and return how many."""
    count, waiting = 0, []
    for wire in given:
        waiting.append(await streams.jetstream.publish_async(wire.subject, wire.body, headers=wire.headers))
        count += 1
        if len(waiting) >= 500:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)
    return count
