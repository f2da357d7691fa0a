"""The committer: changes that arrive together are read, decided and written together.

It never waits for a group to fill. While one group is being written the next one gathers, so a lone change costs one
transaction and a thousand cost a few. All of a group is read at once (aggregates, once-keys, positions), decided in
the order of arrival, and written in one transaction; what a decision raised goes to its own caller, and only after
the group it relied on is in the store.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from relevo_chassis.delivery.change import Busy, Change
from relevo_chassis.delivery.group import Group
from relevo_chassis.delivery.writes import Backend, Conflict

GROUP_MAX = 256
ATTEMPTS_TOGETHER = 3
ATTEMPTS_ALONE = 12


@dataclass(slots=True, eq=False)
class _Waiting:
    change: Change
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Committer:
    """Commits changes in groups. One for each process; replicas of a service run one each on the same store."""

    def __init__(self, backend: Backend, *, group_max: int = GROUP_MAX) -> None:
        self._backend = backend
        self._group_max = group_max
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None
        self.told = asyncio.Event()
        """Set after a commit that put something into the outbox; the relay clears it."""

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run(), name="committer")

    async def close(self) -> None:
        """Take nothing more, finish what was taken, then return."""
        self._stopping = True
        self._arrived.set()
        if self._loop:
            await self._loop

    @property
    def alive(self) -> bool:
        return self._loop is not None and not self._loop.done()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    async def commit(self, change: Change) -> Any:
        """Commit a change and return its decision's answer, or a ``Repeat`` when its once-key was seen before.

        Returns once a majority of the replica set has journaled it. Raises what ``decide`` raised, ``OnceKeyReused``,
        ``Busy`` when nothing was written, ``Unknown`` when that cannot be told. A caller that is cancelled does not
        take the change back.
        """
        if self._stopping:
            raise Busy("this replica is stopping; repeat the call")
        waiting = _Waiting(change)
        self._queue.append(waiting)
        self._arrived.set()
        return await asyncio.shield(waiting.future)

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._stopping:
                    return
                self._arrived.clear()
                await self._arrived.wait()
                continue
            group = [self._queue.popleft() for _ in range(min(len(self._queue), self._group_max))]
            await self._settle(group)

    async def _settle(self, waiting: Sequence[_Waiting]) -> None:
        attempts = ATTEMPTS_TOGETHER if len(waiting) > 1 else ATTEMPTS_ALONE
        for attempt in range(attempts):
            try:
                return await self._attempt(waiting)
            except Conflict:
                await asyncio.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))  # noqa: S311 - spreads retries
            except Exception as failure:
                return _fail(waiting, failure)
        if len(waiting) == 1:
            return _fail(waiting, Busy("others kept changing the same thing; repeat the call"))
        half = len(waiting) // 2
        await self._settle(waiting[:half])
        await self._settle(waiting[half:])

    async def _attempt(self, waiting: Sequence[_Waiting]) -> None:
        group = Group([each.change for each in waiting])
        outcomes = group.decide(await self._backend.fetch(group.wanted()))
        batch = group.batch()
        if batch:
            await self._backend.write(batch)
        if group.tells:
            self.told.set()
        for each, outcome in zip(waiting, outcomes, strict=True):
            if each.future.done():
                continue
            if isinstance(outcome, BaseException):
                each.future.set_exception(outcome)
            else:
                each.future.set_result(outcome)


def _fail(waiting: Sequence[_Waiting], failure: Exception) -> None:
    for each in waiting:
        if not each.future.done():
            each.future.set_exception(failure)
