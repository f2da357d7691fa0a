"""What a measurement gave, and whether its goal is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Any, NamedTuple


class Goal(NamedTuple):
    """A bound on a median, from one side."""

    value: float
    at_least: bool = True

    def met(self, found: float) -> bool:
        return found >= self.value if self.at_least else found <= self.value

    def times(self, found: float) -> float:
        """How many times as good as the goal: 1 is the goal itself, more is better."""
        return found / self.value if self.at_least else self.value / found

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.value:g}"


class Limit(NamedTuple):
    """A second figure of a measurement that has a goal of its own."""

    value: float
    goal: Goal

    @property
    def met(self) -> bool:
        return self.goal.met(self.value)


@dataclass(frozen=True)
class Entry:
    """One figure of the report: a ratio for each round, and what it was measured from.

    ``says`` is what is divided by what, ``figures`` the two in short. ``conditions`` says of each whether it held; a
    figure that was taken while one did not hold meets no goal.
    """

    name: str
    says: str
    figures: str
    rounds: Sequence[float]
    goal: Goal | None = None
    unit: str = "ratio"
    conditions: Mapping[str, bool] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def sound(self) -> bool:
        """Whether every condition held."""
        return all(self.conditions.values())

    @property
    def met(self) -> bool | None:
        """``None`` when there is no goal."""
        if self.goal is None:
            return None
        return self.sound and self.goal.met(self.median) and all(limit.met for limit in self.limits.values())

    def document(self) -> dict[str, Any]:
        """The entry as ``report.json`` holds it."""
        return {
            "median": rounded(self.median),
            "min": rounded(min(self.rounds)),
            "max": rounded(max(self.rounds)),
            "goal": self.goal.value if self.goal else None,
            "goal_is": None if self.goal is None else "at least" if self.goal.at_least else "at most",
            "met": self.met,
            "unit": self.unit,
            "says": self.says,
            "figures": self.figures,
            "rounds": [rounded(each) for each in self.rounds],
            "limits": {
                name: {"value": rounded(limit.value), "goal": limit.goal.value, "met": limit.met}
                for name, limit in self.limits.items()
            },
            "conditions": dict(self.conditions),
            "measured": plain(self.measured),
        }


def ratios(ours: Sequence[float], floor: Sequence[float]) -> list[float]:
    """Round by round."""
    return [mine / theirs for mine, theirs in zip(ours, floor, strict=True)]


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Raw figures of one side, as the report holds them."""
    return {"median": median(values), "min": min(values), "max": max(values), "rounds": list(values)}


def sides(ours: Sequence[float], floor: Sequence[float], unit: str) -> str:
    """The medians of both sides in short, to three digits."""
    return f"{short(median(ours))} ÷ {short(median(floor))} {unit}"


def short(value: float) -> str:
    """Three significant digits, thousands with commas."""
    digits = float(f"{value:.3g}")
    return f"{digits:,.0f}" if abs(digits) >= 100 else f"{digits:g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values does not exceed (nearest rank)."""
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    return sorted(values)[ceil(share * len(values)) - 1]


def in_turn(number: int, names: Sequence[str]) -> list[str]:
    """The order of a round: turned round every other time, so that none is always the first."""
    return list(names) if number % 2 == 0 else list(reversed(names))


def rounded(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.4g}")


def plain(value: Any) -> Any:
    """The same with every float rounded, for people who read the file."""
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
