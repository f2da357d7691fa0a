"""Each container killed in its turn, and how long it takes until all is as before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.composed.applicants import Applicants
from tests.composed.engine import Engine
from tests.composed.place import Place

from relevo_deploy.deployed import DEPLOYED

KILLED = ("nats", "mongo", "desk", *DEPLOYED)
CALM_SECONDS = 3.0
"""Ready for so long: a service notices a little later that a server has gone."""
LONGEST_SECONDS = 120.0


class Recovery(NamedTuple):
    """Seconds from a kill until everything was ready again, for good, and until an application that was sent
    afterwards had been acknowledged and its event heard on the bus."""

    killed: str
    ready_seconds: float
    whole_seconds: float
    noticed: Sequence[str]
    """Who said meanwhile that they were not ready."""


class DidNotRecover(RuntimeError):
    """Not within ``LONGEST_SECONDS``; the text says what was not as before."""


async def recovered(engine: Engine, place: Place, killed: str, applicants: Applicants) -> Recovery:
    """Kill it and wait. Raises ``DidNotRecover``."""
    pid = await engine.kill(killed)
    since, noticed, state = time.monotonic(), set[str](), "not started again"
    ready: float | None = None
    while time.monotonic() - since < LONGEST_SECONDS:
        began = time.monotonic()
        if await engine.process(killed) in (0, pid):
            missing, state = {killed}, f"{killed} was not started again"
        else:
            missing = await place.not_ready()
            state = f"not ready: {', '.join(sorted(missing))}" if missing else "no application came through"
        noticed |= missing
        ready = None if missing else ready or began
        whole = applicants.whole(since)
        if ready and whole and time.monotonic() - ready > CALM_SECONDS:
            return Recovery(killed, ready - since, whole - since, sorted(noticed))
        await asyncio.sleep(0.05)
    raise DidNotRecover(f"{killed} was killed, and {LONGEST_SECONDS:.0f} s later {state}")


async def all_recovered(
    engine: Engine, place: Place, applicants: Applicants, say: Callable[[str], None]
) -> list[Recovery]:
    """Each in its turn. Raises ``DidNotRecover``."""
    found = []
    for killed in KILLED:
        one = await recovered(engine, place, killed, applicants)
        say(f"{killed:<22}{one.ready_seconds:>7.1f} s{one.whole_seconds:>8.1f} s   {', '.join(one.noticed)}")
        found.append(one)
    return found
