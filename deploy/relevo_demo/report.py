"""What is left at the end: the report as a file, the funnel and what befell people on the way as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from relevo_demo.deeds import WORDS
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
    """The funnel, what befell people on the way, and beneath it what was checked."""
    console.print(_funnel(report))
    console.print()
    console.print(_on_the_way(report))
    console.print(_checked(report), highlight=False)


def _funnel(report: Mapping[str, Any]) -> Table:
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
    return table


def _on_the_way(report: Mapping[str, Any]) -> Table:
    """What the services say of it; that it is what was done is checked apart."""
    table = Table(title="On the way", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    table.add_column("as the services say", justify="right")
    for deed, words in WORDS.items():
        table.add_row(words, f"{report['course'][deed]:,}")
    return table


def _checked(report: Mapping[str, Any]) -> str:
    events, privacy, certificates = report["events"], report["privacy"], report["certificates"]
    return (
        f"\nevents {events['published']:,} · lost {events['lost']} · doubled {events['duplicated_effects']}"
        f" · dead letters {events['dead_letters']}\n"
        f"certificates verified by code that is not the issuer's {certificates['verified']}/{certificates['issued']}"
        f" · revoked {certificates['revoked']} · superseded {certificates['superseded']}, of which"
        f" {certificates['superseded_verified']} say so to it\n"
        f"canaries found {privacy['found']} of {privacy['canaries_planted']}"
        f" in {privacy['places_searched']:,} places, {len(privacy['collections'])} collections among them\n"
        f"names given up and found {privacy['names_given_up_found']} of {privacy['names_given_up']}"
        f" on {privacy['public_routes']} public routes, in {privacy['public_answers']} answers and"
        f" {privacy['papers']} papers\n"
        f"readings of sealed data on record {privacy['readings']:,} · decisions {privacy['decisions']:,}"
        f" · records that are not whole {privacy['records_broken']}\n"
        f"sealed reasons that are what was given {report['reasons']['stand']}/{report['reasons']['sealed']}"
    )


def _times(factor: float) -> str:
    return f"× {factor:.1f}"
