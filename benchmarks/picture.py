"""The report in one picture: how far each figure lies from its goal, and on which side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.report import Goal
from benchmarks.table import RUN, TITLES, about

INK, QUIET, PAPER, LINE = "#1c2a33", "#76838a", "#fbfaf7", "#dde3e5"
MET, MISSED = "#1f5f74", "#c2571a"
TICKS = {1 / 16: "1/16", 1 / 8: "1/8", 1 / 4: "1/4", 1 / 2: "half the goal", 1: "goal", 2: "twice", 4: "4×", 8: "8×"}


class Row(NamedTuple):
    """One figure: how many times as good as its goal, at its worst, its median and its best."""

    title: str
    worst: float
    median: float
    best: float
    met: bool
    says: str
    goal: str


def rows_of(report: Mapping[str, Any]) -> list[Row]:
    """A row for each figure that has a goal."""
    rows = []
    for name, entry in report.items():
        if name == RUN or entry["goal"] is None:
            continue
        goal = Goal(entry["goal"], entry["goal_is"] == "at least")
        ends = sorted(goal.times(entry[end]) for end in ("min", "max"))
        found = goal.times(entry["median"])
        missed = [
            f"{limit.replace('_', ' ')} {each['value']:.3g}"
            for limit, each in entry["limits"].items()
            if not each["met"]
        ]
        says = "\n".join([f"goal {goal}", *missed])
        rows.append(Row(TITLES[name], ends[0], found, ends[1], entry["met"], f"{entry['median']:.3g}", says))
    return rows


def draw(report: Mapping[str, Any], path: Path) -> None:
    """Draw it as PNG: each figure a dot with its spread, right of the line when its goal is met."""
    rows = rows_of(report)
    figure = plt.figure(figsize=(11, 1.9 + 0.52 * len(rows)), facecolor=PAPER)
    height = 1.9 + 0.52 * len(rows)
    axes = figure.add_axes((0.34, 0.85 / height, 0.45, 0.52 * len(rows) / height))
    _scale(axes, rows)
    for place, row in enumerate(reversed(rows)):
        colour = MET if row.met else MISSED
        axes.plot([row.worst, row.best], [place, place], color=colour, linewidth=5, alpha=0.3, solid_capstyle="round")
        axes.plot([row.median], [place], "o", color=colour, markersize=11)
        axes.text(-0.03, place, row.title, transform=axes.get_yaxis_transform(), ha="right", va="center", color=INK)
        axes.text(1.03, place, row.says, transform=axes.get_yaxis_transform(), va="center", color=colour, weight="bold")
        axes.text(1.14, place, row.goal, transform=axes.get_yaxis_transform(), va="center", color=QUIET)
    met = sum(row.met for row in rows)
    figure.text(0.02, 1 - 0.42 / height, f"{met} of {len(rows)} goals met", fontsize=17, color=INK, weight="bold")
    figure.text(
        0.02, 1 - 0.75 / height, "Each figure beside its floor, as a multiple of its goal. Right is better. "
        "Dot: median of the rounds; bar: all rounds.", fontsize=9.5, color=QUIET,
    )  # fmt: skip
    figure.text(0.02, 0.16 / height, about(report), fontsize=7.5, color=QUIET)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, facecolor=PAPER)
    plt.close(figure)


def _scale(axes: Axes, rows: list[Row]) -> None:
    low, high = min([0.5, *(row.worst for row in rows)]), max([2.0, *(row.best for row in rows)])
    axes.set_xscale("log", base=2)
    axes.set_xlim(low / 1.25, high * 1.25)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    ticks = {at: says for at, says in TICKS.items() if low / 1.25 <= at <= high * 1.25}
    axes.set_xticks(list(ticks), list(ticks.values()), fontsize=9, color=QUIET)
    axes.set_yticks([])
    axes.set_facecolor(PAPER)
    axes.minorticks_off()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for at in ticks:
        axes.axvline(at, color=INK if at == 1 else LINE, linewidth=1.4 if at == 1 else 0.8, zorder=0)
