"""``relevo restore``: a service as a backup has it, or as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import Parameter
from nats.errors import Error as NatsError

from relevo_chassis.delivery.change import Busy
from relevo_chassis.people.vault import KEYS
from relevo_deploy.backups.copying import release
from relevo_deploy.backups.manifest import Manifest, Place, What, faults, read_manifest
from relevo_deploy.backups.places import published_by
from relevo_deploy.backups.placing import Database, database_of
from relevo_deploy.backups.receipts import Receipt, add
from relevo_deploy.failed import Failed
from relevo_deploy.operations.reach import EMBEDDED, Reach, Servers, Unreached, reach_of
from relevo_deploy.parameters import Flag, Folder, Owner
from relevo_deploy.reconcile.scope import AUDITOR
from relevo_deploy.servers.administration import MongoRefused, set_rights
from relevo_deploy.servers.databases import (
    Collections,
    DatabasesBroken,
    default_folder,
    make_for_service,
    read_databases,
)
from relevo_deploy.topology.jetstream import JetStream, JetStreamRefused

ADMIN = "admin"


class Source(NamedTuple):
    """A backup that was found whole."""

    folder: Path
    manifest: Manifest


async def restore(
    service: Owner,
    folder: Annotated[Folder, Parameter(help="A backup: SERVICE/INSTANT.")],
    /,
    *,
    keys: Annotated[Folder | None, Parameter(help="A backup of its keys, where they were lost too.")] = None,
    replace: Annotated[Flag, Parameter(help="In place of what the store holds.")] = False,
    servers: Servers = EMBEDDED,
) -> int:
    """Put a service's database back from a backup.

    As an administrator of MongoDB, with the service stopped. Nothing is changed when the service still runs, when the
    backup is not whole, is another service's or of a newer release, or when the store holds something and --replace is
    not given. What is in the backup is loaded beside what is there, compared, and then put in its place; that needs
    room for both. Broken off, it is repeated, and until then the service does not start on half a store. The keys of
    people stay as they are, unless --keys names a backup of them. At the end it says what is to be done next.

    Exit codes: 0 done, 2 not done.
    """
    reach = reach_of(servers)
    data = await asyncio.to_thread(_whole, folder, service, "data")
    of_keys = await asyncio.to_thread(_whole, keys, service, "keys") if keys else None
    sources = [data, of_keys] if of_keys else [data]
    kept = read_databases(default_folder())[service]
    url = reach.mongo_as(ADMIN)
    try:
        warned = await asyncio.to_thread(_loaded, url, kept, sources, replace)
        had_user = await asyncio.to_thread(_in_place, url, kept, sources)
        await make_for_service(url, service, kept)
        await asyncio.to_thread(_opened, url, service, kept)
    except (MongoRefused, Busy, DatabasesBroken) as refused:
        raise Failed(f"{service}: {refused}; repeat it") from None
    manifest = data.manifest
    await _write_receipt(reach, data)
    reach.note("restored", service=service, backup=str(folder), made_at=manifest.made_at.isoformat(), keys=_name(keys))
    print(f"{service} is as it was at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: {manifest.documents:,} documents, "
          f"{manifest.events:,} events")  # fmt: skip
    if warned:
        print(warned)
    print("\n".join(["next:", *(f"  {each}" for each in _next(reach, service, had_user, await _replays(reach, data)))]))
    return 0


def _whole(folder: Path, service: str, what: What) -> Source:
    """Raises ``Failed`` for what is not whole, or not what it has to be."""
    manifest = read_manifest(folder)
    if (manifest.service, manifest.what) != (service, what):
        raise Failed(
            f"{folder} is a backup of the {manifest.what} of {manifest.service}, not of the {what} of {service}"
        )
    if _numbers(manifest.release) > _numbers(release()):
        raise Failed(f"{folder} was made by release {manifest.release}; use relevo of that one, this is {release()}")
    if wrong := list(faults(folder, manifest)):
        raise Failed(f"{folder} is not whole: {'; '.join(wrong)}; nothing was changed")
    return Source(folder, manifest)


def _loaded(url: str, kept: Collections, sources: Sequence[Source], replace: bool) -> str:
    """Everything beside what is there; what is to be minded. Raises ``Failed``, having changed nothing that is used."""
    service = sources[0].manifest.service
    with_keys = len(sources) > 1
    with database_of(url, service) as database:
        if not database.is_unfinished:  # then it has no rights, and does nothing
            _require_stopped(database, service)
        filled = database.filled(kept.names)
        in_the_way = [each for each in filled if with_keys or each != KEYS]
        if in_the_way and not replace and not database.is_unfinished:
            raise Failed(
                f"the store of {service} is not empty ({', '.join(in_the_way[:3])}, …): with --replace the backup "
                "comes in its place, and what it holds now is gone"
            )
        database.clear()
        for each in sources:
            database.load(each.folder, each.manifest)
    if with_keys:
        data, keys = (each.manifest.made_at for each in sources)
        return "" if keys >= data else "the keys are older than the data: nobody who came between can be read"
    return "" if KEYS in filled else "no key of anybody is there: nothing personal can be read (--keys FOLDER)"


def _in_place(url: str, kept: Collections, sources: Sequence[Source]) -> bool:
    """What was loaded in the place of what was there; returns whether the service's user exists."""
    service = sources[0].manifest.service
    names = {name for each in sources for name in each.manifest.collections}
    with database_of(url, service) as database:
        was_unfinished = database.is_unfinished
        database.mark(str(sources[0].folder))
        had_user = set_rights(url, service, ())
        if database.connected() and not was_unfinished:  # it came back meanwhile, and all is as it was still
            database.unmark()
            set_rights(url, service, kept.rights(service))
            _require_stopped(database, service)
        database.put_in_place(names)
        database.drop(kept.names - names - {KEYS})
    return had_user


def _opened(url: str, service: str, kept: Collections) -> None:
    with database_of(url, service) as database:
        database.unmark()
    set_rights(url, service, kept.rights(service))


def _require_stopped(database: Database, service: str) -> None:
    if connected := database.connected():
        raise Failed(
            f"{service} runs: somebody is connected to MongoDB as its user, from {', '.join(connected)}; stop it"
        )


async def _write_receipt(reach: Reach, data: Source) -> None:
    """So that relevo verify and readings know what is missing since."""
    if reach.restores is None:
        print("no receipt was written: without --restores FILE relevo verify and readings take what is missing since "
              "for somebody's deed")  # fmt: skip
        return
    published, until = data.manifest.published, None
    if published:
        try:
            async with reach.nats(AUDITOR) as client:
                now = await published_by(client, data.manifest.service)
        except (Unreached, NatsError, JetStreamRefused) as away:
            now = None
            print(
                f"the stream {published.stream} could not be asked ({away}): relevo verify cannot name what is missing"
            )
        until = now.last if now and now.made_at == published.made_at else None
    manifest = data.manifest
    receipt = Receipt(
        service=manifest.service,
        backup=str(data.folder),
        made_at=manifest.made_at,
        restored_at=datetime.now(UTC),
        published=published,
        until=until,
        record_ends=manifest.record_ends,
    )
    add(reach.restores, receipt)


async def _replays(reach: Reach, data: Source) -> Sequence[str]:
    """From where each durable is to be replayed: its place in the backup, where that still means the same message."""
    manifest, service = data.manifest, data.manifest.service
    if manifest.places is None:
        return [each.name for each in reach.files.consumers if each.name.startswith(f"{service}_")]
    made_at = await _made_at(reach, manifest.places)
    return [
        f"{each.durable} --from-message {each.acknowledged + 1}"
        if made_at.get(each.stream) == each.made_at
        else each.durable
        for each in manifest.places
    ]


async def _made_at(reach: Reach, places: Sequence[Place]) -> Mapping[str, str]:
    try:
        async with reach.nats(AUDITOR) as client:
            found = {each.stream: await JetStream(client).stream(each.stream) for each in places}
    except (Unreached, NatsError, JetStreamRefused):
        return {}
    return {name: each["created"] for name, each in found.items() if each}


def _next(reach: Reach, service: str, had_user: bool, replays: Sequence[str]) -> Sequence[str]:
    start = f"relevo start {service}" if reach.stack else f"start {service}, and wait for /readyz"
    users = [] if had_user else ["relevo mongo-init --secrets FOLDER"]
    return [*users, start, *(f"relevo replay {each}" for each in replays), "relevo verify"]


def _name(folder: Path | None) -> str | None:
    return str(folder) if folder else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split(".") if each.isdigit())
