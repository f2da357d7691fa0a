"""The report as a table: on a terminal, and in Markdown for a README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

RUN = "run"
TITLES = {
    "submit_vs_bare_insert": "submitting ÷ a bare insert",
    "submit_flat": "submitting with much behind it ÷ with none",
    "submit_replicas": "submitting to two replicas ÷ one",
    "apply": "applying on the portal: its cost ÷ intake's",
    "consume_vs_floor": "consuming ÷ its raw floor",
    "consume_vs_per_message": "consuming ÷ written by hand",
    "hop_vs_raw": "a hop ÷ its raw parts",
    "flat": "an event with much behind it ÷ with little",
    "rebuild_vs_raw_read": "rebuilding ÷ raw reading",
    "accounts": "an account of its own ÷ none",
    "tracing_submit": "a submission with 1 % of traces kept ÷ without",
    "tracing_consume": "an event with 1 % of traces kept ÷ without",
    "replicas": "two replicas ÷ one",
    "select_841": "selecting of 841",
    "select_3000": "selecting of 3,000",
    "select_10000": "selecting of 10,000",
    "select_100000": "selecting of 100,000",
    "idle": "the stack doing nothing",
}


class Line(NamedTuple):
    """What a table says of one entry, or of a limit within it."""

    name: str
    title: str
    median: str
    spread: str
    goal: str
    mark: str
    figures: str


def lines(report: Mapping[str, Any]) -> Iterator[Line]:
    """One line for each entry, and one for each limit within it."""
    for name, entry in report.items():
        if name == RUN:
            continue
        sign = {"at least": "≥ ", "at most": "≤ ", None: ""}[entry["goal_is"]]
        yield Line(
            name,
            TITLES[name],
            f"{entry['median']:.3g}" if entry["unit"] == "ratio" else f"{entry['median']:.3g} {entry['unit']}",
            f"{entry['min']:.3g} – {entry['max']:.3g}",
            "" if entry["goal"] is None else f"{sign}{entry['goal']:g}",
            {True: "✓", False: "✗", None: ""}[entry["met"]],
            entry["figures"],
        )
        for what, limit in entry["limits"].items():
            title = f"its {what.replace('_', ' ')}"
            mark = "✓" if limit["met"] else "✗"
            yield Line(name, title, f"{limit['value']:.3g}", "", f"≤ {limit['goal']:g}", mark, "")


def broken(report: Mapping[str, Any]) -> list[str]:
    """What could not be measured, and conditions that did not hold."""
    found = [f"{name} was not measured: {why}" for name, why in report[RUN]["failed"].items()]
    for name, entry in report.items():
        if name != RUN:
            failed = [what.replace("_", " ") for what, is_met in entry["conditions"].items() if not is_met]
            found += [f"{name}: {what} did not hold" for what in failed]
    return found


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print it."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for title in ("median", "spread", "goal"):
        table.add_column(title, justify="right")
    table.add_column("")
    table.add_column("measured", overflow="fold")
    for line in lines(report):
        table.add_row(line.title, line.median, line.spread, line.goal, line.mark, line.figures)
    console.print(table)
    console.print(f"\n{about(report)}", highlight=False)
    for what in broken(report):
        console.print(f"✗ {what}", highlight=False, markup=False)


def markdown(report: Mapping[str, Any]) -> str:
    """The table of a README, and beneath it what it was measured on and which conditions did not hold."""
    rows = ["| | median | spread | goal | | measured |", "|---|---|---|---|---|---|"]
    rows += [f"| {' | '.join(line[1:])} |".replace("  ", " ") for line in lines(report)]
    failed = [line for what in broken(report) for line in ("", f"✗ {what}")]
    return "\n".join([*rows, "", about(report), *failed])


def about(report: Mapping[str, Any]) -> str:
    """What figures depend on, in a sentence."""
    run = report[RUN]
    changed = " with changes" if run["changed_since"] else ""
    return (
        f"A {run['size']} run of {run['seconds']:.0f} s on {run['cores']} cores ({run['processor']}, "
        f"{run['memory_gib']} GiB), {run['at'][:10]}, commit {run['commit']}{changed}: MongoDB {run['mongod']}, "
        f"nats-server {run['nats_server']}, Python {run['python']}."
    )
