"""Measures and writes a report and a picture to ``var/bench/``: ``python -m benchmarks [--quick] [--only NAME …]``.

Exits with 1 when something could not be measured or was measured while a condition did not hold; a goal that is missed
is said in the table, and exits with 1 under ``--strict`` alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from benchmarks import (
    accounts,
    applying,
    consuming,
    flat,
    hopping,
    idling,
    machine,
    rebuilding,
    replicas,
    selecting,
    submitting,
    submitting_long,
    submitting_together,
    tracing,
)
from benchmarks.picture import draw, rows_of
from benchmarks.report import Entry
from benchmarks.sizes import FULL, QUICK, Size
from benchmarks.stage import Setting
from benchmarks.table import show

FOLDER = machine.ROOT / "var" / "bench"
MEASUREMENTS: Mapping[str, Callable[[Setting, Size], Coroutine[Any, Any, list[Entry]]]] = {
    "submit": submitting.measured,
    "submit_replicas": submitting_together.measured,
    "submit_flat": submitting_long.measured,
    "apply": applying.measured,
    "consume": consuming.measured,
    "accounts": accounts.measured,
    "tracing": tracing.measured,
    "hop": hopping.measured,
    "flat": flat.measured,
    "rebuild": rebuilding.measured,
    "replicas": replicas.measured,
    "select": selecting.measured,
    "idle": idling.measured,
}


def main() -> int:
    options = _arguments()
    size = QUICK if options.quick else FULL
    names = [name for name in MEASUREMENTS if not options.only or name in options.only]
    began = time.monotonic()
    entries: list[Entry] = []
    failed: dict[str, str] = {}
    run = machine.described()
    for name in names:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                entries += runner.run(_stopped_by_signal(MEASUREMENTS[name](_setting(name, began), size)))
        except asyncio.CancelledError:
            return 128 + signal.SIGTERM
        except Exception as failure:
            traceback.print_exc()
            failed[name] = f"{type(failure).__name__}: {failure}"
    run |= {"size": size.name, "seconds": round(time.monotonic() - began, 1), "failed": failed}
    report: dict[str, Any] = {entry.name: entry.document() for entry in entries} | {"run": run}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if rows_of(report):
        draw(report, options.out / "bench.png")
    show(report, Console())
    return _exit_code(entries, failed, strict=options.strict)


async def _stopped_by_signal(measuring: Coroutine[Any, Any, list[Entry]]) -> list[Entry]:
    """Measure; on SIGTERM end like on Ctrl-C, with all that was started."""
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await measuring


def _exit_code(entries: Sequence[Entry], failed: Mapping[str, str], *, strict: bool) -> int:
    if failed or not all(entry.sound for entry in entries):
        return 1
    return 1 if strict and any(entry.met is False for entry in entries) else 0


def _setting(name: str, began: float) -> Setting:
    def report_progress(what: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {name}: {what}", file=sys.stderr, flush=True)

    report_progress("starting")
    return Setting(FOLDER / "logs", report_progress)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What Relevo's parts cost.")
    parser.add_argument("--quick", action="store_true", default=os.environ.get("BENCH") == "quick", help="small counts")
    parser.add_argument("--only", nargs="+", choices=list(MEASUREMENTS), metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--out", type=Path, help="the folder of the report; var/bench, or var/bench/only with --only")
    parser.add_argument("--strict", action="store_true", help="a missed goal is a failure")
    options = parser.parse_args()
    options.out = options.out or (FOLDER / "only" if options.only else FOLDER)
    return options


if __name__ == "__main__":
    sys.exit(main())
