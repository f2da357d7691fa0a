"""``relevo retention``: removes what services let go of their records, as a user who can do that and nothing else.

A service says under its signature from where a record goes on (``people/records/sealing.py``), and may itself remove
nothing. Nothing is removed here of a record that is not whole, nor anything younger than the days that are kept,
whatever a service says. So whoever has a service's own rights, or all of the service, shortens no record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter

from relevo_chassis.given.settings import RECORD_DAYS
from relevo_chassis.people.records.chain import CHECKPOINTS, RECORDS, anchor_id, checkpoint_id, entry_place
from relevo_deploy.failed import Failed
from relevo_deploy.operations.doors import DoorRefused, Doors, DoorShut
from relevo_deploy.operations.reach import EMBEDDED, Reach, Servers, reach_of
from relevo_deploy.parameters import Count
from relevo_deploy.servers.administration import MongoRefused, remove
from relevo_deploy.servers.databases import RETENTION

AT_ONCE = 10_000


class Let(NamedTuple):
    """Up to where a service let a record go: a segment, and its last entry."""

    service: str
    record: str
    segment: int
    last: int


async def retention(
    *, days: Annotated[Count, Parameter(help="At least so many are kept.")] = RECORD_DAYS, servers: Servers = EMBEDDED
) -> int:
    """Remove what is past its days on the records.

    After RELEVO_RECORD_DAYS a service lets entries of its records go, segment by segment, under its signature. They are
    shown no more. It may itself remove nothing from a record: this removes them where they lie, as the user retention
    of MongoDB, who can do that and nothing else. Nothing goes from a record that is not whole, and nothing that is
    younger than --days, whatever a service says.

        40 3 * * *  relevo retention

    Exit codes: 0 done, 1 a record is not whole and stays as it is, 2 a service could not be asked, or MongoDB refuses.
    """
    reach = reach_of(servers)
    before = reach.now() - timedelta(days=days)
    codes = [0]
    async with Doors(reach) as doors:
        for service in doors.services:
            for record in RECORDS:
                codes.append(await _one(reach, doors, service, record, before))
    return 1 if 1 in codes else max(codes)


async def _one(reach: Reach, doors: Doors, service: str, record: str, before: datetime) -> int:
    try:
        found: Mapping[str, Any] = await doors.get(service, f"/records/{record}")
    except (DoorRefused, DoorShut) as refused:
        print(f"UNKNOWN {refused}\n        do: see relevo status, then ask again")
        return 2
    if found["broken_at"] is not None:
        print(f"WRONG   {service}, {record}: is not whole, and stays as it is\n        do: see relevo readings")
        return 1
    let = Let(service, record, found["gone_segments"], found["gone"])
    count = await asyncio.to_thread(_removed, reach.mongo_as(RETENTION), let, before) if let.last else 0
    if count:
        reach.note("removed what is past its days", service=service, record=record, count=count)
    print(f"{service}, {record}: {count:,} entries removed, goes on with entry {let.last + 1:,}")
    return 0


def _removed(url: str, let: Let, before: datetime) -> int:
    """Remove a record's entries up to the last that was let go, then the checkpoints before its own."""
    checkpoints = {"$gte": checkpoint_id(let.record, 0), "$lt": checkpoint_id(let.record, let.segment)}
    anchors = {"$gte": anchor_id(let.record, 0), "$lt": anchor_id(let.record, let.segment)}
    count = 0
    try:
        for last in (*range(AT_ONCE, let.last, AT_ONCE), let.last):
            old = {"_id": {"$lte": entry_place(last)}, "at": {"$lt": before}}
            count += remove(url, let.service, let.record, old)
        remove(url, let.service, CHECKPOINTS, {"_id": checkpoints, "until": {"$lt": before}})
        remove(url, let.service, CHECKPOINTS, {"_id": anchors})
    except MongoRefused as refused:
        raise Failed(f"{let.service}, {let.record}: {refused}") from None
    return count
