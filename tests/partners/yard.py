"""A nats-server with the topology of this release, and a folder of partners beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from relevo_contracts import BY_MODEL
from relevo_contracts.intake import CallClosed, CallOpened
from relevo_deploy.partners import commands
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology import commands as topology_commands
from relevo_deploy.topology.bus import reached
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.reach import Where
from relevo_deploy.topology.server_config import authorization
from relevo_servers import NatsServer

RELEASE = read_topology(default_folder())
OPENED, CLOSED = BY_MODEL[CallOpened].subject, BY_MODEL[CallClosed].subject
NAME = "observatory"


class Yard(NamedTuple):
    """A server with the topology of this release, and how the command reaches it."""

    server: NatsServer
    where: Where
    secrets: SecretFiles

    @property
    def partners(self) -> Path:
        assert self.where.partners is not None
        return self.where.partners

    @property
    def credentials(self) -> Path:
        return self.secrets.path(NAME, "nats.creds")

    async def connected(self, name: str = NAME, credentials: Path | None = None) -> Client:
        return await nats.connect(
            self.server.url,
            user_credentials=str(credentials or self.secrets.path(name, "nats.creds")),
            inbox_prefix=f"_INBOX_{name}".encode(),
            error_cb=_ignored,
            allow_reconnect=False,
        )

    async def publish(self, *subjects: str) -> None:
        async with await self.connected("intake", self.secrets.bus.credentials("intake", RELEASE)) as client:
            for each in subjects:
                await client.jetstream().publish(each, b"{}")

    async def brought(self, service: str = "intake") -> list[str]:
        """What the partner's durable brings, acknowledged."""
        found: list[str] = []
        async with await self.connected() as client:
            pull = await client.jetstream().pull_subscribe_bind(f"{NAME}_{service}", f"EVENTS_{service.upper()}")
            while True:
                try:
                    [message] = await pull.fetch(timeout=0.5)
                except (TimeoutError, nats.errors.TimeoutError):
                    return found
                found.append(message.subject)
                await message.ack_sync()


async def _ignored(_: Exception) -> None:
    return None


@asynccontextmanager
async def a_yard(tmp_path: Path) -> AsyncIterator[Yard]:
    secrets = SecretFiles(tmp_path / "secrets")
    config = authorization(secrets.bus, RELEASE, tmp_path / "accounts")
    async with NatsServer(tmp_path, config=config) as server:
        async with reached(server.url, secrets.bus, RELEASE) as bus:
            await bus.apply(RELEASE)
        where = Where(
            url=server.url, secrets=tmp_path / "secrets", partners=tmp_path / "partners", stack=tmp_path / "no_stack"
        )
        yield Yard(server, where, secrets)


async def add(yard: Yard, *types: str, name: str = NAME, **more: Any) -> int:
    return await commands.add(name, types=types, where=yard.where, **more)


async def listed(yard: Yard, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    await commands.listed(as_json=True, where=yard.where)
    return json.loads(capsys.readouterr().out)


async def agree(yard: Yard) -> bool:
    return await topology_commands.diff(where=yard.where) == 0


async def is_refused(yard: Yard, credentials: Path) -> bool:
    client = Client()
    try:
        await client.connect(
            yard.server.url, user_credentials=str(credentials), allow_reconnect=False, error_cb=_ignored
        )
    except NatsError:
        return True
    finally:
        await client.close()
    return False
