"""The committer: changes that arrive together are read, decided and written together.

It never waits for a group to fill. While one group is being written the next one gathers, so a lone change costs one
transaction and a thousand cost a few. All of a group is read at once (aggregates, once-keys, positions), decided in
the order of arrival, and written in one transaction; what a decision raised goes to its own caller, and only after
the group it relied on is in the store.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from relevo_chassis.delivery.change import A, AlreadyTaken, Busy, Change, Repeat
from relevo_chassis.delivery.group import Group
from relevo_chassis.delivery.outgoing import Outgoing
from relevo_chassis.delivery.recorder import Recorder
from relevo_chassis.delivery.writes import Backend, Conflict, Duplicate, Unwritable
from relevo_chassis.measures import COMMIT_CHANGES, COMMIT_SECONDS

GROUP_MAX = 256
ATTEMPTS_TOGETHER = 3
ATTEMPTS_ALONE = 12
ATTEMPTS_DUPLICATE = 4
PATIENCE_SECONDS = 2.0


class _Unfit(Exception):
    """One of the changes cannot be read, decided or stored; nothing was written. Its cause says why."""


class _Together:
    """Changes that one caller handed over, and what became of each."""

    __slots__ = ("left", "outcomes", "resolved", "since")

    def __init__(self, count: int) -> None:
        self.left = count
        self.outcomes: list[Any] = [None] * count
        self.resolved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.since = time.monotonic()


class _Waiting(NamedTuple):
    change: Change[Any]
    among: _Together
    number: int

    def resolve(self, outcome: Any) -> None:
        self.among.outcomes[self.number] = outcome
        self.among.left -= 1
        if not self.among.left and not self.among.resolved.done():
            self.among.resolved.set_result(None)


class Committer:
    """Commits changes in groups. One for each process; replicas of a service run one each on the same store."""

    def __init__(self, backend: Backend, *, group_max: int = GROUP_MAX, recorder: Recorder | None = None) -> None:
        self._backend = backend
        self.recorder = recorder
        """Puts on record; without it no change that goes on record is committed (``CannotRecord``)."""
        self._group_max = group_max
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None
        self.seconds, self.sizes = COMMIT_SECONDS.histogram(), COMMIT_CHANGES.histogram()
        """How long callers waited, and how many changes were written at once."""
        self.outgoing = Outgoing()
        """What was committed and must be told, for the relay."""

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

    async def commit(self, change: Change[A]) -> A | Repeat:
        """Commit a change and return its decision's answer, or a ``Repeat`` when its once-key was seen before.

        Returns once a majority of the replica set has journaled it. Raises what ``decide`` raised, ``OnceKeyReused``,
        ``Busy`` or ``AlreadyTaken`` when nothing was written, ``Unknown`` when that cannot be told, and what the store
        said of a change that cannot be stored. A caller that is cancelled does not take the change back.
        """
        (outcome,) = await self.commit_all((change,))
        if isinstance(outcome, BaseException):
            raise outcome
        return cast("A | Repeat", outcome)

    async def commit_all(self, changes: Sequence[Change[Any]]) -> list[Any]:
        """Commit changes that arrived together, each for itself, in their order; see ``CommitsMany``."""
        if self._stopping:
            return [Busy("this replica is stopping; repeat the call")] * len(changes)
        if not changes:
            return []
        among = _Together(len(changes))
        self._queue.extend(_Waiting(change, among, number) for number, change in enumerate(changes))
        self._arrived.set()
        await among.resolved
        self.seconds.observe(time.monotonic() - among.since)
        return among.outcomes

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._stopping:
                    return
                self._arrived.clear()
                await self._arrived.wait()
                continue
            group = [self._queue.popleft() for _ in range(min(len(self._queue), self._group_max))]
            await self._commit_group(group)

    async def _commit_group(self, waiting: Sequence[_Waiting]) -> None:
        """Write them together; whoever is in the way of the others is found by halves."""
        try:
            return await self._together(waiting)
        except (Conflict, _Unfit) as obstacle:
            if len(waiting) == 1:
                return _fail(waiting, _error_of(obstacle))
        except Busy as away:
            return _fail([*waiting, *self._out_of_patience()], away)
        except Exception as failure:
            return _fail(waiting, failure)
        half = len(waiting) // 2
        await self._commit_group(waiting[:half])
        await self._commit_group(waiting[half:])

    def _out_of_patience(self) -> Iterator[_Waiting]:
        """Those that have waited for long behind a store that is away: they are told so instead of queueing up."""
        late = time.monotonic() - PATIENCE_SECONDS
        while self._queue and self._queue[0].among.since < late:
            yield self._queue.popleft()

    async def _together(self, waiting: Sequence[_Waiting]) -> None:
        attempts = ATTEMPTS_TOGETHER if len(waiting) > 1 else ATTEMPTS_ALONE
        for attempt in range(1, attempts + 1):
            try:
                return await self._attempt(waiting)
            except Conflict as lost:
                if attempt == attempts or (isinstance(lost, Duplicate) and attempt >= ATTEMPTS_DUPLICATE):
                    raise
                await asyncio.sleep(random.uniform(0, 0.001 * 2 ** min(attempt, 7)))  # noqa: S311 - spreads retries

    async def _attempt(self, waiting: Sequence[_Waiting]) -> None:
        group = Group([each.change for each in waiting], self.recorder)
        try:
            outcomes = group.decide(await self._backend.fetch(group.wanted()))
            batch = group.batch()
        except Busy:
            raise
        except Exception as failure:
            raise _Unfit from failure
        if batch:
            try:
                await self._backend.write(batch)
            except Unwritable as failure:
                raise _Unfit from failure
            self.sizes.observe(len(waiting))
        self.outgoing.add(group.unsent)
        if self.recorder and group.on_record:
            self.recorder.written(group.on_record)
        for each, outcome in zip(waiting, outcomes, strict=True):
            each.resolve(outcome)


def _error_of(obstacle: Conflict | _Unfit) -> Exception:
    """What the one that was in the way is told; nothing of it was written."""
    if isinstance(obstacle, _Unfit):
        return cast("Exception", obstacle.__cause__)
    if isinstance(obstacle, Duplicate):
        return AlreadyTaken(f"{obstacle}; whatever asked for this asks for something that was done or given before")
    return Busy("others kept changing the same thing; repeat the call")


def _fail(waiting: Sequence[_Waiting], failure: Exception) -> None:
    for each in waiting:
        each.resolve(failure)
