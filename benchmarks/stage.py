"""The stage of a measurement: real servers with majority journaled writes and streams that sync always."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from benchmarks.place import Place
from benchmarks.worker import Worker, worker
from relevo_chassis.delivery.store import Store
from relevo_chassis.servers import MongoServer, NatsServer
from relevo_contracts import Wire
from relevo_deploy.topology.files import Consumer, Topology, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStream

Tell = Callable[[str], None]
IN_FLIGHT_MAX = 1_000


@dataclass(frozen=True)
class Setting:
    """Where measured processes log, and who is told how it goes."""

    logs: Path
    tell: Tell


@dataclass
class Stage:
    """Servers and an operator's connection."""

    mongo: MongoServer
    nats: NatsServer
    client: Client
    jetstream: JetStreamContext
    logs: Path
    _numbers: Any = field(default_factory=count)

    def place(self) -> Place:
        """A database that nobody has used."""
        return Place(self.mongo.url, self.nats.url, f"bench_{next(self._numbers)}")

    async def drop(self, place: Place) -> None:
        """Drop a place's database."""
        store = Store.connected(place.mongo_url, place.database)
        await store.drop_database()
        store.close()

    @asynccontextmanager
    async def streams(self, **subjects: str) -> AsyncIterator[None]:
        """Streams as the operators' files make them, by name; deleted afterwards."""
        like = read_topology(default_folder()).streams[0]
        streams = [{**like, "name": name, "subjects": [subject]} for name, subject in subjects.items()]
        await JetStream(self.client).apply(Topology(streams, [], []))
        try:
            yield
        finally:
            for name in subjects:
                await self.jetstream.delete_stream(name)

    async def durable(self, stream: str, name: str, **others: Any) -> None:
        """A durable as the operators' files make one, over all of a stream."""
        like = read_topology(default_folder()).consumers[0].config
        config = {**like, "name": name, "durable_name": name, "filter_subjects": [], **others}
        await JetStream(self.client).apply(Topology([], [Consumer(stream, config)], []))

    async def publish(self, wires: Iterable[Wire]) -> None:
        """Publish all, pipelined; returns when every one is acknowledged."""
        left = iter(wires)
        while some := list(islice(left, IN_FLIGHT_MAX)):
            sent = [await self.jetstream.publish_async(each.subject, each.body, headers=each.headers) for each in some]
            await asyncio.wait_for(asyncio.gather(*sent), 60)

    @asynccontextmanager
    async def workers(self, *names: str) -> AsyncIterator[dict[str, Worker]]:
        """A process for each name."""
        async with AsyncExitStack() as stack:
            yield {name: await stack.enter_async_context(worker(self.logs / f"{name}.log")) for name in names}


@asynccontextmanager
async def staged(setting: Setting) -> AsyncIterator[Stage]:
    """Real servers in a temporary folder; they end with the measurement."""
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        mongo, bus = MongoServer(Path(folder) / "mongo", cache_gigabytes=1.0), NatsServer(Path(folder) / "nats")
        async with mongo, bus:
            client = await nats.connect(bus.url)
            try:
                yield Stage(
                    mongo, bus, client, client.jetstream(publish_async_max_pending=2 * IN_FLIGHT_MAX), setting.logs
                )
            finally:
                await client.close()
