"""``relevo topology``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from relevo_deploy.failed import Failed
from relevo_deploy.parameters import Folder
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.reach import EMBEDDED, RELEASED, Files, Where
from relevo_deploy.topology.server_config import authorization


async def diff(*, where: Where = EMBEDDED, files: Files = RELEASED) -> int:
    """Tell what on any server is not as the files say.

    It prints + for what is missing, ~ for what differs, ? for what is on the server and in no file.

    Exit codes: 0 nothing, 1 something, 2 it could not look.
    """
    topology = files.read(where.partners_folder)
    async with where.bus(topology) as bus:
        differences = await bus.differences(topology)
    print(*differences, sep="\n") if differences else print("no differences")
    return 1 if differences else 0


async def apply(*, where: Where = EMBEDDED, files: Files = RELEASED) -> int:
    """Make the servers agree with the files; safe to repeat."""
    topology = files.read(where.partners_folder)
    async with where.bus(topology) as bus:
        done = await bus.apply(topology)
    print(*done, sep="\n") if done else print("nothing to do")
    changed = [each for each in done if each.action != "unmanaged"]
    if changed:
        where.note("applied the topology", changes=len(changed), first=str(changed[0]))
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
    topology = files.read(where.partners_folder)
    if any(each.name == identity for each in topology.identities):
        raise Failed(f"{identity} is in a file; remove the file first (a partner's: relevo partner remove {identity})")
    async with where.bus(topology) as bus:
        removed = await bus.remove(identity, topology)
    if not removed:
        raise Failed(f"there is no {identity} on the bus")
    print(*(f"- {each}" for each in removed), sep="\n")
    where.note("removed an identity", identity=identity, durables=sum(each.startswith("consumer") for each in removed))
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
