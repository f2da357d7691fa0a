"""``python -m relevo_demo``: replay an edition on a stack of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from relevo_demo.api import Api
from relevo_demo.edition import EDITIONS
from relevo_demo.replay import play
from relevo_demo.story.cast import Stage
from relevo_demo.told import Told
from relevo_deploy.embedded.stack import Stack, empty


async def run(given: argparse.Namespace) -> int:
    edition = EDITIONS[given.edition]
    told = Told(Console())
    folder = given.folder
    empty(folder / "stack")
    stack = Stack(folder / "stack", clock_start=edition.opens_at - timedelta(hours=6))
    with told.shown():
        with told.phase("stack brought up"):
            await stack.start()
        try:
            async with stack.desk() as desk:
                urls = {name: stack.url(name) for name in stack.services}
                async with Api(urls, desk, str(folder / "stack" / "logs")) as api:
                    stage = Stage(api, told, edition, given.seed)
                    played = await play(stage, given.applications or edition.applications, folder / "samples")
        finally:
            with told.phase("stack ended"):
                await stack.stop()
    print(played.lived.reminders, played.certified.issued, api.requests, api.repeats)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m relevo_demo", description=__doc__)
    parser.add_argument("--edition", choices=sorted(EDITIONS), default=os.environ.get("EDITION", "2019-2"))
    parser.add_argument("--seed", type=int, default=2019)
    parser.add_argument("--applications", type=int)
    parser.add_argument("--folder", type=Path, default=Path("var/demo"))
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
