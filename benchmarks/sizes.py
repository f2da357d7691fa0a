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


FULL = Size(name="full", rounds=5, submissions=3_000, events=20_000, events_by_hand=2_000)
QUICK = Size(name="quick", rounds=2, submissions=800, events=5_000, events_by_hand=500)
