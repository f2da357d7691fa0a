"""What has come up here and has not come to an end: since when, how often, how recently.

Replicas share a durable: what came up here may have ended elsewhere. So what has not come up for a minute is forgotten.
"""

from __future__ import annotations

import time
from typing import NamedTuple

FORGET_SECONDS = 60.0


class Seen(NamedTuple):
    """One place: how many times it came up, from when to when."""

    times: int
    since: float
    last: float

    @property
    def seconds(self) -> float:
        return self.last - self.since


class Unfinished:
    """Places with their ``Seen``; holds no more than came up within the last minute."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def __len__(self) -> int:
        self._forget()
        return len(self._seen)

    @property
    def empty(self) -> bool:
        return not self._seen

    @property
    def longest_seconds(self) -> float:
        """How long the one that came up first has not ended; 0 when there is none."""
        self._forget()
        now = time.monotonic()
        return max((now - each.since for each in self._seen.values()), default=0.0)

    def oldest(self, limit: int) -> list[str]:
        """The places that have not ended for longest."""
        self._forget()
        return sorted(self._seen, key=lambda place: self._seen[place].since)[:limit]

    def again(self, place: str) -> tuple[Seen, Seen]:
        """It came up; returns how it stood before and how it stands now."""
        self._forget()
        now = time.monotonic()
        before = self._seen.pop(place, Seen(0, now, now))
        after = self._seen[place] = Seen(before.times + 1, before.since, now)
        return before, after

    def finished(self, place: str) -> None:
        self._seen.pop(place, None)

    def _forget(self) -> None:
        """Those that came up longest ago stand first."""
        over = time.monotonic() - FORGET_SECONDS
        while self._seen and next(iter(self._seen.values())).last < over:
            del self._seen[next(iter(self._seen))]
