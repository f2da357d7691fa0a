"""What is left at the end: the report as a file, the funnel and what befell people on the way as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from relevo_demo.deeds import ON_THE_WAY
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
    relay = _table("The relay", "", "people", "of those before")
    for step in relay_rows(report):
        relay.add_row(*step)
    way = _table("On the way, as the services say", "", "")
    for part, rows in way_rows(report).items():
        way.add_row(f"[bold]{part}[/bold]", "")
        for words, count in rows:
            way.add_row(f"  {words}", count)
    checked = _table("Looked at afterwards", "", "")
    checked.columns[1].justify = "left"
    for found in checked_rows(report):
        checked.add_row(*found)
    for each in (relay, way, checked):
        console.print(each, highlight=False)
        console.print()


def relay_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Each step of the relay, how many people it has, and what part of those before or how many times as many."""
    rows, before = [], 0
    for step in steps_of(report):
        share = "" if not before else _share(step.people / before)
        rows.append((step.label.replace("\n", " "), f"{step.people:,}", share))
        before = step.people
    return rows


def way_rows(report: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """What befell how many, by the part of the course, as the services say; that it is what was done is a rule."""
    course = report["course"]
    return {
        part: [(words, f"{course[deed]:,}") for deed, words in of_a_part.items()]
        for part, of_a_part in ON_THE_WAY.items()
    }


def checked_rows(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was looked at when all was done, and what was found."""
    events, privacy, certificates = report["events"], report["privacy"], report["certificates"]
    reasons = report["reasons"]
    return [
        (
            "events",
            f"{events['published']:,} published · {events['lost']} lost · {events['duplicated_effects']} doubled"
            f" · {events['dead_letters']} dead letters",
        ),
        (
            "figures outside",
            f"{events['figures_told']} told · {events['figures_held_back']} held back"
            f" · {events['figures_not_in_tens']} not in tens",
        ),
        (
            "certificates",
            f"{certificates['verified']} of {certificates['issued']} verified independently"
            f" · {certificates['revoked']} revoked"
            f" · {certificates['superseded_verified']} of {certificates['superseded']} superseded",
        ),
        (
            "canaries",
            f"{privacy['found']} of {privacy['canaries_planted']} found in {privacy['places_searched']:,} places"
            f" · {len(privacy['collections'])} collections among them",
        ),
        (
            "from outside",
            f"{privacy['found_outside']} of {privacy['names_given_up'] + privacy['sealed_words']} words"
            f" on {privacy['public_routes']} public routes, {privacy['public_answers']:,} answers,"
            f" {privacy['papers']} papers",
        ),
        (
            "records",
            f"{privacy['readings']:,} readings of sealed data, {privacy['decisions']:,} decisions"
            f" · {privacy['records_broken']} broken",
        ),
        ("the portal", _portal_row(report["portal"])),
        ("sealed reasons", f"{reasons['stand']} of {reasons['sealed']} are what was given"),
    ]


def _portal_row(portal: Mapping[str, Any]) -> str:
    used = f"{portal['people']} people in {len(portal['languages'])} languages on {portal['pages']} of its pages"
    how = "in a browser" if portal["in"] == "browser" else f"by its forms alone: {portal['because']}"
    return f"{used} · {how}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=any(columns))
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at else "left")
    return table


def _share(part: float) -> str:
    return f"{part:.0%}" if part <= 1 else f"× {part:.1f}"
