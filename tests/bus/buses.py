"""A bus with the operators' own topology, on one server or on three, and a connection as each identity."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import nats
from nats.aio.client import Client
from tests.chaos.cluster import Cluster

from relevo_contracts.partners import PUBLIC
from relevo_deploy.partners import commands as partners
from relevo_deploy.partners import files
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.accounts import AccountRefused
from relevo_deploy.topology.bus import Bus, reached
from relevo_deploy.topology.files import Identity, Topology, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStreamRefused
from relevo_deploy.topology.reach import Files, Where
from relevo_deploy.topology.server_config import authorization
from relevo_servers import NatsServer

ELECTED_SECONDS = 30


@dataclass
class BusOfTests:
    """Servers that run, the topology that was applied to them, and who may connect."""

    servers: Sequence[NatsServer]
    secrets: SecretFiles
    topology: Topology
    bus: Bus
    open: AsyncExitStack = field(repr=False)
    refusals: list[str] = field(default_factory=list)
    """What servers told clients that they may not do."""

    async def connected(self, name: str, server: int = 0) -> Client:
        """A connection as this identity to one of the servers; closed at the end."""
        client = await nats.connect(
            [each.url for each in (*self.servers[server:], *self.servers[:server])],
            dont_randomize=True,
            user_credentials=str(self.credentials(name)),
            inbox_prefix=f"_INBOX_{name}".encode(),
            error_cb=self._refused,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
        )
        self.open.push_async_callback(client.close)
        return client

    @property
    def where(self) -> Where:
        """How the operator's command reaches it."""
        secrets = self.secrets.folder
        return Where(url=self.servers[0].url, secrets=secrets, partners=secrets.with_name("partners"))

    @property
    def files(self) -> Files:
        return Files(overlay="production" if len(self.servers) == 3 else None)

    async def add_partner(self, name: str, *types: str) -> None:
        """A partner as an operator makes one."""
        await partners.add(name, types=types, where=self.where, files_of_release=self.files)
        self.topology = self.files.read(self.where.partners)

    def credentials(self, name: str) -> Path:
        return self.secrets.bus.credentials(name, self.topology)

    async def _refused(self, error: Exception) -> None:
        self.refusals.append(str(error))


@asynccontextmanager
async def a_bus(folder: Path, *, servers: int = 1, more: Sequence[Identity] = ()) -> AsyncIterator[BusOfTests]:
    """One nats-server or a cluster of three, with the topology applied, streams on as many as there are.

    With a ``partner`` who may have all public events.
    """
    files.write(folder / "partners", files.new_partner("partner", PUBLIC, "oldest", datetime.now(UTC)))
    found = read_topology(default_folder(), "production" if servers == 3 else None, folder / "partners")
    topology = found._replace(identities=[*found.identities, *more])
    secrets = SecretFiles(folder / "secrets")

    def config_of(place: Path) -> str:
        return authorization(secrets.bus, topology, place / "accounts")

    async with AsyncExitStack() as open:
        if servers == 3:
            cluster = Cluster(folder, config_of)
            open.push_async_callback(cluster.stop)
            await cluster.start()
            nodes = cluster.nodes
        else:
            nodes = [await open.enter_async_context(NatsServer(folder, config=config_of(folder)))]
        bus = await open.enter_async_context(reached(nodes[0].url, secrets.bus, topology, wait_seconds=10))
        await _applied(bus, topology)
        yield BusOfTests(nodes, secrets, topology, bus, open)


async def _applied(bus: Bus, topology: Topology) -> None:
    async with asyncio.timeout(ELECTED_SECONDS):
        while True:
            try:
                await bus.apply(topology)
                return
            except (JetStreamRefused, AccountRefused, TimeoutError):
                await asyncio.sleep(0.3)
