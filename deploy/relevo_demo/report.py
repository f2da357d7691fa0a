"""What is left at the end: the report as a file, the funnel as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from relevo_demo.picture import steps_of

SOURCES = (
    "Dates, seats, applications, contents and grants: press releases of the Commission, 2019. Make-up of the "
    "population: published figures of the first edition, borrowed. People, texts and behaviour: invented."
)


def write(report: Mapping[str, Any], folder: Path) -> Path:
    path = folder / "report.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def show(report: Mapping[str, Any], console: Console) -> None:
    """The funnel, and beneath it what was checked."""
    table = Table(title="The relay", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    table.add_column("people", justify="right")
    table.add_column("of those before", justify="right")
    before = 0
    for step in steps_of(report):
        share = (
            ""
            if not before
            else f"{step.people / before:.0%}"
            if step.people <= before
            else _times(step.people / before)
        )
        table.add_row(step.label.replace("\n", " "), f"{step.people:,}", share)
        before = step.people
    console.print(table)
    events, privacy, certificates = report["events"], report["privacy"], report["certificates"]
    console.print(
        f"\nevents {events['published']:,} · lost {events['lost']} · doubled {events['duplicated_effects']}"
        f" · dead letters {events['dead_letters']}\n"
        f"certificates verified by code that is not the issuer's {certificates['verified']}/{certificates['issued']}"
        f" · revoked {certificates['revoked']} · superseded {certificates['superseded']}\n"
        f"canaries found {privacy['found']} of {privacy['canaries_planted']}"
        f" in {privacy['places_searched']:,} places\n"
        f"readings of sealed data on record {privacy['readings']:,} · decisions {privacy['decisions']:,}"
        f" · records that are not whole {privacy['records_broken']}",
        highlight=False,
    )


def _times(factor: float) -> str:
    return f"× {factor:.1f}"
