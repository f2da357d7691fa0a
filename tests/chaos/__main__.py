"""Runs the storms and writes ``var/chaos/report.json``: ``python -m tests.chaos [--short] [--only NAME] [--seed N]``.

Exits with 1 unless every storm is weathered.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.chaos.plan import Scenario, plan
from tests.chaos.stand import ROOT
from tests.chaos.storm import RECOVERY_SECONDS, Report

FOLDER = ROOT / "var" / "chaos"
TOTALS = ("acknowledged", "kills", "lost", "duplicated_effects", "out_of_order")


def main() -> int:
    options = _arguments()
    scenarios = [each for each in plan(short=options.short) if not options.only or each.name in options.only]
    if not scenarios:
        print(
            f"no such storm; there are: {', '.join(each.name for each in plan(short=options.short))}", file=sys.stderr
        )
        return 2
    began = time.monotonic()
    reports = asyncio.run(raged(scenarios, FOLDER, seed=options.seed, short=options.short))
    summary = summed(reports, time.monotonic() - began, seed=options.seed, short=options.short)
    (FOLDER / "report.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    totals = ", ".join(f"{name.replace('_', ' ')} {summary[name]}" for name in TOTALS)
    print(f"\n{totals}, {summary['seconds']:.0f} s: {'all ok' if summary['ok'] else 'NOT ok'}")
    return 0 if summary["ok"] else 1


async def raged(scenarios: Sequence[Scenario], folder: Path, *, seed: int, short: bool) -> list[Report]:
    """Every storm in its turn; those that share a layout share a stand."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    await asyncio.to_thread(folder.mkdir, parents=True)
    reports: list[Report] = []

    def announce(report: Report) -> None:
        reports.append(report)
        _print(report, len(reports), len(scenarios))

    for grounds in dict.fromkeys(each.grounds for each in scenarios):
        await grounds.stage([each for each in scenarios if each.grounds is grounds], folder, seed, short, announce)
    return reports


def summed(reports: Sequence[Report], seconds: float, *, seed: int, short: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"scenarios": [each.line() for each in reports]}
    found |= {name: sum(getattr(each, name) for each in reports) for name in TOTALS}
    found["recovery_seconds_max"] = round(max((each.recovery_seconds_max for each in reports), default=0.0), 2)
    found |= {"seconds": round(seconds, 1), "seed": seed, "short": short}
    found["ok"] = bool(reports) and all(each.ok for each in reports)
    return found


def _print(report: Report, number: int, of: int) -> None:
    if report.skipped:
        print(f"[{number:2}/{of}] {report.name:28} skipped: {report.skipped}", flush=True)
        return
    figures = (
        f"acknowledged {report.acknowledged:5}  kills {report.kills:3}  lost {report.lost}  "
        f"doubled {report.duplicated_effects}  out of order {report.out_of_order}  "
        f"recovery {report.recovery_seconds_max:4.1f} s  {report.seconds:4.0f} s"
    )
    print(f"[{number:2}/{of}] {report.name:28} {'ok ' if report.ok else 'NOT'} {figures}", flush=True)
    for slow in report.recoveries:
        if slow.seconds > RECOVERY_SECONDS:
            print(f"        ! too slow: {slow.line()}", flush=True)
    for note in report.notes:
        print(f"        {note}", flush=True)
    for finding in report.findings[:10]:
        print(f"        ! {finding.code}: {finding.where}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Storms over the whole of Relevo.")
    parser.add_argument("--short", action="store_true", help="a few kills of each kind, under 90 seconds")
    parser.add_argument("--only", action="append", metavar="NAME", help="this storm alone; may be repeated")
    parser.add_argument("--seed", type=int, default=2019)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
