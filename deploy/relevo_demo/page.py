"""The report as one page that stands alone: read on a phone as on a desk, printed, sent along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from relevo_demo.edition import Edition
from relevo_demo.picture import INK, PAPER, TAKING_PART
from relevo_demo.report import SOURCES, checked_rows, relay_rows, way_rows

_STYLE = f"""
body {{ margin: 0; background: {PAPER}; color: {INK}; font: 1rem/1.5 system-ui, sans-serif; }}
main {{ max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }}
h1 {{ font-size: clamp(1.5rem, 5vw, 2.2rem); line-height: 1.2; margin: 0 0 .3rem; }}
h2 {{ font-size: 1.2rem; margin: 2rem 0 .5rem; }}
h3 {{ font-size: 1rem; margin: 0 0 .2rem; color: {TAKING_PART}; }}
h3::first-letter {{ text-transform: uppercase; }}
p {{ margin: 0 0 1rem; }}
.quiet {{ color: #5d6a71; }}
.picture {{ overflow-x: auto; margin: 1rem 0; }}
.picture img {{ display: block; width: 100%; min-width: 44rem; height: auto; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .25rem 0; border-bottom: 1px solid #dfe4e3; }}
th {{ font-weight: 400; }}
th:not(:first-child), .count {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
thead th {{ color: #5d6a71; font-size: .875rem; }}
.count {{ padding-left: 1rem; }}
.relay {{ max-width: 30rem; }}
.way {{ columns: 20rem; column-gap: 2.5rem; }}
.way section {{ break-inside: avoid; margin-bottom: 1.2rem; }}
dl {{ margin: 0; }}
dt {{ font-weight: 600; }}
dd {{ margin: 0 0 .5rem; }}
@media (min-width: 40rem) {{ dl {{ display: grid; grid-template-columns: 10rem 1fr; }} }}
"""


def write(report: Mapping[str, Any], edition: Edition, picture: Path, folder: Path) -> Path:
    """Lay the page beside the picture that it shows; returns where."""
    path = folder / "report.html"
    path.write_text(page(report, edition, picture.name), encoding="utf-8")
    return path


def page(report: Mapping[str, Any], edition: Edition, picture: str) -> str:
    """The whole page; ``picture`` is the address of the drawing."""
    relay = "".join(_row(*row) for row in relay_rows(report))
    head = "<tr><th></th><th>people</th><th>of those before</th></tr>"
    way = "".join(_part(part, rows) for part, rows in way_rows(report).items())
    checked = "".join(f"<dt>{escape(name)}</dt><dd>{escape(found)}</dd>" for name, found in checked_rows(report))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relevo: {escape(edition.titles["en"])}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(edition.titles["en"])}</h1>
<p class="quiet">{escape(edition.in_words)}. Everybody here is synthetic.</p>
{_judged(report["wrong"])}
<div class="picture" tabindex="0" role="group" aria-label="The relay, drawn">
<img src="{escape(picture)}" alt="{escape(_in_words(relay_rows(report)))}"></div>
<h2>The relay</h2>
<table class="relay"><thead>{head}</thead><tbody>{relay}</tbody></table>
<h2>On the way</h2>
<p class="quiet">As the services say when they are asked at the end, and held against what was done.</p>
<div class="way">{way}</div>
<h2>Looked at afterwards</h2>
<dl>{checked}</dl>
<h2>Where it comes from</h2>
<p class="quiet">{escape(SOURCES)}</p>
</main>
</body>
</html>
"""


def _judged(wrong: Sequence[str]) -> str:
    if not wrong:
        return "<p>Every figure is as it must be.</p>"
    return f"<p>This must not be:</p><ul>{''.join(f'<li>{escape(each)}</li>' for each in wrong)}</ul>"


def _part(name: str, rows: Sequence[tuple[str, str]]) -> str:
    return (
        f"<section><h3>{escape(name)}</h3><table><tbody>{''.join(_row(*row) for row in rows)}</tbody></table></section>"
    )


def _row(words: str, *counts: str) -> str:
    cells = "".join(f'<td class="count">{escape(each)}</td>' for each in counts)
    return f'<tr><th scope="row">{escape(words)}</th>{cells}</tr>'


def _in_words(rows: Iterable[tuple[str, str, str]]) -> str:
    """The picture in words."""
    return "; ".join(f"{people} {words}" for words, people, _ in rows)
