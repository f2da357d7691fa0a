"""``relevo dead-letters``: what consumers set aside, tried again or given up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from relevo_deploy.failed import Failed
from relevo_deploy.operations.columns import columns
from relevo_deploy.operations.doors import DoorRefused, Doors
from relevo_deploy.operations.reach import EMBEDDED, Reach, Servers, reach_of
from relevo_deploy.parameters import AsJson, Flag

MOST = 1_000
_NOT_FOUND = 404
_CONFLICT = 409

Parked = Mapping[str, Any]
Id = Annotated[str, Parameter(help="As relevo dead-letters list shows it.")]
Durable = Annotated[str | None, Parameter(metavar="DURABLE", help="Only what this one set aside.")]


async def listed(*, durable: Durable = None, as_json: AsJson = False, servers: Servers = EMBEDDED) -> int:
    """List what was set aside, and why.

    The oldest of each service comes first.
    """
    async with Doors(reach_of(servers)) as doors:
        found = [each for service in doors.services for each in await _parked(doors, service, durable)]
    if as_json:
        print(json.dumps(found, indent=2))
    elif found:
        rows = [
            (each["id"], each["durable"], _place(each), each["code"], each["reason"], each["parked_at"][:19])
            for each in found
        ]
        print(columns(("id", "set aside by", "event", "code", "reason", "at"), rows))
        print("mend the cause, then: relevo dead-letters retry --all, or retry ID; what waits behind one follows it")
    else:
        print("no dead letters")
    return 0


async def show(id: Id, /, *, servers: Servers = EMBEDDED) -> int:
    """Show one of them, as it was set aside."""
    async with Doors(reach_of(servers)) as doors:
        _, found = await _found(doors, id)
    print(json.dumps(found, indent=2))
    return 0


async def retried(
    id: Id | None = None,
    /,
    *,
    every: Annotated[
        Flag, Parameter(name="--all", help="The first of each aggregate, and what waits behind it.")
    ] = False,
    durable: Durable = None,
    servers: Servers = EMBEDDED,
) -> int:
    """Try again, with what waits behind.

    Exit codes: 0 all flow again, 1 something fails still, 2 it could not be tried.
    """
    reach = reach_of(servers)
    if bool(id) == every:
        raise Failed("name one by its id, or --all")
    async with Doors(reach) as doors:
        if id:
            service, _ = await _found(doors, id)
            return 0 if await _retry(reach, doors, service, id) else 1
        outcomes = [each for service in doors.services for each in await _retry_all(reach, doors, service, durable)]
    print(f"{sum(outcomes)} of {len(outcomes)} flow again" if outcomes else "no dead letters")
    return 0 if all(outcomes) else 1


async def dropped(
    id: Id, /, *, yes: Annotated[Flag, Parameter(help="It is meant.")] = False, servers: Servers = EMBEDDED
) -> int:
    """Give one up: it never takes effect there."""
    reach = reach_of(servers)
    if not yes:
        raise Failed("dropped, it never takes effect there, and no replay brings it back; say --yes to do it")
    async with Doors(reach) as doors:
        service, found = await _found(doors, id)
        await doors.post(service, f"/parked/{id}/drop")
    reach.note("dropped a dead letter", service=service, durable=found["durable"], id=id, event=_place(found))
    print(f"dropped {_place(found)}; what waits behind it can be retried now")
    return 0


async def _retry_all(reach: Reach, doors: Doors, service: str, durable: str | None) -> list[bool]:
    """The first of each line, page after page until there is none that was not tried; which of them flow again."""
    tried: dict[str, bool] = {}
    while True:
        parked = await _parked(doors, service, durable)
        fresh = [each["id"] for each in _first_of_each(parked) if each["id"] not in tried]
        if not fresh:
            return list(tried.values())
        for id in fresh:
            tried[id] = await _retry(reach, doors, service, id)


async def _retry(reach: Reach, doors: Doors, service: str, id: str) -> bool:
    try:
        done = await doors.post(service, f"/parked/{id}/retry")
    except DoorRefused as refused:
        if refused.status != _CONFLICT:
            raise
        first = refused.problem.get("first")
        print(f"{id}: {refused}" + (f"; begin with: relevo dead-letters retry {first}" if first else "; it stays"))
        return False
    reach.note("retried a dead letter", service=service, id=id, took_effect=done["took_effect"])
    print(f"{id}: {done['took_effect']} took effect")
    return True


async def _parked(doors: Doors, service: str, durable: str | None) -> list[Parked]:
    params = {"limit": MOST, **({"durable": durable} if durable else {})}
    found: list[Parked] = await doors.get(service, "/parked", **params)
    return found


def _first_of_each(parked: list[Parked]) -> list[Parked]:
    """The first of each line: what was set aside of one aggregate by one durable goes in its order."""
    first: dict[tuple[str, str], Parked] = {}
    for each in parked:
        line = (each["durable"], each["aggregate"] or each["id"])
        if line not in first or (each["sequence"] or 0) < (first[line]["sequence"] or 0):
            first[line] = each
    return list(first.values())


async def _found(doors: Doors, id: str) -> tuple[str, Parked]:
    for service in doors.services:
        try:
            return service, await doors.get(service, f"/parked/{id}")
        except DoorRefused as refused:
            if refused.status not in (_NOT_FOUND, 422):
                raise
    raise Failed(f"nothing is set aside under {id}; see: relevo dead-letters list")


def _place(each: Parked) -> str:
    return f"{each['aggregate']} {each['sequence']}" if each["aggregate"] else f"message {each['stream_sequence']}"
