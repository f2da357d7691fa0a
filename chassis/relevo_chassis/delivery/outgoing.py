"""What was committed here and must be told: handed from the committer to the relay beside the store.

The rows are in the outbox, and that they are told rests on the outbox alone. What is handed over spares the relay to
read them there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from relevo_chassis.delivery.outbox import Unsent

WAITING_MAX = 2_000
LANES_MAX = 5_000


class Outgoing:
    """Rows in the order of their commits; too many are forgotten, for the relay to find them in the outbox."""

    def __init__(self) -> None:
        self._rows: list[Unsent] = []
        self._missed = False
        self._wake = asyncio.Event()

    def add(self, rows: Iterable[Unsent]) -> None:
        """Hand over what was committed. Nobody is woken for what is forgotten anyway."""
        if self._missed:
            return
        self._rows += rows
        if len(self._rows) > WAITING_MAX:
            self.forget()
        self._wake.set()

    def pop(self, limit: int) -> list[Unsent] | None:
        """The next rows; ``None`` when some were forgotten and not found since then."""
        if self._missed:
            return None
        popped, self._rows = self._rows[:limit], self._rows[limit:]
        return popped

    def forget(self) -> None:
        """Let go of the rows, and of all that follow before the next ``begin``."""
        self._rows = []
        self._missed = True

    def begin(self) -> list[Unsent]:
        """From now on nothing is missed: what was committed before is read from the outbox. Returns what waited."""
        waited, self._rows = self._rows, []
        self._missed = False
        return waited

    def wake(self) -> None:
        """Wake the relay, whether there is something or not."""
        self._wake.set()

    async def wait(self, seconds: float) -> None:
        """Wait until something is handed over, for so long at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()


class Lanes:
    """How far lanes have been published, as far as it is remembered. What it says stays true for ever."""

    def __init__(self) -> None:
        self._recent: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def published(self, row: Unsent) -> None:
        if len(self._recent) >= LANES_MAX:
            self._before, self._recent = self._recent, {}
        self._recent[row.lane] = row.sequence

    def in_turn(self, rows: Iterable[Unsent]) -> list[Unsent] | None:
        """Those that are not published yet; ``None`` unless all before each of them are, or stand before it here."""
        reached: dict[str, int] = {}
        new: list[Unsent] = []
        for row in rows:
            last = reached.get(row.lane) or self._recent.get(row.lane) or self._before.get(row.lane, 0)
            if row.sequence > last + 1 or not row.sequence:
                return None
            if row.sequence == last + 1:
                reached[row.lane] = row.sequence
                new.append(row)
        return new
