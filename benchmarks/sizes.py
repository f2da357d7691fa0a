"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Counts and rounds of every measurement."""

    name: str
    rounds: int
    submissions: int
    events: int
    events_by_hand: int
    hop_seconds: float
    raw_times: int


FULL = Size(name="full", rounds=5, submissions=3_000, events=20_000, events_by_hand=2_000, hop_seconds=5, raw_times=200)
QUICK = Size(name="quick", rounds=2, submissions=800, events=5_000, events_by_hand=500, hop_seconds=2, raw_times=50)
