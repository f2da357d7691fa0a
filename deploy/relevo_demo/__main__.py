"""``python -m relevo_demo``: replay an edition of 2019 on an embedded stack of its own, and look at what is left.

With ``--stay`` the stack is left up when all is done, until Ctrl-C. Exit 0 when every figure is as it must be, 1 when a
service misbehaved or a figure is wrong, 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from relevo_contracts import SERVICES
from relevo_demo import page, samples, staying
from relevo_demo import report as reports
from relevo_demo.api import Api, Misbehaved
from relevo_demo.edition import EDITIONS, Edition
from relevo_demo.figures import figures
from relevo_demo.inspection import Inspected, inspect
from relevo_demo.picture import draw
from relevo_demo.portal.visitors import visitors
from relevo_demo.progress import Phases
from relevo_demo.replay import Played, play
from relevo_demo.rules import broken
from relevo_demo.staying import Address
from relevo_demo.story.cast import Stage
from relevo_demo.verification import NotInstalled, Verified, require_installed, verify
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.place import Ports
from relevo_deploy.embedded.stack import PortInUse, Stack, StackRuns, empty
from relevo_servers import ServerDidNotStart, ServerMissing

LEAST_APPLICATIONS = 90
_Left = tuple[Played, Inspected, Verified, dict[str, int]]


async def run(options: argparse.Namespace) -> int:
    """Replay, inspect, verify, report. Raises what ``main`` tells."""
    began = time.monotonic()
    edition: Edition = EDITIONS[options.edition]
    count: int = options.applications or edition.applications
    progress = Phases(Console(soft_wrap=True))
    await asyncio.to_thread(require_installed)
    await asyncio.to_thread(_clear, options.folder)
    stack = _stack(options, edition)
    with progress.running():
        (played, inspected, verified, requests), addresses = await _played(stack, edition, count, options, progress)
        with progress.phase("picture drawn"):
            found = figures(played, inspected, verified)
            pictures = await asyncio.to_thread(draw, found, edition, options.folder)
    samples_there = samples.lay(played.certified, options.folder / "samples")
    whole: dict[str, Any] = {
        "edition": edition.code,
        "seed": options.seed,
        **found,
        "wrong": broken(found, edition, count),
        "samples": samples_there,
        "picture": [samples.relative(path) for path in pictures],
        "requests": requests,
        "phases": progress.seconds,
        "sources": reports.SOURCES,
        "cpu_seconds": round(_cpu_seconds(), 1),
        "seconds": round(time.monotonic() - began, 1),
    }
    whole["page"] = samples.relative(page.write(whole, edition, pictures[0], options.folder))
    code = _reported(whole, inspected, verified, options.folder, progress)
    if addresses:
        staying.show(stack.place, addresses, progress)
        await staying.asked_to_end()
        await stack.stop()
    return code


def _stack(options: argparse.Namespace, edition: Edition) -> Stack:
    """On free ports; one that is to stay has everything where `up` has it."""
    ports = Ports.fixed() if options.stay else Ports.free()
    start = edition.opens_at - timedelta(hours=6)
    return Stack(options.folder / "stack", ports=ports, clock_start=start, services=DEPLOYED)


async def _played(
    stack: Stack, edition: Edition, count: int, options: argparse.Namespace, progress: Phases
) -> tuple[_Left, list[Address]]:
    """What is left, with what is worth opening when the stack is to stay; otherwise it has ended."""
    addresses: list[Address] = []
    with progress.phase("stack brought up"):
        await stack.start()
    try:
        left = await _on_stack(stack, edition, count, options, progress)
        if options.stay:
            addresses = await _worth_opening(stack, left[0], options)
    finally:
        if not addresses:
            with progress.phase("stack ended"):
                await stack.stop()
    return left, addresses


async def _worth_opening(stack: Stack, played: Played, options: argparse.Namespace) -> list[Address]:
    urls = {name: stack.url(name) for name in SERVICES}
    async with stack.desk() as desk, Api(urls, desk, str(options.folder / "stack" / "logs")) as api:
        await staying.something_to_do(api, played)
        site = stack.place.site
        return await staying.addresses(staying.visitors(played, site), partial(staying.opens_at, site))


async def _on_stack(stack: Stack, edition: Edition, count: int, options: argparse.Namespace, progress: Phases) -> _Left:
    urls = {name: stack.url(name) for name in SERVICES}
    logs = str(options.folder / "stack" / "logs")
    async with stack.desk() as desk, Api(urls, desk, logs) as api, visitors(stack.place.site) as at_portal:
        stage = Stage(api, progress, edition, options.seed, at_portal)
        played = await play(stage, count, options.folder / "samples")
        with progress.phase("certificates verified by other people's code"):
            verified = await verify(played.certified)
        inspected = await inspect(stage, played, stack.place)
        return played, inspected, verified, {"made": api.requests, "repeated": api.repeats}


def _reported(whole: dict[str, Any], inspected: Inspected, verified: Verified, folder: Path, progress: Phases) -> int:
    path = reports.write(whole, folder)
    reports.show(whole, progress.console)
    progress.say(f"{'page':<13} {whole['page']}")
    for name, sample in whole["samples"].items():
        progress.say(f"{name:<13} {sample}")
    progress.say(f"{'picture':<13} {', '.join(whole['picture'])}")
    progress.say(f"{'report':<13} {samples.relative(path)}")
    progress.say(f"{'seconds':<13} {whole['seconds']}, of processors {whole['cpu_seconds']}")
    wrong = whole["wrong"]
    details = (
        *inspected.findings.lost, *inspected.findings.duplicated, *verified.wrong, *inspected.searched.found,
        *inspected.read.found,
    )  # fmt: skip
    if wrong:
        print("\nThis must not be:", *wrong, *details[:40], sep="\n  ", file=sys.stderr)
    return 1 if wrong else 0


def _cpu_seconds() -> float:
    """What the replay and its whole stack, which has ended by now, took of the processors: a figure that bears
    company, other than the seconds on the wall."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _clear(folder: Path) -> None:
    """Remove what an earlier replay left. Raises ``StackRuns``."""
    folder.mkdir(parents=True, exist_ok=True)
    empty(folder / "stack")
    shutil.rmtree(folder / "samples", ignore_errors=True)
    for name in ("report.json", "report.html", "funnel.svg", "funnel.png"):
        (folder / name).unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m relevo_demo", description="Replay an edition of 2019.")
    chosen = os.environ.get("EDITION") or "2019-2"
    parser.add_argument("--edition", choices=sorted(EDITIONS), default=chosen, help="or the variable EDITION")
    parser.add_argument("--seed", type=int, default=2019, help="the same seed gives the same people and behaviour")
    parser.add_argument("--applications", type=int, help=f"fewer than the edition had; at least {LEAST_APPLICATIONS}")
    parser.add_argument("--stay", action="store_true", help="leave the stack up with the edition in it until Ctrl-C")
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="where to leave everything")
    options = parser.parse_args()
    if options.edition not in EDITIONS:
        parser.error(f"there is no edition {options.edition}; choose from {', '.join(sorted(EDITIONS))}")
    if options.applications is not None and options.applications < LEAST_APPLICATIONS:
        parser.error(f"--applications: at least {LEAST_APPLICATIONS}")
    try:
        return asyncio.run(run(options))
    except (Misbehaved, NotInstalled, ServerDidNotStart, ServerMissing, StackRuns, PortInUse) as failed:
        print(f"\n{failed}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
