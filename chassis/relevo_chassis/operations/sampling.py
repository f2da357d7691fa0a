"""What is looked at every few seconds and not at each scrape: whatever MongoDB or NATS has to be asked.

What cannot be looked at now stands as it was; its age says since when.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from prometheus_client import Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.group import DEADLINES
from relevo_chassis.delivery.store import Store
from relevo_chassis.measures import (
    CLOCK_AHEAD,
    DEADLINES_OLDEST,
    DEADLINES_OVERDUE,
    DURABLE_ACK_PENDING,
    DURABLE_EXISTS,
    DURABLE_PENDING,
    ERASURES_WAITING,
    PARKED,
    READY,
    RECORD_UNSEALED,
    SAMPLE_AGE,
    Measure,
)
from relevo_chassis.operations.health import reasons
from relevo_chassis.operations.parts import Operations

SECONDS = 10.0
LOOK_SECONDS = 5.0
LOOP_SECONDS = 0.25

Look = Callable[[], Awaitable[Sequence[Metric]]]
Value = Callable[[], Awaitable[float]]


class NotSeen(Exception):
    """Whoever is asked does not answer; what was seen before stands."""


class Samples(Collector):
    """What was found when it was looked at last, and how long ago that is."""

    def __init__(self, looks: Mapping[str, Look], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._looks = looks
        self._monotonic = monotonic
        self._found: dict[str, Sequence[Metric]] = {}
        self._at = dict.fromkeys(looks, monotonic())

    async def keep(self) -> None:
        """Look at all of it every few seconds, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(SECONDS)

    async def look(self) -> None:
        """Look at all of it now. What breaks keeps nothing else from being looked at, and is raised after it."""
        outcomes = await asyncio.gather(*(self._one(*each) for each in self._looks.items()), return_exceptions=True)
        for each in outcomes:
            if isinstance(each, BaseException):
                raise each

    async def _one(self, name: str, look: Look) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                self._found[name] = await look()
        except (Busy, NotSeen, TimeoutError):
            return
        self._at[name] = self._monotonic()

    def collect(self) -> Iterator[Metric]:
        for found in self._found.values():
            yield from found
        yield SAMPLE_AGE.by({name: self._monotonic() - at for name, at in self._at.items()})


class Overdue(NamedTuple):
    """How many deadlines are due, and for how long the first of them has been, in domain time."""

    number: int = 0
    oldest_seconds: float = 0.0


async def overdue_at(store: Store, now: datetime) -> Overdue:
    """What is due and has not taken effect. Raises ``Busy``."""
    due = {"due_at": {"$lte": now}}
    first = await store.rows(DEADLINES, due, sort=[("due_at", 1), ("_id", 1)], limit=1)
    if not first:
        return Overdue()
    return Overdue(await store.count_rows(DEADLINES, due), (now - first[0]["due_at"]).total_seconds())


@dataclass(frozen=True, slots=True)
class Looks:
    """What every service is looked at for, and what it measures of its own."""

    parts: Operations
    own: Mapping[Measure, Value]

    @property
    def by_sample(self) -> Mapping[str, Look]:
        """Each by the name of its sample."""
        return {
            "checks": self.checks,
            "clock": self.clock,
            "deadlines": self.deadlines,
            "durables": self.durables,
            "own": self.of_its_own,
            "parked": self.parked,
            "records": self.records,
        }

    async def checks(self) -> Sequence[Metric]:
        needed, wanted = self.parts.needed, self.parts.wanted
        failing = {**await reasons(needed), **await reasons(wanted)}
        kinds = dict.fromkeys(wanted, "no") | dict.fromkeys(needed, "yes")
        passing = {(name, kind): float(name not in failing) for name, kind in kinds.items()}
        return [READY.by(passing), ERASURES_WAITING.of(not self.parts.bus.erasures_done.is_set())]

    async def clock(self) -> Sequence[Metric]:
        began = datetime.now(UTC)
        theirs = await self.parts.store.now()
        return [CLOCK_AHEAD.of((began + (datetime.now(UTC) - began) / 2 - theirs).total_seconds())]

    async def deadlines(self) -> Sequence[Metric]:
        overdue = await overdue_at(self.parts.store, self.parts.clock.now())
        return [DEADLINES_OVERDUE.of(overdue.number), DEADLINES_OLDEST.of(overdue.oldest_seconds)]

    async def durables(self) -> Sequence[Metric]:
        bus = self.parts.bus
        found = await bus.consumers.durables() if bus.connected else {}
        if not bus.connected or any(info.exists is None for info in found.values()):
            raise NotSeen("NATS does not answer")
        return [
            DURABLE_EXISTS.by({name: float(bool(info.exists)) for name, info in found.items()}),
            DURABLE_PENDING.by({name: info.pending for name, info in found.items()}),
            DURABLE_ACK_PENDING.by({name: info.in_hand for name, info in found.items()}),
        ]

    async def of_its_own(self) -> Sequence[Metric]:
        return [measure.of(await value()) for measure, value in self.own.items()]

    async def parked(self) -> Sequence[Metric]:
        return [PARKED.by(await self.parts.repair.counts())]

    async def records(self) -> Sequence[Metric]:
        return [RECORD_UNSEALED.of(await self.parts.records.unsealed())]


async def watch_loop(lag: Histogram) -> None:
    """See, four times a second, how much later than it should the event loop goes on, until cancelled."""
    while True:
        due = time.monotonic() + LOOP_SECONDS
        await asyncio.sleep(LOOP_SECONDS)
        lag.observe(max(0.0, time.monotonic() - due))
