"""Flat: what an event costs with years of history behind it, beside one with hardly any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.events import ANSWERED, TOLD, wires
from benchmarks.place import Place
from benchmarks.processes import cpu_seconds, own_mib
from benchmarks.report import Entry, Goal, Limit, in_turn, ratios, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, Stage, staged
from benchmarks.worker import Worker
from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.group import POSITIONS

STREAM, DURABLE = "BENCH_FLAT", "flat"
MOVES = 5
LITTLE = 10_000
CACHE_GIGABYTES = 4.0
"""As much as the history takes. MongoDB's own choice is half of the machine's memory; a cache that is smaller than what
lies behind makes mongod evict, which is a matter of the machine and not of the service."""
GOAL = Goal(1.15, at_least=False)
FIGURES = ("seconds", "cpu", "memory")


@dataclass
class Side:
    """A service with so much behind it, on servers of its own."""

    name: str
    history: int
    stage: Stage
    worker: Worker
    place: Place
    consumed: int = 0
    backlogs: list[int] = field(default_factory=list)

    @property
    def aggregates(self) -> int:
        return self.history // MOVES

    async def lay_down(self) -> None:
        """What is behind it: the store as the service would have left it, the stream, the durable at its end."""
        told = {"durable": DURABLE, "events": self.history, "aggregates": self.aggregates}
        async with self.stage.workers("flat_history") as workers:
            laying = workers["flat_history"].do("history", self.place, **told)
            await asyncio.gather(laying, self.stage.publish(wires(range(self.history), self.aggregates)))
        await self.stage.durable(STREAM, DURABLE, deliver_policy="new")

    async def consume(self, events: int) -> dict[str, float]:
        """Seconds and processor time of all processes for each of so many new events; MiB of the service in the end."""
        first = self.history + self.consumed
        await self.stage.publish(wires(range(first, first + events), self.aggregates))
        before = self._cpu()
        did = await self.worker.do("consume", self.place, stream=STREAM, durable=DURABLE, events=events)
        self.consumed += events
        self.backlogs.append(did["backlog"])
        return {
            "seconds": did["seconds"] / events,
            "cpu": (self._cpu() - before) / events,
            "memory": own_mib(self.worker.pid),
        }

    async def all_took_effect(self) -> bool:
        """Whether positions and outbox hold every event, those of history as well."""
        store = await self.place.store()
        told = await store.count_rows(outbox.COLLECTION, {})
        reached: int = sum([row["sequence"] async for row in store.every(POSITIONS, fields=["sequence"])])
        store.close()
        return told == reached == self.history + self.consumed

    def _cpu(self) -> float:
        pids = (self.worker.pid, self.stage.mongo.pid, self.stage.nats.pid)
        return sum(cpu_seconds(pid) for pid in pids if pid)


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``flat``."""
    events = size.flat_events
    found: dict[str, list[dict[str, float]]] = {"much": [], "little": []}
    async with _side(setting, "much", size.history) as much, _side(setting, "little", LITTLE) as little:
        sides = {"much": much, "little": little}
        for side in sides.values():
            await side.lay_down()
            setting.tell(f"{side.history:,} events of {side.aggregates:,} aggregates lie behind")
        for number in range(-1, size.rounds):
            for name in in_turn(number, tuple(sides)):
                cost = await sides[name].consume(events)
                if number < 0:
                    continue  # warms up connections, caches and code
                found[name].append(cost)
                setting.tell(
                    f"round {number + 1}/{size.rounds}: with {name} behind it {1e6 * cost['seconds']:.0f} µs an event, "
                    f"{1e6 * cost['cpu']:.0f} µs of processor time, {cost['memory']:.0f} MiB"
                )
        complete = all([await side.all_took_effect() for side in sides.values()])
    return [_entry(found, list(sides.values()), complete, size)]


def _entry(found: dict[str, list[dict[str, float]]], sides: list[Side], complete: bool, size: Size) -> Entry:
    by = {figure: {name: [cost[figure] for cost in costs] for name, costs in found.items()} for figure in FIGURES}
    slowest = max(by["seconds"]["much"] + by["seconds"]["little"])
    within = all(backlog * slowest <= 1 for side in sides for backlog in side.backlogs)
    limits = {
        f"{figure}_ratio": Limit(median(ratios(by[figure]["much"], by[figure]["little"])), GOAL)
        for figure in ("cpu", "memory")
    }
    measured: dict[str, Any] = {
        "microseconds_per_event": {name: spread([1e6 * each for each in of]) for name, of in by["seconds"].items()},
        "cpu_microseconds_per_event": {name: spread([1e6 * each for each in of]) for name, of in by["cpu"].items()},
        "service_mib": {name: spread(of) for name, of in by["memory"].items()},
        "behind": {side.name: {"events": side.history, "aggregates": side.aggregates} for side in sides},
        "backlog": {side.name: side.backlogs for side in sides},
        "mongod_cache_gigabytes": CACHE_GIGABYTES,
    }
    return Entry(
        "flat",
        f"cost of an event with {size.history:,} events of {size.history // MOVES:,} aggregates behind it ÷ {LITTLE:,}",
        ratios(by["seconds"]["much"], by["seconds"]["little"]),
        GOAL,
        held={"backlog_within_one_second": within, "all_took_effect_once": complete},
        limits=limits,
        measured=measured,
    )


@asynccontextmanager
async def _side(setting: Setting, name: str, history: int) -> AsyncIterator[Side]:
    async with (
        staged(setting, cache_gigabytes=CACHE_GIGABYTES) as stage,
        stage.streams(**{STREAM: TOLD, "BENCH_ANSWERED": ANSWERED}),
        stage.workers(f"flat_{name}") as workers,
    ):
        yield Side(name, history, stage, workers[f"flat_{name}"], stage.place())
