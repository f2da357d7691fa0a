"""``relevo topology``."""

from __future__ import annotations

import argparse
import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from relevo_deploy.embedded.place import read_word
from relevo_deploy.operations.journal import write
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.told import Failed
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStream, JetStreamRefused


async def diff(given: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any."""
    topology = _topology(given)
    async with _connection(given) as client:
        differences = await JetStream(client).differences(topology)
    print(*differences, sep="\n") if differences else print("no differences")
    return 1 if differences else 0


async def apply(given: argparse.Namespace) -> int:
    """Make the server agree and print what was done."""
    topology = _topology(given)
    async with _connection(given) as client:
        done = await JetStream(client).apply(topology)
    print(*done, sep="\n") if done else print("nothing to do")
    changed = [each for each in done if each.action != "unmanaged"]
    if changed:
        running = read_word(given.stack)
        journal = running.place.logs / "operations.log" if running else None
        write(journal, "applied the topology", changes=len(changed), first=str(changed[0]))
    return 0


async def render(given: argparse.Namespace) -> int:
    """Print the users and what they may do, making passwords that are missing."""
    print(SecretFiles(given.secrets).nats_authorization(_topology(given)), end="")
    return 0


def _topology(given: argparse.Namespace) -> Topology:
    try:
        return read_topology(given.folder or default_folder(), given.overlay)
    except TopologyBroken as broken:
        raise Failed(str(broken)) from None


@asynccontextmanager
async def _connection(given: argparse.Namespace) -> AsyncIterator[Client]:
    url, password = _where(given)
    try:
        client = await _connected(url, given, password)
    except (NatsError, OSError) as refused:
        raise Failed(f"{url} as {given.user}: {str(refused) or type(refused).__name__}") from None
    try:
        async with client:
            yield client
    except JetStreamRefused as refused:
        raise Failed(str(refused)) from None


async def _connected(url: str, given: argparse.Namespace, password: str) -> Client:
    until = time.monotonic() + given.wait
    tls = ssl.create_default_context(cafile=given.ca_file) if url.startswith("tls:") else None
    while True:
        try:
            return await nats.connect(
                url, user=given.user, password=password, tls=tls, allow_reconnect=False, error_cb=_quietly
            )
        except (NatsError, OSError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.5)


def _where(given: argparse.Namespace) -> tuple[str, str]:
    running = read_word(given.stack)
    if not given.url and not running:
        raise Failed(f"no stack in {given.stack}; name the server with --url and --password-file")
    url = given.url or (running.place.nats_url if running else "")
    if given.password_file:
        return url, given.password_file.read_text(encoding="utf-8").strip()
    if running:
        return url, running.place.secrets.nats_password(given.user)
    raise Failed(f"whose password? name the file that holds {given.user}'s with --password-file")


async def _quietly(_: Exception) -> None:
    """What goes wrong while connecting is raised; there is nothing more to tell."""
