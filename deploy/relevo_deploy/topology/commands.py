"""``relevo topology``."""

from __future__ import annotations

import argparse
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from relevo_deploy.embedded.place import read_word
from relevo_deploy.operations.journal import write
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.told import Failed
from relevo_deploy.topology.accounts import AccountRefused
from relevo_deploy.topology.bus import Bus, BusAway, reached
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStreamRefused
from relevo_deploy.topology.server_config import authorization


async def diff(given: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any."""
    topology = _topology(given)
    async with _bus(given, topology) as bus:
        differences = await bus.differences(topology)
    print(*differences, sep="\n") if differences else print("no differences")
    return 1 if differences else 0


async def apply(given: argparse.Namespace) -> int:
    """Make the servers agree and print what was done."""
    topology = _topology(given)
    async with _bus(given, topology) as bus:
        done = await bus.apply(topology)
    print(*done, sep="\n") if done else print("nothing to do")
    changed = [each for each in done if each.action != "unmanaged"]
    if changed:
        _note(given, "applied the topology", changes=len(changed), first=str(changed[0]))
    return 0


async def remove(given: argparse.Namespace) -> int:
    """Take an identity that no file names off the bus: its account, then the durables that it took from."""
    topology = _topology(given)
    if any(each.name == given.identity for each in topology.identities):
        raise Failed(f"{given.identity} is in a file; remove the file first")
    async with _bus(given, topology) as bus:
        removed = await bus.accounts.remove(given.identity)
        durables = [each async for each in bus.streams.unmanaged_durables(topology, f"{given.identity}_")]
        for each in durables:
            await bus.streams.delete(each)
    if not removed and not durables:
        raise Failed(f"there is no {given.identity} on the bus")
    print(f"- identity {given.identity}", *(f"- consumer {each.name} of {each.stream}" for each in durables), sep="\n")
    _note(given, "removed an identity", identity=given.identity, durables=len(durables))
    return 0


async def render(given: argparse.Namespace) -> int:
    """Print whom a server is to believe, making keys that are missing."""
    print(authorization(SecretFiles(given.secrets).bus, _topology(given), given.accounts_folder), end="")
    return 0


def _topology(given: argparse.Namespace) -> Topology:
    try:
        return read_topology(given.folder or default_folder(), given.overlay)
    except TopologyBroken as broken:
        raise Failed(str(broken)) from None


def _note(given: argparse.Namespace, what: str, **facts: str | int | None) -> None:
    running = read_word(given.stack)
    write(running.place.logs / "operations.log" if running else None, what, **facts)


@asynccontextmanager
async def _bus(given: argparse.Namespace, topology: Topology) -> AsyncIterator[Bus]:
    url, secrets = _where(given)
    tls = ssl.create_default_context(cafile=given.ca_file) if url.startswith("tls:") else None
    try:
        async with reached(url, secrets.bus, topology, tls=tls, wait_seconds=given.wait) as bus:
            yield bus
    except (BusAway, JetStreamRefused, AccountRefused) as refused:
        raise Failed(str(refused)) from None


def _where(given: argparse.Namespace) -> tuple[str, SecretFiles]:
    running = read_word(given.stack)
    if not given.url and not running:
        raise Failed(f"no stack in {given.stack}; name the server with --url and --secrets")
    url = given.url or (running.place.nats_url if running else "")
    if given.secrets:
        return url, SecretFiles(given.secrets)
    if running:
        return url, running.place.secrets
    raise Failed("whose keys? name the folder that holds bus/ and operator/ with --secrets")
