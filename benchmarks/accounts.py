"""What an account of one's own costs: a consumer that takes and tells through it, beside one where the streams are."""

from __future__ import annotations

from typing import Any

from benchmarks.consuming import ANSWERS, MOVES, took_effect_once
from benchmarks.events import ENROLLED, wires
from benchmarks.report import Entry, Goal, in_turn, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, staged

STREAM = "BENCH_ACCOUNTS"
SIDES = ("own_account", "with_the_streams")


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``accounts``: the same job in turns, in one process, on the same servers."""
    rates: dict[str, list[float]] = {side: [] for side in SIDES}
    seen: list[dict[str, Any]] = []
    async with staged(setting) as stage, stage.streams(**{STREAM: ENROLLED}), stage.workers("consume") as workers:
        await stage.publish(wires(range(size.events), size.events // MOVES))
        for number in range(-1, size.rounds):
            for side in in_turn(number, list(SIDES)):
                durable, place = f"{side}_{number + 1}", stage.place(with_the_streams=side == "with_the_streams")
                await stage.durable(STREAM, durable)
                async with stage.streams(**ANSWERS):
                    did = await workers["consume"].do(
                        "consume", place, stream=STREAM, durable=durable, events=size.events
                    )
                if number >= 0:
                    rates[side].append(size.events / did["seconds"])
                    setting.report(f"round {number + 1}/{size.rounds}: {side} {rates[side][-1]:,.0f} events/s")
                    once = await took_effect_once(place, events=size.events, moves=MOVES, published=size.events)
                    seen.append({**did, "once": once})
                await stage.drop(place)
    return [
        Entry(
            "accounts",
            "events/s of a consumer with an account of its own ÷ of one in the account of the streams",
            sides(rates["own_account"], rates["with_the_streams"], "events/s"),
            ratios(rates["own_account"], rates["with_the_streams"]),
            Goal(0.9),
            conditions={"all_took_effect_once": all(did["once"] for did in seen)},
            measured={f"{side}_events_per_second": spread(found) for side, found in rates.items()},
        )
    ]
