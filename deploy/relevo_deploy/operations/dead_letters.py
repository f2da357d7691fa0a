"""``relevo dead-letters``: what consumers set aside, tried again or given up."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
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
Try = Callable[[Reach, Doors, str, Parked], Awaitable[bool]]
Durable = Annotated[str | None, Parameter(metavar="DURABLE", help="Only what this one set aside.")]
Code = Annotated[str | None, Parameter(metavar="CODE", help="Only what was set aside for this reason.")]


async def listed(
    *, durable: Durable = None, code: Code = None, as_json: AsJson = False, servers: Servers = EMBEDDED
) -> int:
    """List what was set aside, and why.

    The oldest of each service comes first.
    """
    async with Doors(reach_of(servers)) as doors:
        found = [each for service in doors.services for each in await _parked(doors, service, durable, code)]
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
    code: Code = None,
    servers: Servers = EMBEDDED,
) -> int:
    """Try again, with what waits behind.

    Exit codes: 0 all flow again, 1 something fails still, 2 it could not be tried.
    """
    reach = reach_of(servers)
    if bool(id) == every or (id and (durable or code)):
        raise Failed("name one by its id, or --all with what it is to be about")
    async with Doors(reach) as doors:
        if id:
            return 0 if await _retry(reach, doors, *await _found(doors, id)) else 1
        outcomes = await _each(reach, doors, durable, code, _retry)
    print(f"{sum(outcomes)} of {len(outcomes)} flow again" if outcomes else "no dead letters")
    return 0 if all(outcomes) else 1


async def dropped(
    id: Id | None = None,
    /,
    *,
    every: Annotated[Flag, Parameter(name="--all", help="All that were set aside for one reason: see --code.")] = False,
    durable: Durable = None,
    code: Code = None,
    yes: Annotated[Flag, Parameter(help="It is meant.")] = False,
    servers: Servers = EMBEDDED,
) -> int:
    """Give up one, or all of a code: they never take effect there.

    With --all --code CODE those of that code go, each in the order of its aggregate. One that stands behind something
    of another code stays, and is named with what to begin with. What waited behind a dropped one stays set aside, under
    the code behind, until it is retried.

    Exit codes: 0 dropped, 1 something stays, 2 it could not be done.
    """
    reach = reach_of(servers)
    if bool(id) == every or (id and (durable or code)):
        raise Failed("name one by its id, or --all with --code CODE")
    if every and not code:
        raise Failed("say with --code CODE which reason is meant; relevo dead-letters list shows it beside each")
    async with Doors(reach) as doors:
        if not yes:
            raise Failed(f"{await _meant(doors, id, durable, code)}, and no replay brings it back; say --yes to do it")
        if id:
            outcomes = [await _drop(reach, doors, *await _found(doors, id))]
        else:
            outcomes = await _each(reach, doors, durable, code, _drop)
    print(f"{sum(outcomes)} of {len(outcomes)} dropped; what waits behind: relevo dead-letters retry --all")
    return 0 if all(outcomes) else 1


async def _meant(doors: Doors, id: str | None, durable: str | None, code: str | None) -> str:
    if id:
        return "dropped, it never takes effect there"
    counts = [len(await _all_parked(doors, service, durable, code)) for service in doors.services]
    return f"{sum(counts)} of code {code} would be dropped: none of them ever takes effect there"


async def _each(reach: Reach, doors: Doors, durable: str | None, code: str | None, attempt: Try) -> list[bool]:
    """The first of each line, again and again until there is none that was not tried; with which of them it worked."""
    tried: dict[str, bool] = {}
    for service in doors.services:
        while fresh := [
            each for each in _first_of_each(await _all_parked(doors, service, durable, code)) if each["id"] not in tried
        ]:
            for each in fresh:
                tried[each["id"]] = await attempt(reach, doors, service, each)
    return list(tried.values())


async def _retry(reach: Reach, doors: Doors, service: str, parked: Parked) -> bool:
    done = await _asked(doors, service, parked, "retry")
    if done is None:
        return False
    reach.note("retried a dead letter", service=service, id=parked["id"], took_effect=done["took_effect"])
    print(f"{parked['id']}: {done['took_effect']} took effect")
    return True


async def _drop(reach: Reach, doors: Doors, service: str, parked: Parked) -> bool:
    if await _asked(doors, service, parked, "drop") is None:
        return False
    about = {"durable": parked["durable"], "id": parked["id"], "event": _place(parked), "event_id": parked["event_id"]}
    reach.note("dropped a dead letter", service=service, **about)
    print(f"dropped {_place(parked)}")
    return True


async def _asked(doors: Doors, service: str, parked: Parked, what: str) -> Mapping[str, Any] | None:
    """What the service did, or ``None`` when it stays as it is, having said why. Raises ``DoorRefused``."""
    id = parked["id"]
    try:
        done: Mapping[str, Any] = await doors.post(service, f"/parked/{id}/{what}")
    except DoorRefused as refused:
        if refused.status != _CONFLICT:
            raise
        first = refused.problem.get("first")
        print(f"{id}: {refused}" + (f"; begin with: relevo dead-letters {what} {first}" if first else "; it stays"))
        return None
    return done


async def _parked(
    doors: Doors, service: str, durable: str | None, code: str | None, since: str | None = None
) -> list[Parked]:
    """The oldest thousand, of those from an instant on."""
    wanted = {"durable": durable, "code": code, "since": since}
    params = {"limit": MOST, **{name: value for name, value in wanted.items() if value}}
    found: list[Parked] = await doors.get(service, "/parked", **params)
    return found


async def _all_parked(doors: Doors, service: str, durable: str | None, code: str | None) -> list[Parked]:
    """However many there are, the oldest first."""
    found: dict[str, Parked] = {}
    since: str | None = None
    while True:
        page = await _parked(doors, service, durable, code, since)
        known = len(found)
        found |= {each["id"]: each for each in page}
        if len(page) < MOST or len(found) == known:
            return list(found.values())
        since = page[-1]["parked_at"]


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
