"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Counts, seconds and rounds of every measurement."""

    name: str
    rounds: int
    submissions: int
    applications: int
    events: int
    events_by_hand: int
    hop_seconds: float
    raw_times: int
    history: int
    flat_events: int
    rebuilt: int
    rebuild_rounds: int
    idle_seconds: float
    starts: int
    selections: tuple[int, ...]
    submitted_before: int


FULL = Size(
    name="full",
    rounds=5,
    submissions=3_000,
    applications=1_000,
    events=20_000,
    events_by_hand=2_000,
    hop_seconds=5,
    raw_times=200,
    history=1_000_000,
    flat_events=20_000,
    rebuilt=200_000,
    rebuild_rounds=3,
    idle_seconds=20,
    starts=3,
    selections=(841, 10_000, 100_000),
    submitted_before=60_000,
)
QUICK = Size(
    name="quick",
    rounds=2,
    submissions=800,
    applications=128,
    events=5_000,
    events_by_hand=500,
    hop_seconds=1.5,
    raw_times=50,
    history=50_000,
    flat_events=2_500,
    rebuilt=20_000,
    rebuild_rounds=2,
    idle_seconds=8,
    starts=1,
    selections=(841, 3_000),
    submitted_before=10_000,
)
