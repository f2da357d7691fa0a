"""Puts the figures of the last ``make bench`` into README.md and docs/bench.png: ``python -m benchmarks.publish``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.picture import draw
from benchmarks.sizes import FULL
from benchmarks.table import TITLES, markdown

REPORT = ROOT / "var" / "bench" / "report.json"
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "bench.png"
BEGIN, END = "<!-- figures: written by python -m benchmarks.publish -->", "<!-- end of figures -->"


class NotPublished(RuntimeError):
    """The figures were left as they were; the text says why."""


def main() -> int:
    try:
        publish(REPORT, README, PICTURE)
    except NotPublished as why:
        print(why, file=sys.stderr)
        return 1
    return 0


def publish(report: Path, readme: Path, picture: Path) -> None:
    """Write table and picture of a report. Raises ``NotPublished`` when there is none, or not of everything."""
    if not report.exists():
        raise NotPublished(f"no {report}; run make bench first")
    found = json.loads(report.read_text(encoding="utf-8"))
    if missing := sorted(_of_a_full_run() - found.keys()):
        raise NotPublished(f"{report} lacks {', '.join(missing)}; run all of make bench")
    readme.write_text(placed(readme.read_text(encoding="utf-8"), markdown(found)), encoding="utf-8")
    draw(found, picture)


def _of_a_full_run() -> set[str]:
    """What it measures; a quick one selects of other numbers."""
    selections = {f"select_{people}" for people in FULL.selections}
    return {name for name in TITLES if not name.startswith("select_")} | selections


def placed(text: str, figures: str) -> str:
    """The text with these figures between its marks. Raises ``NotPublished`` when it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise NotPublished(f"the text has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
