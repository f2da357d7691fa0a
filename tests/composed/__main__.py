"""Bring docker-compose.yml up, walk a course in it, kill each container in turn and time it, take it down again.

python -m tests.composed [--built] [--stay] [--applications N]

Writes ``var/composed/report.json``. 0 when all is as it must be, 1 when something is not, 2 when neither Docker nor
Podman runs here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from tests.composed.applicants import applying
from tests.composed.engine import ROOT, Broken, Engine, NoEngine, run
from tests.composed.place import Place
from tests.composed.recovery import DidNotRecover, all_recovered

from relevo_contracts import SERVICES
from relevo_demo.api import Api, Misbehaved
from relevo_demo.edition import EDITIONS
from relevo_demo.portal.visitors import visitors
from relevo_demo.progress import Phases
from relevo_demo.replay import play
from relevo_demo.story.cast import Stage
from relevo_demo.verification import verify
from relevo_deploy.embedded.desk_client import Desk

FOLDER = ROOT / "var" / "composed"
EDITION = EDITIONS["2019-2"]
READY_WITHIN_SECONDS = 180
LOGS = "what compose logs"


async def whole(engine: Engine, options: argparse.Namespace, report: dict[str, Any]) -> None:
    """All of it, each figure put into ``report`` as soon as it is there. Raises what ``main`` tells."""
    progress, place = Phases(Console(soft_wrap=True)), Place()
    report |= {"engine": engine.program, "seconds": progress.seconds}
    if not options.built:
        with progress.phase("images built"):
            await engine.build()
    try:
        with progress.phase("up, until all are ready"):
            await engine.up({"RELEVO_OPERATOR_CLOCK": EDITION.opens_at.isoformat()})
            await _ready(place)
        await _used(engine, place, options.applications, progress, report)
    finally:
        if not options.stay:
            with progress.phase("down, with its volumes"):
                await engine.down()


async def _ready(place: Place) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while missing := await place.not_ready():
        if time.monotonic() > until:
            raise DidNotRecover(f"not ready {READY_WITHIN_SECONDS} s after the start: {', '.join(sorted(missing))}")
        await asyncio.sleep(0.1)


async def _used(engine: Engine, place: Place, count: int, progress: Phases, report: dict[str, Any]) -> None:
    async with Desk(place.urls["desk"]) as desk:
        report["walked"] = await _walked(place, desk, count, progress)
        token = await desk.token("coordinator-1", ["coordinator"], SERVICES, lifetime_seconds=3600)
        progress.say(f"{'killed':<22}{'ready':>9}{'whole':>10}   not ready meanwhile")
        async with applying(place, token) as applicants:
            recoveries = await all_recovered(engine, place, applicants, progress.say)
        report["recoveries"] = [each._asdict() for each in recoveries]
        async with Api(place.services, desk, LOGS) as api:
            kept = (await api.get("intake", f"/calls/{applicants.call_id}/figures", token=token))["applications"]
    report["acknowledged"], report["kept"] = len(applicants.acknowledged), kept
    report["verify"] = await run(".venv/bin/relevo", "verify", environment=place.operators("auditor"))
    report["status"] = await run(".venv/bin/relevo", "status", environment=place.operators("operator"))
    progress.say(f"acknowledged {report['acknowledged']}, kept {kept}\n{report['verify']}")
    if kept != report["acknowledged"]:
        raise DidNotRecover(f"{report['acknowledged']} applications were acknowledged, and {kept} are there")


async def _walked(place: Place, desk: Desk, count: int, progress: Phases) -> dict[str, Any]:
    """An edition from the call to certificates that other people's code verifies. Raises ``Misbehaved``."""
    async with Api(place.services, desk, LOGS) as api, visitors(place.site) as at_portal:
        stage = Stage(api, progress, EDITION, 2019, at_portal)
        played = await play(stage, count, FOLDER / "samples")
        with progress.phase("certificates verified by other people's code"):
            verified = await verify(played.certified)
        if verified.wrong:
            raise Misbehaved("\n".join(verified.wrong))
        return {
            "applications": count,
            "participants": len(played.selected.participants),
            "certificates": verified.people,
            "requests": api.requests,
            "repeated": api.repeats,
            "browser": at_portal.because or "yes",
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.composed", description=__doc__.partition("\n")[0])
    parser.add_argument("--built", action="store_true", help="take the images that are there")
    parser.add_argument("--stay", action="store_true", help="leave it up")
    parser.add_argument("--applications", type=int, default=90, help="of the edition that is walked")
    options = parser.parse_args()
    try:
        engine = Engine.found()
    except NoEngine as none:
        print(f"skipped: {none}", file=sys.stderr)
        return 2
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    report: dict[str, Any] = {}
    try:
        asyncio.run(whole(engine, options, report))
    except (Broken, DidNotRecover, Misbehaved, TimeoutError) as failed:
        print(f"\n{failed}", file=sys.stderr)
        report["failed"] = str(failed)
    (FOLDER / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"report: {Path(FOLDER / 'report.json').relative_to(ROOT)}")
    return 1 if "failed" in report else 0


if __name__ == "__main__":
    sys.exit(main())
