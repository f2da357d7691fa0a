"""A lease: at most one replica does a thing at a time, and another takes over when it stops renewing.

The clock of MongoDB decides, so that no replica whose own is wrong takes it early or keeps it for days. A holder that
sleeps past its lease may wake up and go on for one step, so what is done under a lease must bear being done twice; the
lease makes it rare and not impossible.
"""

from __future__ import annotations

import time
from typing import Protocol

from relevo_chassis.delivery.store import Store

COLLECTION = "leases"
SECONDS = 5.0


class Holding(Protocol):
    """A lease, as whoever works under it sees it."""

    async def acquire(self) -> bool: ...


class Lease:
    """A named lease in the service's store."""

    def __init__(self, store: Store, name: str, holder: str, *, seconds: float = SECONDS) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._renew_at = 0.0
        self._until = 0.0

    @property
    def owned(self) -> bool:
        """Whether this replica believes to hold it, by a clock that only moves forward."""
        return time.monotonic() < self._until

    async def acquire(self) -> bool:
        """Acquire or renew the lease; asks the store once in a third of its length."""
        sent_at = time.monotonic()
        if sent_at < self._renew_at and self.owned:
            return True
        acquired = await self._store.hold(COLLECTION, self._name, self._holder, self._seconds)
        self._renew_at = sent_at + self._seconds / 3 if acquired else 0.0
        self._until = sent_at + self._seconds if acquired else 0.0
        return acquired

    async def release(self) -> None:
        """Let another take it at once."""
        self._until = 0.0
        await self._store.hold(COLLECTION, self._name, self._holder, -1.0)
