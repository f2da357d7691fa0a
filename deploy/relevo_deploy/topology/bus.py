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

from relevo_contracts import SERVICES
from relevo_deploy.topology.accounts import Accounts
from relevo_deploy.topology.connection import connected
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

    async def apply_identity(self, name: str, topology: Topology) -> list[Difference]:
        """The same for one identity and what it takes. Nobody else's is looked at."""
        [identity] = [each for each in topology.identities if each.name == name]
        durables = [each for each in topology.consumers if each.name in identity.take]
        made = await self.streams.apply(Topology([], durables, []))
        return [
            *(each for each in made if each.action != "unmanaged"),
            *await self.accounts.apply(topology, only=name),
        ]

    async def remove(self, name: str, topology: Topology) -> list[str]:
        """Take an identity that no file names off the bus, with its durables; says what was there.

        First its account: whoever is connected with it is cut off. Raises ``AccountRefused`` or ``JetStreamRefused``.
        """
        account = [f"identity {name}"] if await self.accounts.remove(name) else []
        return [*account, *await self.remove_durables(name, topology)]

    async def remove_durables(self, name: str, topology: Topology) -> list[str]:
        """Delete the durables of an identity that no file names any more; says which."""
        names = {f"{name}_{service}" for service in SERVICES}
        found = [each async for each in self.streams.unmanaged_durables(topology) if each.name in names]
        for each in found:
            await self.streams.delete(each)
        return [f"consumer {each.name} of {each.stream}" for each in found]


@asynccontextmanager
async def reached(
    url: str, keys: BusKeys, topology: Topology, *, tls: ssl.SSLContext | None = None, wait_seconds: float = 0
) -> AsyncIterator[Bus]:
    """The bus at one of the addresses in ``url``, waiting for a server that is starting. Raises ``BusAway``."""
    until = time.monotonic() + wait_seconds
    operator = await _connected(url, keys.credentials(OPERATOR, topology), tls, until)
    async with operator, await _connected(url, keys.credentials(SYSTEM, topology), tls, until) as system:
        yield Bus(JetStream(operator, until=until), Accounts(system, keys))


async def _connected(url: str, credentials: Path, tls: ssl.SSLContext | None, until: float) -> Client:
    while True:
        try:
            return await connected(url, credentials, tls)
        except (NatsError, OSError) as away:
            if time.monotonic() > until:
                raise BusAway(f"{url} with {credentials}: {str(away) or type(away).__name__}") from None
            await asyncio.sleep(0.5)
