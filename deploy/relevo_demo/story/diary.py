"""What happens when, over weeks of domain time: entries in the order of their instants."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count

from relevo_demo.progress import Advance
from relevo_demo.story.cast import Stage

Act = Callable[[], Awaitable[None]]


class Diary:
    """Entries of one instant happen one after another, in the order in which they were made."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Act]] = []
        self._number = count()

    def __len__(self) -> int:
        return len(self._entries)

    def at(self, instant: datetime, act: Act) -> None:
        heapq.heappush(self._entries, (instant, next(self._number), act))

    async def run(self, stage: Stage, advance: Advance) -> None:
        """Move domain time from entry to entry until none is left."""
        last: datetime | None = None
        while self._entries:
            instant, _, act = heapq.heappop(self._entries)
            if instant != last:
                await stage.at(instant)
            last = instant
            await act()
            advance()
