"""Replicas: what two processes of a service on one durable do, beside one."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from benchmarks.consuming import ANSWERS, took_effect_once
from benchmarks.events import ENROLLED, answered, wires
from benchmarks.parts import Parts, running
from benchmarks.place import Place
from benchmarks.report import Entry, in_turn, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, Stage, staged
from benchmarks.worker import Worker
from relevo_chassis.delivery.consume import Subscription
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.waiting import until

STREAM = "BENCH_REPLICAS"
MOVES = 5
START_SECONDS = 0.7
LONGEST_SECONDS = 300.0
SIDES = {"one": ("first",), "two": ("first", "second")}


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``replicas``."""
    seen: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    async with (
        staged(setting) as stage,
        stage.streams(**{STREAM: ENROLLED}),
        stage.workers("first", "second") as workers,
    ):
        await stage.publish(wires(range(size.events), size.events // MOVES))
        for number in range(-1, size.rounds):
            for side in in_turn(number, tuple(SIDES)) if number >= 0 else ["two"]:
                durable = f"{side}_{number + 1}"
                did = await _consumed(stage, [workers[name] for name in SIDES[side]], durable, size.events)
                if number < 0:
                    continue  # warms up connections, caches and code
                seen[side].append(did)
                setting.report(f"round {number + 1}/{size.rounds}: {side} {did['told_per_second']:,.0f} events/s")
    return [_entry(seen)]


def _entry(seen: dict[str, list[dict[str, Any]]]) -> Entry:
    published = {side: [did["told_per_second"] for did in found] for side, found in seen.items()}
    dids = [did for found in seen.values() for did in found]
    within = all(did["backlog"] <= did["handled_per_second"] for did in dids)
    return Entry(
        "replicas",
        "events/s of two replicas on one durable, handled and answers told ÷ one, on the cores that the servers share",
        sides(published["two"], published["one"], "events/s"),
        ratios(published["two"], published["one"]),
        conditions={"backlog_within_one_second": within, "all_took_effect_once": all(did["once"] for did in dids)},
        measured={
            side: {
                **{rate: spread([did[rate] for did in found]) for rate in ("told_per_second", "handled_per_second")},
                **{figure: [did[figure] for did in found] for figure in ("backlog", "held_back")},
            }
            for side, found in seen.items()
        },
    )


async def _consumed(stage: Stage, workers: list[Worker], durable: str, events: int) -> dict[str, Any]:
    place = stage.place()
    (await place.store()).close()  # makes the collections, which the first replica of a service has done long ago
    await stage.durable(STREAM, durable)
    start_at = time.monotonic() + START_SECONDS
    jobs_of_both = [
        worker.do("consume_together", place, stream=STREAM, durable=durable, start_at=start_at) for worker in workers
    ]
    async with stage.streams(**ANSWERS):
        did = await asyncio.gather(*jobs_of_both)
    once = await took_effect_once(place, events=events, moves=MOVES, published=events)
    await stage.drop(place)
    return {
        "handled_per_second": events / (max(each["handled_at"] for each in did) - start_at),
        "told_per_second": events / (max(each["told_at"] for each in did) - start_at),
        "backlog": max(each["backlog"] for each in did),
        "held_back": sum(each["held_back"] for each in did),
        "once": once,
    }


async def consume_together(place: Place, *, stream: str, durable: str, start_at: float) -> dict[str, Any]:
    """Consume with others on one durable, from an instant of the machine's monotonic clock until nothing is left to
    handle, and then until nothing is left to tell."""
    subscription = Subscription(durable, stream, {ParticipantEnrolled: answered})
    async with running(place, subscription) as parts:
        await asyncio.sleep(max(0.0, start_at - time.monotonic()))
        parts.start()
        await until(lambda: _drained(parts, durable), LONGEST_SECONDS)
        handled_at = time.monotonic()
        backlog = await parts.backlog()
        await until(parts.all_published, LONGEST_SECONDS)
        last_published_at = time.monotonic()
    return {
        "handled_at": handled_at,
        "told_at": last_published_at,
        "backlog": backlog,
        "held_back": parts.figures.held_back,
    }


async def _drained(parts: Parts, durable: str) -> bool:
    info = (await parts.consumers.durables())[durable]
    return info.exists is True and not info.pending and not info.in_hand
