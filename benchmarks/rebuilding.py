"""Rebuilding: a replay into an empty read model, beside reading the same stream and doing nothing about it."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.consuming import took_effect_once
from benchmarks.events import ENROLLED, wires
from benchmarks.place import Place
from benchmarks.report import Entry, Goal, in_turn, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, staged
from relevo_chassis.service.memory import collect_rarely
from relevo_chassis.service.turns import keep_turns_short

STREAM = "BENCH_REBUILD"
MOVES = 5
FETCH = 500


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``rebuild_vs_raw_read``."""
    jobs = ("read_raw", "rebuild")
    rates: dict[str, list[float]] = {job: [] for job in jobs}
    once: list[bool] = []
    async with (
        staged(setting) as stage,
        stage.streams(**{STREAM: ENROLLED}),
        stage.workers(*jobs) as workers,
    ):
        await stage.publish(wires(range(size.rebuilt), size.rebuilt // MOVES))
        setting.report(f"{size.rebuilt:,} events are there")
        for number in range(-1, size.rebuild_rounds):
            events = size.rebuilt if number >= 0 else size.rebuilt // 10  # the first warms up
            for job in in_turn(number, jobs):
                durable, place = f"{job}_{number + 1}", stage.place(with_the_streams=job == "read_raw")
                await stage.durable(STREAM, durable)
                did = await workers[job].do(job, place, stream=STREAM, durable=durable, events=events)
                if number >= 0:
                    rates[job].append(events / did["seconds"])
                    setting.report(f"round {number + 1}/{size.rebuild_rounds}: {job} {rates[job][-1]:,.0f} events/s")
                    if job == "rebuild":
                        once.append(await took_effect_once(place, events=events, moves=MOVES, published=0))
                await stage.drop(place)
    return [
        Entry(
            "rebuild_vs_raw_read",
            f"replay of {size.rebuilt:,} events into an empty read model ÷ reading and acknowledging them",
            sides(rates["rebuild"], rates["read_raw"], "events/s"),
            ratios(rates["rebuild"], rates["read_raw"]),
            Goal(0.4),
            conditions={"all_took_effect_once": all(once)},
            measured={f"{job}_events_per_second": spread(found) for job, found in rates.items()},
        )
    ]


async def read_raw(place: Place, *, stream: str, durable: str, events: int) -> dict[str, Any]:
    """The floor: fetch and acknowledge."""
    broker = await place.broker()
    subscription = await broker.connection.jetstream().pull_subscribe_bind(durable=durable, stream=stream)
    collect_rarely()
    keep_turns_short()
    started, done = time.perf_counter(), 0
    while done < events:
        messages = await subscription.fetch(FETCH, timeout=5)
        for each in messages:
            await each.ack()
        done += len(messages)
    seconds = time.perf_counter() - started
    await broker.stop()
    return {"seconds": seconds}
