"""What operators ask of a service, and have it repair: a service owns its database, so nobody repairs it from outside.

For the role ``operator`` alone. Nothing here breaks a guarantee: what is tried or told again has the place in its
sequence that it had. Every change is logged with who asked for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from relevo_chassis.delivery.change import Change, Decided, Decision, Kind, OnceKeyReused, Repeat
from relevo_chassis.delivery.group import ONCE
from relevo_chassis.delivery.rebuild import NoSuchReadModel, StillConsuming
from relevo_chassis.delivery.repair import NoSuchParkedEvent, NotNextInLine, ParkedEvent, StillFailing
from relevo_chassis.delivery.republish import SLICE_MAX, Range, republish
from relevo_chassis.http.once import answered, once_of
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.rights import HOUSE, HouseTask
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.strict import Strict, example
from relevo_chassis.http.tokens import Caller
from relevo_chassis.ids import new_id
from relevo_chassis.operations.parts import Operations, Parts
from relevo_chassis.operations.status import Places, Status, places_of, status_of
from relevo_chassis.people.records.status import RecordStanding

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="as listed under /operations/parked")]
Name = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$")]
Durable = Annotated[str | None, Query(pattern="^[a-z][a-z0-9_]{0,99}$", description="only what this durable parked")]
Code = Annotated[
    str | None, Query(pattern="^[a-z][a-z0-9_]{0,63}$", description="only what was parked for this reason")
]
Operator = Annotated[Caller, Depends(HOUSE.who_may(HouseTask.OPERATE))]


PARKED_EVENT, OUTBOX, READ_MODEL = (Kind(name, Strict) for name in ("parked_event", "outbox", "read_model"))
"""What orders of operators are about, on record."""
ROUTER = Routes(prefix="/operations", tags=["operations"])


class Republish(Strict, json_schema_extra=example(since="2019-12-09T12:00:00Z", limit=500)):
    """Which events are told again: all that were committed in a time, or one aggregate's by their sequence."""

    since: AwareDatetime | None = Field(None, description="committed at this instant (process time) or later")
    until: AwareDatetime | None = Field(None, description="committed before this instant")
    lane: str | None = Field(None, pattern="^[a-z_]{1,64}/[0-9a-f]{32}$", description="aggregate/aggregate_id")
    first: int | None = Field(None, ge=1, description="from this sequence of the lane on")
    last: int | None = Field(None, ge=1, description="up to this sequence of the lane")
    after: int = Field(0, ge=0, description="`next` of the answer before")
    limit: int = Field(SLICE_MAX, ge=1, le=SLICE_MAX)


class RebuildOrder(Strict, json_schema_extra=example(read_model="overview")):
    """The read model to empty, once its durables are deleted."""

    read_model: str = Field(pattern="^[a-z][a-z0-9_]{0,63}$")


@ROUTER.get("/status")
async def status(parts: Parts, caller: Operator) -> Status:
    """What waits, what is stuck, what was set aside, as this replica sees it."""
    return await status_of(parts)


@ROUTER.get("/positions/{durable}")
async def positions(durable: Name, parts: Parts, caller: Operator) -> Places:
    """How far a durable's consumer has come in all: what moves this has taken effect, and a repeat does not."""
    return await places_of(parts.store, durable)


@ROUTER.get("/records/{record}")
async def record(
    record: Literal["readings", "decisions"], parts: Parts, caller: Operator, then: Annotated[int, Query(ge=0)] = 0
) -> RecordStanding:
    """Whether the record of who opened whose sealed data, or of who decided what, is whole; nothing of what is in it.

    Reads all of it. `then` is the number of a segment: its checkpoint is answered with its hash.
    """
    return await parts.records.status(record, then)


@ROUTER.get("/parked")
async def listed(
    parts: Parts,
    caller: Operator,
    durable: Durable = None,
    code: Code = None,
    since: Annotated[AwareDatetime | None, Query(description="only what was set aside then or later")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[ParkedEvent]:
    """What was set aside, the oldest first, without bodies."""
    return await parts.repair.listed(durable=durable, code=code, since=since, limit=limit)


@ROUTER.get("/parked/{id}")
@refuses(NoSuchParkedEvent)
async def shown(id: Id, parts: Parts, caller: Operator) -> ParkedEvent:
    """One event that was set aside, and why."""
    return await parts.repair.event(id)


@ROUTER.post("/parked/{id}/retry")
@refuses(NoSuchParkedEvent, NotNextInLine, StillFailing)
async def retry(id: Id, request: Request, parts: Parts, caller: Operator) -> Response:
    """Try it again, and after it what waits behind it; answers how many took effect."""

    async def do() -> Any:
        return {"id": id, "took_effect": await parts.repair.retry(id)}

    parts.log.info("an operator retries a parked event", subject=caller.id, parked_id=id)
    return await _once(request, parts, caller, Decided("event_retry_ordered", PARKED_EVENT(id)), do)


@ROUTER.post("/parked/{id}/drop")
@refuses(NoSuchParkedEvent, NotNextInLine, StillFailing)
async def drop(id: Id, request: Request, parts: Parts, caller: Operator) -> Response:
    """Give it up for good: it never takes effect here, and what waits behind it can be retried."""

    async def do() -> Any:
        await parts.repair.drop(id)
        return {"id": id, "dropped": True}

    parts.log.warning("an operator drops a parked event", subject=caller.id, parked_id=id)
    return await _once(request, parts, caller, Decided("event_drop_ordered", PARKED_EVENT(id)), do)


@ROUTER.post("/republish")
async def tell_again(order: Republish, request: Request, parts: Parts, caller: Operator) -> Response:
    """Tell events again, in their order, a slice at a time; go on after `next` when the outbox has drained."""

    async def do() -> Any:
        range = Range(order.since, order.until, order.lane, order.first, order.last)
        done = await republish(parts.store, range, after=order.after, limit=order.limit)
        return {"told": done.republished, "next": done.next}

    parts.log.warning("an operator has events told again", subject=caller.id)
    return await _once(request, parts, caller, Decided("events_telling_ordered", OUTBOX(order.lane or "all")), do)


@ROUTER.post("/rebuild")
@refuses(NoSuchReadModel, StillConsuming)
async def empty(order: RebuildOrder, request: Request, parts: Parts, caller: Operator) -> Response:
    """Empty a read model whose durables are deleted; made anew, they fill it again from the first event."""

    async def do() -> Any:
        model = parts.rebuild.model(order.read_model)
        return {"read_model": model.name, "removed": await parts.rebuild.empty(model.name)}

    parts.log.warning("an operator empties a read model", subject=caller.id, key=order.read_model)
    return await _once(request, parts, caller, Decided("read_model_emptying_ordered", READ_MODEL(order.read_model)), do)


@ROUTER.post("/rebuild/{read_model}/done")
@refuses(NoSuchReadModel)
async def rebuilt(read_model: Name, request: Request, parts: Parts, caller: Operator) -> Response:
    """Say that a read model holds everything again."""

    async def do() -> Any:
        await parts.rebuild.done(read_model)
        return {"read_model": read_model, "done": True}

    parts.log.info("an operator has rebuilt a read model", subject=caller.id, key=read_model)
    return await _once(request, parts, caller, Decided("read_model_said_whole", READ_MODEL(read_model)), do)


async def _once(
    request: Request, parts: Operations, caller: Caller, ordered: Decided, do: Callable[[], Awaitable[Any]]
) -> Response:
    """Put the order on record, do it and keep the answer; a repeat gets the first one.

    What is done here bears being done twice, as happens when the process ends between the deed and its record.
    """
    once = await once_of(request, caller.id, parts.vault.service_key, parts.vault)
    kept = await parts.store.row(ONCE, once.key)
    if kept is None:
        now, cause_id = parts.clock.now(), new_id()
        await parts.commits.commit(Change((), lambda _: Decision(on_record=[ordered]), now, cause_id, by=caller.id))
        done = await do()
        change = Change((), lambda _: Decision(answer=done), now, cause_id, once=once)
        return await answered(parts.vault, once, await parts.commits.commit(change))
    if kept["fingerprint"] != once.fingerprint:
        raise OnceKeyReused
    return await answered(parts.vault, once, Repeat(bytes(kept["sealed"]), kept["sealed_for"]))
