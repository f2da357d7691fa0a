"""A hop: from a command in one service to its effect in the next, at half of what the hop can carry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.events import ANSWERED, ENROLLED, PARTICIPANT, answered, enrolment, number_of
from benchmarks.parts import running
from benchmarks.place import Place
from benchmarks.report import Entry, Goal, Limit, in_turn, percentile, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, Stage, staged
from benchmarks.worker import Worker
from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.writes import Backend, Batch, Document, Insert, Replace
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.waiting import until

STREAM = "BENCH_HOP"
STREAMS = {STREAM: ENROLLED, "BENCH_ANSWERED": ANSWERED}
IN_FLIGHT = 512
AGGREGATES = 2_000
ALONE, ALONE_PER_SECOND = 50, 50.0
"""So few that most find nobody else on their way."""
LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class Hop:
    """When each command was due, was acknowledged and had its effect: seconds on the machine's monotonic clock."""

    due: list[float]
    acknowledged: list[float]
    effect: list[float]
    backlog: int

    @property
    def rate(self) -> float:
        return len(self.due) / (max(self.effect) - min(self.due))

    def latencies(self, since: list[float]) -> list[float]:
        return [effect - then for effect, then in zip(self.effect, since, strict=True)]


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``hop_vs_raw``."""
    hops: list[Hop] = []
    raws: list[dict[str, float]] = []
    async with staged(setting) as stage, stage.workers("hop_tell", "hop_take", "hop_raw") as workers:
        carried = (await _hop(stage, workers, size.events // 2, rate=None)).rate
        await _raw(stage, workers, size)
        alone = await _hop(stage, workers, ALONE, rate=ALONE_PER_SECOND)
        setting.report(f"a hop carries {carried:,.0f} events/s; measuring at half of it")
        for number in range(size.rounds):
            for side in in_turn(number, ("raw", "hop")):
                if side == "raw":
                    raws.append(await _raw(stage, workers, size))
                else:
                    hops.append(await _hop(stage, workers, round(size.hop_seconds * carried / 2), rate=carried / 2))
            seconds = hops[-1].latencies(hops[-1].due)
            setting.report(
                f"round {number + 1}/{size.rounds}: {_ms(median(seconds)):.1f} ms, p99"
                f" {_ms(percentile(seconds, 0.99)):.1f} ms, raw parts {_ms(sum(raws[-1].values())):.1f} ms"
            )
    return [_entry(hops, raws, carried, alone)]


def _entry(hops: list[Hop], raws: list[dict[str, float]], carried: float, alone: Hop) -> Entry:
    since_due = [seconds for hop in hops for seconds in hop.latencies(hop.due)]
    since_commit = [seconds for hop in hops for seconds in hop.latencies(hop.acknowledged)]
    rounds = [median(hop.latencies(hop.due)) / sum(raw.values()) for hop, raw in zip(hops, raws, strict=True)]
    return Entry(
        "hop_vs_raw",
        "median latency of a command to its effect in the next service, at half load ÷ the sum of its raw parts",
        sides([_ms(each) for each in since_due], [_ms(sum(raw.values())) for raw in raws], "ms"),
        rounds,
        Goal(3, at_least=False),
        conditions={"backlog_within_one_second": all(hop.backlog <= hop.rate for hop in hops)},
        limits={"p99_over_median": Limit(percentile(since_due, 0.99) / median(since_due), Goal(5, at_least=False))},
        measured={
            "carried_events_per_second": carried,
            "paced_events_per_second": carried / 2,
            "command_to_effect_ms": _percentiles(since_due),
            "commit_to_effect_ms": _percentiles(since_commit),
            "alone_command_to_effect_ms": _percentiles(alone.latencies(alone.due)),
            "raw_ms": {part: spread([_ms(raw[part]) for raw in raws]) for part in raws[0]},
            "backlog": [hop.backlog for hop in hops],
        },
    )


async def _hop(stage: Stage, workers: dict[str, Worker], events: int, *, rate: float | None) -> Hop:
    """Two services on databases of their own, each a process; ``rate`` ``None`` goes as fast as it can."""
    publisher, consumer = stage.place(), stage.place()
    async with stage.streams(**STREAMS):
        await stage.durable(STREAM, "hop")
        consuming = asyncio.create_task(workers["hop_take"].do("hop_take", consumer, events=events))
        published = await workers["hop_tell"].do("hop_tell", publisher, events=events, rate=rate)
        consumed = await consuming
    for place in (publisher, consumer):
        await stage.drop(place)
    return Hop(
        published["due"], published["acknowledged"], consumed["effect"], published["backlog"] + consumed["backlog"]
    )


async def publish(place: Place, *, events: int, rate: float | None) -> dict[str, Any]:
    """Commit commands when they are due, whether those before are done or not."""
    acknowledged = [0.0] * events
    due = [0.0] * events
    room = asyncio.Semaphore(IN_FLIGHT if rate is None else events)

    async def command(commits: Commits, number: int) -> None:
        await commits.commit(enrolment(number, AGGREGATES))
        acknowledged[number] = time.monotonic()
        room.release()

    async with running(place) as parts:
        began = time.monotonic() + 0.2
        async with asyncio.TaskGroup() as commands:
            for number in range(events):
                await room.acquire()
                due[number] = began + number / rate if rate else time.monotonic()
                if (wait := due[number] - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                commands.create_task(command(parts.commits, number))
        backlog = await parts.backlog()
        await until(parts.all_published, LONGEST_SECONDS)
    return {"due": due, "acknowledged": acknowledged, "backlog": backlog}


class _Timed:
    """A store that notes when each event's effect was committed."""

    def __init__(self, store: Backend, effect: dict[int, float]) -> None:
        self._store = store
        self._effect = effect

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        return await self._store.fetch(wanted)

    async def write(self, batch: Batch) -> None:
        await self._store.write(batch)
        now = time.monotonic()
        for written in batch.get(PARTICIPANT.name, ()):
            if isinstance(written, Insert | Replace):
                for moves in range(written.document["state"]["moves"], 0, -1):
                    if self._effect.setdefault(number_of(written.document["_id"], moves, AGGREGATES), now) != now:
                        break  # this one and those before it took effect earlier


async def consume(place: Place, *, events: int) -> dict[str, Any]:
    """Let each event have its effect, with state, sequence and outbox."""
    effect: dict[int, float] = {}
    subscription = Subscription("hop", STREAM, {ParticipantEnrolled: answered})
    async with running(place, subscription, backend=lambda store: _Timed(store, effect)) as parts:
        parts.start()
        await until(lambda: len(effect) >= events, LONGEST_SECONDS)
        backlog = await parts.backlog()
    return {"effect": [effect[number] for number in range(events)], "backlog": backlog}


async def _raw(stage: Stage, workers: dict[str, Worker], size: Size) -> dict[str, float]:
    place = stage.place(with_the_streams=True)
    async with stage.streams(**STREAMS):
        await stage.durable(STREAM, "raw")
        found = await workers["hop_raw"].do("hop_raw", place, stream=STREAM, durable="raw", times=size.raw_times)
    await stage.drop(place)
    return {part: median(seconds) for part, seconds in found.items()}


def _percentiles(seconds: list[float]) -> dict[str, float]:
    return {name: _ms(percentile(seconds, share)) for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}


def _ms(seconds: float) -> float:
    return 1_000 * seconds
