"""Waiting that says what for: a command that waits tells every few seconds what is left, and what holds it up."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from relevo_deploy.failed import Failed
from relevo_deploy.operations.doors import DoorRefused, Doors, DoorShut

LOOK_SECONDS = 0.25
PROGRESS_SECONDS = 3.0

Why = Callable[[], Awaitable[str]]


class Waiting:
    """Waits for one thing, ``seconds`` at most; ``why`` says what holds it up, or nothing."""

    def __init__(self, what: str, seconds: float, why: Why) -> None:
        self._what = what
        self._seconds = seconds
        self._why = why
        self._began = self._last = time.monotonic()

    async def pause(self, left: str) -> None:
        """Wait a moment; ``left`` is what is still to come. Raises ``Failed`` when the time is over."""
        now = time.monotonic()
        if now - self._began > self._seconds:
            raise Failed(f"{await self._says(left)} after {self._seconds:g} s; see: relevo status")
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            print(f"{await self._says(left)}, {now - self._began:.0f} s so far", file=sys.stderr)
        await asyncio.sleep(LOOK_SECONDS)

    async def _says(self, left: str) -> str:
        why = await self._why()
        return f"waiting for {self._what}: {left}" + (f" ({why})" if why else "")


def hindered(doors: Doors, service: str, durable: str | None = None) -> Why:
    """What holds a service up, or one of its durables, as it says itself."""

    async def why() -> str:
        try:
            failing = (await doors.ready(service))["failing"]
            if failing:
                return "; ".join(f"{name}: {reason}" for name, reason in failing.items())
            found = (await doors.get(service, "/status"))["durables"]
        except (DoorShut, DoorRefused) as away:
            return str(away)
        at = next((each for each in found if each["durable"] == durable), None)
        if not at or not at["held"]:
            return ""
        first = f", first {at['gaps'][0]}" if at["gaps"] else ""
        return f"{at['held']} are held back for one before them{first}"

    return why
