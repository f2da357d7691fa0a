"""Write the pages of ``docs/`` that are made of the repository itself: which tests hold a rule, how the house is built,
which events and problems there are, and what can be set; and Grafana's dashboards.

python -m tests.documents [--check]
"""

from __future__ import annotations

import argparse
import sys

from tests.documents import dashboards, events, problems, rooms, rules, settings

PAGES = {
    rules.PAGE: rules.page,
    rooms.PAGE: rooms.page,
    problems.PAGE: problems.page,
    settings.PAGE: settings.page,
    **events.pages(),
    **dashboards.pages(),
}


def main(arguments: list[str] | None = None) -> int:
    """0 when all are written or up to date; 1 when ``--check`` finds one stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    asked = parser.parse_args(arguments)
    made = {path: page() for path, page in PAGES.items()}
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        if asked.check:
            print(f"{path.name} is not what the repository says; run: make schemas", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made[path], "utf-8")
    return 1 if stale and asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
