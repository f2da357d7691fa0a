"""How much may wait to be told: beyond a bound, nothing more is taken until the relay has caught up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import A, Busy, Change, CommitsMany, Repeat
from relevo_chassis.delivery.store import Store

LOOK_SECONDS = 1.0
_FULL = "too much waits to be told; repeat the call when the bus is back"


class Bounded:
    """CommitsMany that are refused as ``Busy`` while more than ``bound`` rows of the outbox are unsent."""

    def __init__(self, commits: CommitsMany, store: Store, bound: int) -> None:
        self._commits = commits
        self._store = store
        self._bound = bound
        self.unsent = 0
        self.oldest_seconds = 0.0

    async def commit(self, change: Change[A]) -> A | Repeat:
        if self._is_full:
            raise Busy(_FULL)
        return await self._commits.commit(change)

    async def commit_all(self, changes: Sequence[Change[Any]]) -> list[Any]:
        if self._is_full:
            return [Busy(_FULL)] * len(changes)
        return await self._commits.commit_all(changes)

    @property
    def _is_full(self) -> bool:
        return self.unsent >= self._bound

    async def watch(self) -> None:
        """Count what is unsent, for ever; to be run beside the service."""
        while True:
            with contextlib.suppress(Busy):
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Count what is unsent now."""
        oldest = await self._store.rows(outbox.COLLECTION, outbox.UNSENT, sort=[("order", 1), ("_id", 1)], limit=1)
        self.unsent = await self._store.count_rows(outbox.COLLECTION, outbox.UNSENT) if oldest else 0
        since = [row.get("republished_at") or row["committed_at"] for row in oldest]
        self.oldest_seconds = (datetime.now(UTC) - since[0]).total_seconds() if since else 0.0
