"""``relevo topology``."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from relevo_deploy.embedded.place import read_word
from relevo_deploy.failed import Failed
from relevo_deploy.operations.journal import write
from relevo_deploy.parameters import STACK_FOLDER, File, Folder, StackFolder, environment
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.accounts import AccountRefused
from relevo_deploy.topology.bus import Bus, BusAway, reached
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStreamRefused
from relevo_deploy.topology.server_config import authorization


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Files:
    """Which files say what is on the bus."""

    folder: Annotated[Folder | None, environment("RELEVO_TOPOLOGY", "FOLDER")] = None
    """Where the files are (default: this release's)."""
    overlay: Annotated[str | None, Parameter(metavar="NAME")] = None
    """E.g. production: three copies of every stream."""

    def read(self) -> Topology:
        """What they say. Raises ``Failed``."""
        try:
            return read_topology(self.folder or default_folder(), self.overlay)
        except TopologyBroken as broken:
            raise Failed(str(broken)) from None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Where:
    """Which servers are compared with the files, and whose keys administer them."""

    url: Annotated[str | None, Parameter(metavar="URL")] = None
    """Default: the embedded stack's NATS."""
    secrets: Folder | None = None
    """Holds bus/ and operator/ (default: the stack's)."""
    ca_file: File | None = None
    """Whom to trust for tls:// (default: the system's authorities)."""
    wait: Annotated[int, Parameter(metavar="SECONDS")] = 0
    """For a server that is starting."""
    stack: StackFolder = STACK_FOLDER


EMBEDDED, RELEASED = Where(), Files()


async def diff(*, where: Where = EMBEDDED, files: Files = RELEASED) -> int:
    """Tell what on any server is not as the files say.

    It prints + for what is missing, ~ for what differs, ? for what is on the server and in no file.

    Exit codes: 0 nothing, 1 something, 2 it could not look.
    """
    topology = files.read()
    async with _bus(where, topology) as bus:
        differences = await bus.differences(topology)
    print(*differences, sep="\n") if differences else print("no differences")
    return 1 if differences else 0


async def apply(*, where: Where = EMBEDDED, files: Files = RELEASED) -> int:
    """Make the servers agree with the files; safe to repeat."""
    topology = files.read()
    async with _bus(where, topology) as bus:
        done = await bus.apply(topology)
    print(*done, sep="\n") if done else print("nothing to do")
    changed = [each for each in done if each.action != "unmanaged"]
    if changed:
        _note(where.stack, "applied the topology", changes=len(changed), first=str(changed[0]))
    return 0


async def remove(
    identity: Annotated[str, Parameter(help="Its name on the bus.")],
    /,
    *,
    where: Where = EMBEDDED,
    files: Files = RELEASED,
) -> int:
    """Take an identity that no file names any more off the bus.

    Its durables go with it.
    """
    topology = files.read()
    if any(each.name == identity for each in topology.identities):
        raise Failed(f"{identity} is in a file; remove the file first")
    async with _bus(where, topology) as bus:
        removed = await bus.accounts.remove(identity)
        durables = [each async for each in bus.streams.unmanaged_durables(topology, f"{identity}_")]
        for each in durables:
            await bus.streams.delete(each)
    if not removed and not durables:
        raise Failed(f"there is no {identity} on the bus")
    print(f"- identity {identity}", *(f"- consumer {each.name} of {each.stream}" for each in durables), sep="\n")
    _note(where.stack, "removed an identity", identity=identity, durables=len(durables))
    return 0


async def render(
    *,
    secrets: Annotated[Folder, Parameter(help="Where keys are, or go; those that are missing are made.")],
    accounts_folder: Annotated[Folder, Parameter(help="Where the server keeps accounts.")],
    files: Files = RELEASED,
) -> int:
    """Print the part of nats-server's configuration on whom it believes."""
    print(authorization(SecretFiles(secrets).bus, files.read(), accounts_folder), end="")
    return 0


def _note(stack: Path, what: str, **facts: str | int | None) -> None:
    running = read_word(stack)
    write(running.place.logs / "operations.log" if running else None, what, **facts)


@asynccontextmanager
async def _bus(where: Where, topology: Topology) -> AsyncIterator[Bus]:
    url, secrets = _server_of(where)
    tls = ssl.create_default_context(cafile=where.ca_file) if url.startswith("tls:") else None
    try:
        async with reached(url, secrets.bus, topology, tls=tls, wait_seconds=where.wait) as bus:
            yield bus
    except (BusAway, JetStreamRefused, AccountRefused) as refused:
        raise Failed(str(refused)) from None


def _server_of(where: Where) -> tuple[str, SecretFiles]:
    running = read_word(where.stack)
    if not where.url and not running:
        raise Failed(f"no stack in {where.stack}; name the server with --url and --secrets")
    url = where.url or (running.place.nats_url if running else "")
    if where.secrets:
        return url, SecretFiles(where.secrets)
    if running:
        return url, running.place.secrets
    raise Failed("whose keys? name the folder that holds bus/ and operator/ with --secrets")
