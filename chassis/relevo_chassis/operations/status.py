"""How a service stands: what its operators are shown, gathered from its parts and its store."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from relevo_chassis.delivery.consume import Consumer, DurableInfo
from relevo_chassis.delivery.group import DEADLINES, POSITIONS
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.remarks import Remark
from relevo_chassis.operations.health import reasons
from relevo_chassis.operations.parts import Operations
from relevo_chassis.operations.sampling import overdue_at

GAPS_MAX = 10


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class DurableStatus(_View):
    """One durable. ``gaps`` are events that wait here for one before them: ``durable|aggregate/id#sequence``."""

    durable: str
    stream: str
    exists: bool | None = Field(description="null: cannot be told, NATS is away")
    pending: int
    in_hand: int
    parked: int
    handled: int
    failed: int
    held: int
    longest_held_seconds: float
    gaps: tuple[str, ...]


class OutboxStatus(_View):
    unsent: int
    oldest_seconds: float
    relay_failures: int


class DeadlinesStatus(_View):
    waiting: int
    overdue: int
    oldest_seconds: float = Field(description="for how long the first of those has been due, in domain time")
    failing: int


class ReadModelStatus(_View):
    """What can be made again from the events that these durables bring."""

    name: str
    durables: tuple[str, ...]


class Status(_View):
    """How a service stands, seen by one of its replicas."""

    service: str
    version: str
    process_time: datetime
    domain_time: datetime
    ready: bool
    failing: dict[str, str]
    degraded: dict[str, str]
    connected: bool
    durables: tuple[DurableStatus, ...]
    outbox: OutboxStatus
    deadlines: DeadlinesStatus
    read_models: tuple[ReadModelStatus, ...]
    rebuilding: tuple[str, ...] = Field(description="begun and not finished")
    remarks: tuple[Remark, ...] = ()


class Places(_View):
    """How far a consumer has come: over how many aggregates, and how many events of them in all."""

    durable: str
    aggregates: int
    events: int
    parked: int


async def status_of(parts: Operations) -> Status:
    """Gather it all; what NATS cannot tell now is ``null``."""
    failing, degraded = await reasons(parts.needed), await reasons(parts.wanted)
    bounded = parts.figures.bounded
    await bounded.look()
    connected = parts.bus.connected
    durables = await parts.bus.consumers.durables() if connected else {}
    parked = await parts.repair.counts()
    return Status(
        service=parts.service,
        version=parts.version,
        process_time=datetime.now(UTC),
        domain_time=parts.clock.now(),
        ready=not failing,
        failing=failing,
        degraded=degraded,
        connected=connected,
        durables=tuple(_durable(each, durables, parked) for each in parts.bus.consumers.each),
        outbox=OutboxStatus(
            unsent=bounded.unsent,
            oldest_seconds=round(bounded.oldest_seconds, 1),
            relay_failures=parts.figures.relay.figures.failures,
        ),
        deadlines=await _deadlines(parts),
        read_models=tuple(ReadModelStatus(name=each.name, durables=each.durables) for each in parts.rebuild.models),
        rebuilding=await parts.rebuild.unfinished(),
        remarks=tuple(each for each in (*await parts.remarks(), await _left_over(parts)) if each.count),
    )


async def _left_over(parts: Operations) -> Remark:
    what = "entries on record are past their days and lie there still"
    return Remark(count=await parts.records.left_over(), what=what, do="relevo retention, every night")


async def places_of(store: Store, durable: str) -> Places:
    """Add up the positions of one durable."""
    aggregates = events = parked = 0
    async for row in store.every(POSITIONS, {"consumer": durable}):
        aggregates, events, parked = aggregates + 1, events + int(row["sequence"]), parked + bool(row["parked"])
    return Places(durable=durable, aggregates=aggregates, events=events, parked=parked)


async def _deadlines(parts: Operations) -> DeadlinesStatus:
    overdue = await overdue_at(parts.store, parts.clock.now())
    return DeadlinesStatus(
        waiting=await parts.store.count_rows(DEADLINES, {}),
        overdue=overdue.number,
        oldest_seconds=round(overdue.oldest_seconds, 1),
        failing=len(parts.figures.sweeper.figures.failures),
    )


def _durable(consumer: Consumer, durables: dict[str, DurableInfo], parked: dict[str, int]) -> DurableStatus:
    durable, figures = consumer.subscription.durable, consumer.figures
    server = durables.get(durable, DurableInfo(None))
    return DurableStatus(
        durable=durable,
        stream=consumer.subscription.stream,
        exists=server.exists,
        pending=server.pending,
        in_hand=server.in_hand,
        parked=parked[durable],
        handled=figures.handled,
        failed=figures.failed,
        held=len(figures.waiting),
        longest_held_seconds=round(figures.longest_waiting_seconds, 1),
        gaps=tuple(figures.waiting.oldest(GAPS_MAX)),
    )
