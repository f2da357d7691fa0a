"""The stage of a measurement: real servers with majority journaled writes and streams that sync always."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from benchmarks.place import Place
from benchmarks.worker import Worker, worker
from relevo_chassis.delivery.publisher import JetStream as Publisher
from relevo_chassis.delivery.store import Store
from relevo_contracts import Wire
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.bus import reached
from relevo_deploy.topology.files import Consumer, Identity, Topology, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStream
from relevo_deploy.topology.keys import BusKeys
from relevo_deploy.topology.server_config import authorization
from relevo_servers import MongoServer, NatsServer

Report = Callable[[str], None]
TOGETHER_MAX = 1_000
SERVICE = "measured"
TOPOLOGY = read_topology(default_folder())


@dataclass(frozen=True)
class Setting:
    """Where measured processes log, and who is told how it goes."""

    logs: Path
    report: Report


class Identities(NamedTuple):
    """The credentials of who may do everything where the streams are, and of a service."""

    operator: Path
    service: Path


@dataclass
class Stage:
    """Servers and an operator's connection."""

    mongo: MongoServer
    nats: NatsServer
    client: Client
    jetstream: JetStreamContext
    logs: Path
    identities: Identities
    _numbers: Any = field(default_factory=count)

    def place(self, *, with_the_streams: bool = False) -> Place:
        """A database that nobody has used, on the bus with an account of its own as a service has one.

        ``with_the_streams``: in the account that holds the streams, with nothing between.
        """
        credentials = self.identities.operator if with_the_streams else self.identities.service
        return Place(self.mongo.url, self.nats.url, f"bench_{next(self._numbers)}", str(credentials))

    async def drop(self, place: Place) -> None:
        """Drop a place's database."""
        store = Store.connected(place.mongo_url, place.database)
        await store.drop_database()
        store.close()

    @asynccontextmanager
    async def streams(self, **subjects: str) -> AsyncIterator[None]:
        """Streams as the operators' files make them, by name; deleted afterwards, unless the measurement failed."""
        like = read_topology(default_folder()).streams[0]
        streams = [{**like, "name": name, "subjects": [subject]} for name, subject in subjects.items()]
        await JetStream(self.client).apply(Topology(streams, [], []))
        yield
        for name in subjects:
            await self.jetstream.delete_stream(name)

    async def durable(self, stream: str, name: str, **others: Any) -> None:
        """A durable as the operators' files make one, over all of a stream."""
        like = read_topology(default_folder()).consumers[0].config
        config = {**like, "name": name, "durable_name": name, "filter_subjects": [], **others}
        await JetStream(self.client).apply(Topology([], [Consumer(stream, config)], []))

    async def publish(self, wires: Iterable[Wire]) -> None:
        """Publish all, in their order; returns when every one is acknowledged."""
        publisher, left = Publisher(lambda: self.client, seconds=30), iter(wires)
        while some := list(islice(left, TOGETHER_MAX)):
            await publisher.publish_together(some)

    @asynccontextmanager
    async def workers(self, *names: str) -> AsyncIterator[dict[str, Worker]]:
        """A process for each name."""
        async with AsyncExitStack() as stack:
            yield {name: await stack.enter_async_context(worker(self.logs / f"{name}.log")) for name in names}


async def _identities(bus: NatsServer, secrets: SecretFiles) -> Identities:
    """An operator, and a service that imports what any service may: its durables are made while it is connected."""
    keys = secrets.bus
    service = Identity(name=SERVICE, publish=("events.>",), look=True)
    topology = TOPOLOGY._replace(identities=[*TOPOLOGY.identities, service])
    claims = dict(keys.claims(topology)[SERVICE])
    [events] = [each for each in claims["imports"] if each["subject"] == "events.>"]
    any_durable = ("$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.ACK.*.*.>", "dlq.*")
    claims["imports"] = [*claims["imports"], *({**events, "name": each, "subject": each} for each in any_durable)]
    [role] = claims["signing_keys"]
    template = {**role["template"], "pub": {"allow": [">"]}, "sub": {"allow": [">"]}}
    claims["signing_keys"] = [{**role, "template": template}]
    async with reached(bus.url, keys, TOPOLOGY) as administered:
        await administered.accounts.give(SERVICE, claims)
    return Identities(keys.credentials("operator", topology), keys.credentials(SERVICE, topology))


@asynccontextmanager
async def staged(setting: Setting, *, cache_gigabytes: float = 1.0) -> AsyncIterator[Stage]:
    """Real servers in a temporary folder; they are killed and their folder is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        secrets = SecretFiles(Path(folder) / "secrets")
        mongo, bus = await _started(Path(folder), cache_gigabytes, secrets.bus)
        try:
            identities = await _identities(bus, secrets)
            async with await nats.connect(bus.url, user_credentials=str(identities.operator)) as client:
                yield Stage(mongo, bus, client, client.jetstream(), setting.logs, identities)
        finally:
            await asyncio.gather(mongo.kill(), bus.kill())


async def _started(folder: Path, cache_gigabytes: float, keys: BusKeys) -> tuple[MongoServer, NatsServer]:
    mongo = MongoServer(folder / "mongo", cache_gigabytes=cache_gigabytes)
    bus = NatsServer(folder / "nats", config=authorization(keys, TOPOLOGY, folder / "nats" / "accounts"))
    try:
        await asyncio.gather(mongo.start(), bus.start())
    except BaseException:
        await asyncio.gather(mongo.kill(), bus.kill())
        raise
    return mongo, bus
