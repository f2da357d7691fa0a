"""``relevo backup``, ``backup-keys`` and ``check-backup``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cyclopts import Parameter
from nats.errors import Error as NatsError

from relevo_chassis.people.vault import KEYS
from relevo_deploy.backups.copying import Made, Wanted, backed_up
from relevo_deploy.backups.files import other_kind_in, remove_older
from relevo_deploy.backups.manifest import Place, Published, What, backups_in, faults, read_manifest
from relevo_deploy.backups.places import places_of, published_by
from relevo_deploy.backups.snapshot import names_in
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.failed import Failed
from relevo_deploy.operations.reach import EMBEDDED, Reach, Servers, Unreached, reach_of
from relevo_deploy.parameters import Duration, Flag, Folder, Owner
from relevo_deploy.reconcile.scope import AUDITOR
from relevo_deploy.servers.databases import BACKUP, BACKUP_KEYS, default_folder, read_databases
from relevo_deploy.topology.jetstream import JetStreamRefused

LONGEST = timedelta(days=7)
"""How long a copy of keys may lie anywhere (docs/rules.md, erasure)."""
EveryOne = Annotated[Flag, Parameter(name="--all", help="Of every service.")]
Into = Annotated[Folder, Parameter(help="Gets a folder SERVICE/INSTANT for each.")]


async def backup(
    service: Owner | None = None,
    /,
    *,
    every: EveryOne = False,
    into: Into,
    keep: Annotated[Duration | None, Parameter(show_default=False, help="Remove older ones there.")] = None,
    servers: Servers = EMBEDDED,
) -> int:
    """Back up what a service keeps, without the keys of people.

    Reads the database as it stood at one instant, while the service runs, and writes it to SERVICE/INSTANT in the
    folder, with the place of the service in the streams. It is written under a name that ends in .part, and bears its
    own once all of it lies on the disk. It reads as the user backup of MongoDB, who cannot read the keys of people:
    back those up with relevo backup-keys, to another place, after this.

        0 2 * * *  relevo backup --all --into /somewhere/else/data --keep 90d

    Exit codes: 0 done, 1 done, but for a collection that no file names, 2 not done for one service at least.
    """
    reach = reach_of(servers)
    _refuse_other_kind(into, "data")

    async def one(name: str) -> int:
        places, published = await _places(reach, name)
        url, known = reach.mongo_as(BACKUP), read_databases(default_folder())[name].names
        wanted = Wanted("data", name, sorted(known - {KEYS}), url, into, places, published)
        made = await asyncio.to_thread(backed_up, wanted)
        _report(made)
        if keep:
            _older_removed(into, name, "data", keep)
        unknown = await asyncio.to_thread(names_in, url, name) - known
        if unknown:
            print(f"WRONG   {name}: no file of deploy/databases names {', '.join(sorted(unknown))}: not in the backup")
            print("        do: use relevo of the release that runs; an administrator removes what nobody keeps")
        return 1 if unknown else 0

    return await _each(_wanted(reach, service, every), one)


async def backup_keys(
    service: Owner | None = None,
    /,
    *,
    every: EveryOne = False,
    into: Into,
    keep: Annotated[Duration, Parameter(help="Remove older ones there: seven days at most.")] = timedelta(days=6),
    servers: Servers = EMBEDDED,
) -> int:
    """Back up the keys of people, apart from all else.

    Copies vault_keys, as the user backup_keys of MongoDB, who can read nothing else. What is personal in other backups
    is sealed under these keys, so no copy of them may lie anywhere for longer than seven days. Older ones are removed
    from the folder first, also when no new one can be made. The default is six days, so that whatever a run every
    night leaves is gone within seven. Run it after relevo backup, into a folder that no other backup copies.

        30 2 * * *  relevo backup-keys --all --into /another/place/keys

    Exit codes: 0 done, 2 not done for one service at least.
    """
    reach = reach_of(servers)
    if keep > LONGEST:
        raise Failed("--keep: a copy of keys is kept for 7d at most, or who was erased could be read again from it")
    _refuse_other_kind(into, "keys")

    async def one(name: str) -> int:
        _older_removed(into, name, "keys", keep)
        wanted = Wanted("keys", name, [KEYS], reach.mongo_as(BACKUP_KEYS), into)
        _report(await asyncio.to_thread(backed_up, wanted))
        return 0

    return await _each(_wanted(reach, service, every), one)


async def check_backup(folder: Annotated[Folder, Parameter(help="A backup, or where several lie.")], /) -> int:
    """Tell whether backups are whole, without any server.

    Reads every file, and compares it with what the backup says of itself.

    Exit codes: 0 all are whole, 1 one is not, 2 there is none.
    """
    found = backups_in(folder)
    if not found:
        raise Failed(f"there is no backup in {folder}")
    codes = [await asyncio.to_thread(_checked, each) for each in found]
    return max(codes)


def _checked(folder: Folder) -> int:
    try:
        manifest = read_manifest(folder)
        wrong = list(faults(folder, manifest))
    except Failed as no_backup:
        print(f"WRONG   {no_backup}\n        do: remove it; the next backup there does so itself")
        return 1
    if wrong:
        print("\n".join([f"WRONG   {folder}: not whole", *(f"        - {each}" for each in wrong)]))
        print("        do: restore none of it; take another one, and look at that disk")
        return 1
    size = f"{manifest.documents:,} documents, {manifest.events:,} events"
    print(f"{folder}: whole; {manifest.what} of {manifest.service} {manifest.release}, {size}")
    return 0


def _wanted(reach: Reach, service: str | None, every: bool) -> Sequence[str]:
    if (service is None) != every:
        raise Failed("name a service, or all of them with --all")
    if service:
        return [service]
    return tuple(reach.services) if reach.stack or reach.named.services else DEPLOYED


def _refuse_other_kind(into: Folder, what: What) -> None:
    if other := other_kind_in(into, what):
        mine, theirs = ("data", "keys") if what == "data" else ("keys", "data")
        raise Failed(f"{other} holds {theirs}: {mine} go to another folder, so that nobody gets both with one copy")


async def _places(reach: Reach, service: str) -> tuple[tuple[Place, ...] | None, Published | None]:
    try:
        async with reach.nats(AUDITOR) as client:
            return await places_of(client, reach.files, service), await published_by(client, service)
    except (Unreached, NatsError, JetStreamRefused) as away:
        print(f"{service}: its place in the streams is not in the backup ({away})", file=sys.stderr)
        print("a restore of it has its durables replayed from the first message", file=sys.stderr)
        return None, None


async def _each(services: Sequence[str], one: Callable[[str], Awaitable[int]]) -> int:
    """All of them, whatever befalls one; the worst of their codes."""
    worst = 0
    for service in services:
        try:
            worst = max(worst, await one(service))
        except Failed as failed:
            print(f"relevo: {failed}", file=sys.stderr)
            worst = 2
    return worst


def _report(made: Made) -> None:
    manifest = made.manifest
    of = f"{manifest.events:,} events, " if manifest.what == "data" else ""
    size = f"{manifest.bytes / 1e6:,.1f} MB"
    print(f"{manifest.service}: {manifest.documents:,} documents, {of}{size} in {made.folder}")


def _older_removed(into: Folder, service: str, what: What, keep: timedelta) -> None:
    for folder in remove_older(into, service, what, keep, datetime.now(UTC)):
        print(f"{service}: removed {folder}, which was older than {keep.days}d")
