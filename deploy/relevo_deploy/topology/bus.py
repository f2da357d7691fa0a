"""A bus as whoever administers it reaches it: its streams as the operator, its accounts as the servers' own user."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client
from nats.errors import Error as NatsError

from relevo_deploy.topology.accounts import Accounts
from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.jetstream import Difference, JetStream
from relevo_deploy.topology.keys import BusKeys
from relevo_deploy.topology.rights import SYSTEM

OPERATOR = "operator"


class BusAway(Exception):
    """No server could be reached with these credentials; the text says which."""


@dataclass(frozen=True, slots=True)
class Bus:
    """What there is on a bus, and who may have it."""

    streams: JetStream
    accounts: Accounts

    async def differences(self, topology: Topology) -> list[Difference]:
        """What is not as the files say. Raises ``JetStreamRefused`` or ``AccountRefused``."""
        return [*await self.streams.differences(topology), *await self.accounts.differences(topology)]

    async def apply(self, topology: Topology) -> list[Difference]:
        """Make it agree and return what was done: first what there is, then who may have it. Removes nothing.

        Done twice, the second does nothing. Raises ``JetStreamRefused`` or ``AccountRefused``.
        """
        return [*await self.streams.apply(topology), *await self.accounts.apply(topology)]


@asynccontextmanager
async def reached(
    url: str, keys: BusKeys, topology: Topology, *, tls: ssl.SSLContext | None = None, wait_seconds: float = 0
) -> AsyncIterator[Bus]:
    """The bus at an address, waiting for a server that is starting. Raises ``BusAway``."""
    until = time.monotonic() + wait_seconds
    operator = await _connected(url, keys.credentials(OPERATOR, topology), tls, until)
    async with operator, await _connected(url, keys.credentials(SYSTEM, topology), tls, until) as system:
        yield Bus(JetStream(operator), Accounts(system, keys))


async def _connected(url: str, credentials: Path, tls: ssl.SSLContext | None, until: float) -> Client:
    while True:
        client = Client()
        try:
            await client.connect(
                url, user_credentials=str(credentials), tls=tls, allow_reconnect=False, error_cb=_quietly
            )
            return client
        except (NatsError, OSError) as away:
            await client.close()
            if time.monotonic() > until:
                raise BusAway(f"{url} with {credentials}: {str(away) or type(away).__name__}") from None
            await asyncio.sleep(0.5)


async def _quietly(_: Exception) -> None:
    """What goes wrong while connecting is raised; there is nothing more to tell."""
