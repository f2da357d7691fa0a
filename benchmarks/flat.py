"""Flat: what an event costs with years of history behind it, beside one with hardly any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.events import ANSWERED, ENROLLED, wires
from benchmarks.place import Place
from benchmarks.processes import cpu_seconds, own_mib
from benchmarks.report import Entry, Goal, Limit, in_turn, ratios, sides, spread
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
FIGURES = ("microseconds", "cpu_microseconds", "cpu_of_service", "cpu_of_mongod", "cpu_of_nats", "service_mib")


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
        arguments = {"durable": DURABLE, "events": self.history, "aggregates": self.aggregates}
        async with self.stage.workers("flat_history") as workers:
            laying = workers["flat_history"].do("history", self.place, **arguments)
            await asyncio.gather(laying, self.stage.publish(wires(range(self.history), self.aggregates)))
        await self.stage.durable(STREAM, DURABLE, deliver_policy="new")

    async def consume(self, events: int) -> dict[str, float]:
        """Time and processor time of all processes for each of so many new events; memory of the service in the end."""
        first = self.history + self.consumed
        await self.stage.publish(wires(range(first, first + events), self.aggregates))
        before = self._cpu()
        did = await self.worker.do("consume", self.place, stream=STREAM, durable=DURABLE, events=events)
        self.consumed += events
        self.backlogs.append(did["backlog"])
        used = {name: 1e6 * (seconds - before[name]) / events for name, seconds in self._cpu().items()}
        return {
            "microseconds": 1e6 * did["seconds"] / events,
            "cpu_microseconds": sum(used.values()),
            **{f"cpu_of_{name}": each for name, each in used.items()},
            "service_mib": own_mib(self.worker.pid),
        }

    async def all_took_effect(self) -> bool:
        """Whether positions and outbox hold every event, those of history as well."""
        store = await self.place.store()
        published = await store.count_rows(outbox.COLLECTION, {})
        reached: int = sum([row["sequence"] async for row in store.every(POSITIONS, fields=["sequence"])])
        store.close()
        return published == reached == self.history + self.consumed

    def _cpu(self) -> dict[str, float]:
        pids = {"service": self.worker.pid, "mongod": self.stage.mongo.pid, "nats": self.stage.nats.pid}
        return {name: cpu_seconds(pid) for name, pid in pids.items() if pid}


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``flat``."""
    events = size.flat_events
    found: dict[str, list[dict[str, float]]] = {"much": [], "little": []}
    async with _side(setting, "much", size.history) as much, _side(setting, "little", LITTLE) as little:
        both = {"much": much, "little": little}
        for side in both.values():
            await side.lay_down()
            setting.report(f"{side.history:,} events of {side.aggregates:,} aggregates lie behind")
        for number in range(-1, size.rounds):
            for name in in_turn(number, tuple(both)):
                cost = await both[name].consume(events)
                if number < 0:
                    continue  # warms up connections, caches and code
                found[name].append(cost)
                in_words = f"{cost['microseconds']:.0f} µs an event, {cost['cpu_microseconds']:.0f} of processor time"
                setting.report(f"round {number + 1}/{size.rounds}: with {name} behind it {in_words}")
        complete = all([await side.all_took_effect() for side in both.values()])
    return [_entry(found, list(both.values()), complete, size)]


def _entry(found: dict[str, list[dict[str, float]]], both: list[Side], complete: bool, size: Size) -> Entry:
    by = {figure: {name: [cost[figure] for cost in costs] for name, costs in found.items()} for figure in FIGURES}
    slowest = max(by["microseconds"]["much"] + by["microseconds"]["little"]) / 1e6
    within = all(backlog * slowest <= 1 for side in both for backlog in side.backlogs)
    limits = {
        f"{title}_ratio": Limit(median(ratios(by[figure]["much"], by[figure]["little"])), GOAL)
        for title, figure in (("cpu", "cpu_microseconds"), ("memory", "service_mib"))
    }
    measured: dict[str, Any] = {
        **{f"{figure}_per_event": {name: spread(each) for name, each in by[figure].items()} for figure in FIGURES[:-1]},
        "service_mib": {name: spread(each) for name, each in by["service_mib"].items()},
        "behind": {side.name: {"events": side.history, "aggregates": side.aggregates} for side in both},
        "backlog": {side.name: side.backlogs for side in both},
        "mongod_cache_gigabytes": CACHE_GIGABYTES,
    }
    return Entry(
        "flat",
        f"cost of an event with {size.history:,} events of {size.history // MOVES:,} aggregates behind it ÷ {LITTLE:,}",
        sides(by["microseconds"]["much"], by["microseconds"]["little"], "µs"),
        ratios(by["microseconds"]["much"], by["microseconds"]["little"]),
        GOAL,
        conditions={"backlog_within_one_second": within, "all_took_effect_once": complete},
        limits=limits,
        measured=measured,
    )


@asynccontextmanager
async def _side(setting: Setting, name: str, history: int) -> AsyncIterator[Side]:
    async with (
        staged(setting, cache_gigabytes=CACHE_GIGABYTES) as stage,
        stage.streams(**{STREAM: ENROLLED, "BENCH_ANSWERED": ANSWERED}),
        stage.workers(f"flat_{name}") as workers,
    ):
        yield Side(name, history, stage, workers[f"flat_{name}"], stage.place())
