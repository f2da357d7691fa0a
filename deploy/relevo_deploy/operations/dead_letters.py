"""``relevo dead-letters``: what consumers set aside, tried again or given up."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from relevo_deploy.operations.columns import columns
from relevo_deploy.operations.doors import DoorRefused, Doors
from relevo_deploy.operations.journal import note
from relevo_deploy.operations.reach import Reach, reach_of
from relevo_deploy.told import Failed

MOST = 1_000
_NOT_FOUND = 404
_CONFLICT = 409

Parked = Mapping[str, Any]


async def listed(given: argparse.Namespace) -> int:
    """All of them, the oldest of each service first."""
    async with Doors(reach_of(given)) as doors:
        found = [each for service in doors.services for each in await _parked(doors, service, given.durable)]
    if given.json:
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


async def shown(given: argparse.Namespace) -> int:
    """One of them, as it was set aside."""
    async with Doors(reach_of(given)) as doors:
        _, found = await _found(doors, given.id)
    print(json.dumps(found, indent=2))
    return 0


async def retried(given: argparse.Namespace) -> int:
    """Try again; 1 when something fails still."""
    reach = reach_of(given)
    if bool(given.id) == given.all:
        raise Failed("name one by its id, or --all")
    async with Doors(reach) as doors:
        if given.id:
            service, _ = await _found(doors, given.id)
            return 0 if await _retry(reach, doors, service, given.id) else 1
        outcomes = [
            each for service in doors.services for each in await _retry_all(reach, doors, service, given.durable)
        ]
    print(f"{sum(outcomes)} of {len(outcomes)} flow again" if outcomes else "no dead letters")
    return 0 if all(outcomes) else 1


async def dropped(given: argparse.Namespace) -> int:
    """Give one up for good."""
    reach = reach_of(given)
    if not given.yes:
        raise Failed("dropped, it never takes effect there, and no replay brings it back; say --yes to do it")
    async with Doors(reach) as doors:
        service, found = await _found(doors, given.id)
        await doors.post(service, f"/parked/{given.id}/drop")
    note(reach, "dropped a dead letter", service=service, durable=found["durable"], id=given.id, event=_place(found))
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
        first = refused.told.get("first")
        print(f"{id}: {refused}" + (f"; begin with: relevo dead-letters retry {first}" if first else "; it stays"))
        return False
    note(reach, "retried a dead letter", service=service, id=id, took_effect=done["took_effect"])
    print(f"{id}: {done['took_effect']} took effect")
    return True


async def _parked(doors: Doors, service: str, durable: str | None) -> list[Parked]:
    asked = {"limit": MOST, **({"durable": durable} if durable else {})}
    found: list[Parked] = await doors.get(service, "/parked", **asked)
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
