"""The report as a table: on a terminal, and in Markdown for a README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

RUN = "run"


class Line(NamedTuple):
    """What a table says of one entry."""

    name: str
    says: str
    median: str
    spread: str
    goal: str
    mark: str


def lines(report: Mapping[str, Any]) -> Iterator[Line]:
    """One line for each entry, and one for each limit within it."""
    for name, entry in report.items():
        if name == RUN:
            continue
        sign = {"at least": "≥ ", "at most": "≤ ", None: ""}[entry["goal_is"]]
        yield Line(
            name,
            entry["says"],
            figure(entry["median"], entry["unit"]),
            f"{entry['min']:g} – {entry['max']:g}",
            "" if entry["goal"] is None else f"{sign}{entry['goal']:g}",
            {True: "✓", False: "✗", None: ""}[entry["met"]],
        )
        for what, limit in entry["limits"].items():
            yield Line(
                "", what.replace("_", " "), f"{limit['value']:g}", "", f"≤ {limit['goal']:g}", _mark(limit["met"])
            )


def broken(report: Mapping[str, Any]) -> list[str]:
    """What could not be measured, and conditions that did not hold."""
    found = [f"{name} was not measured: {why}" for name, why in report[RUN]["failed"].items()]
    for name, entry in report.items():
        if name != RUN:
            found += [
                f"{name}: {what.replace('_', ' ')} did not hold"
                for what, held in entry["conditions"].items()
                if not held
            ]
    return found


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print it."""
    table = Table(box=None, pad_edge=False)
    for title, justify in (("", "left"), ("median", "right"), ("spread", "right"), ("goal", "right"), ("", "left")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for line in lines(report):
        table.add_row(line.name or f"  {line.says}", line.median, line.spread, line.goal, line.mark)
    console.print(table)
    run = report[RUN]
    console.print(
        f"\n{run['size']} run of {run['seconds']:.0f} s on {run['cores']} cores ({run['processor']}), "
        f"load {run['load_before']} before; mongod {run['mongod']}, nats-server {run['nats_server']}, "
        f"Python {run['python']}, commit {run['commit']}{' and changes' if run['changed_since'] else ''}",
        highlight=False,
    )
    for what in broken(report):
        console.print(f"✗ {what}", highlight=False)


def figure(value: float, unit: str) -> str:
    return f"{value:g}" if unit == "ratio" else f"{value:g} {unit}"


def _mark(met: bool) -> str:
    return "✓" if met else "✗"
