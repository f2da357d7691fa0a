"""make fuzz: generated requests to every service, bounded in count and time, and what they found."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.fuzz.ready import fuzzed
from tests.fuzz.running import Report, config
from tests.isolation.equipped import press_of
from tests.isolation.worlds import WORLDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("services", nargs="*", default=list(WORLDS), help="all four unless named")
    parser.add_argument("--examples", type=int, default=50, help="drawn for each operation and phase")
    parser.add_argument("--seconds", type=float, default=200.0, help="at most, for each service")
    parser.add_argument("--quick", action="store_true", help="as in the tests")
    asked = parser.parse_args()
    settings = config(asked.examples, asked.seconds or None, thorough=not asked.quick)
    with tempfile.TemporaryDirectory() as keys:
        press = press_of(Path(keys))
        reports = [asyncio.run(fuzzed(service, press, settings)) for service in asked.services]
    for report in reports:
        print(findings(report), end="")
    print(table(reports))
    return 0 if all(report.is_clean for report in reports) else 1


def findings(report: Report) -> str:
    """Each finding with the request that shows it."""
    lines = [
        f"{report.service}: {operation}: {check}\n  {message}\n  {how}\n"
        for (operation, check, message), how in sorted(report.findings.items())
    ]
    return "".join([*lines, *(f"{report.service}: {each}: never answered with success\n" for each in report.unreached)])


def table(reports: list[Report]) -> str:
    """One line for each service."""
    rows = [("service", "operations", "requests", "checks", "POST reached", "findings")]
    rows += [
        (
            report.service,
            str(report.operations),
            str(report.requests),
            str(report.checks.total()),
            f"{report.posts - len(report.unreached)} of {report.posts}",
            str(len(report.findings)),
        )
        for report in reports
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join("  ".join(each.ljust(width) for each, width in zip(row, widths, strict=True)) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
