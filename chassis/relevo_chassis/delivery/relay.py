"""The relay: publishes the outbox, in order along each aggregate, and marks what the server has acknowledged.

What was committed in this process is handed over and published without reading it again, as long as all before it in
its aggregate is known to be published, and marked in bulk. Everything else is read from the outbox at one instant: at
once when something unknown may stand before what was handed over, soon when other replicas write, and at least four
times a second. What the server will not take holds up its own aggregate, and after a while nothing else.

Each row is in one state, and a lane as its first row is:

| state | what the relay does | left when |
|---|---|---|
| handed over | publishes it without reading the outbox | acknowledged; or something unknown may stand before it |
| to be read | reads the outbox (``_next_read_at``, ``_committed_elsewhere``) | published |
| isolated | after a failure each lane is published by itself (``_isolating``) | nothing fails any more |
| deferred | a lane that failed by itself waits, twice as long each time (``_deferred``) | acknowledged |
| published | marks it in bulk (``_Marks.missing``) | marked, or published again when marking failed |

A row that was published but not marked is published again under the same ``Nats-Msg-Id``: a repeat may occur in the
stream, a first occurrence is never out of order.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from prometheus_client import Histogram

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.outbox import Unsent
from relevo_chassis.delivery.outgoing import Lanes, Outgoing
from relevo_chassis.delivery.publisher import NotPublished, Published, Publisher, publish_in_order
from relevo_chassis.delivery.store import Store
from relevo_chassis.measures import PUBLISH_SECONDS

BATCH_MAX = 500
POLL_SECONDS = 0.25
OTHERS_SECONDS = 0.03
"""How soon the outbox is read again when it held rows that were not committed here."""
PAUSE_SECONDS_MAX = 1.0
DEFERRED_SECONDS_MAX = 60.0
BEHIND_SECONDS_MAX = 0.5


@dataclass(slots=True)
class RelayFigures:
    """What the relay did, for metrics and readiness."""

    published: int = 0
    failures: int = 0
    last_failure: str = ""
    seconds: Histogram = field(default_factory=PUBLISH_SECONDS.histogram)


class Relay:
    """One for each service at a time, by lease. Woken by commits; reads the outbox as the safety net."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        lease: Lease,
        outgoing: Outgoing,
        *,
        batch_max: int = BATCH_MAX,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._lease = lease
        self._outgoing = outgoing
        self._batch_max = batch_max
        self._poll_seconds = poll_seconds
        self._stopping = False
        self._isolating = False
        self._deferred: dict[str, _Deferred] = {}
        self._lanes = Lanes()
        self._committed_elsewhere: set[str] = set()
        self._next_read_at = 0.0
        self._caught_up = asyncio.Event()
        self._caught_up.set()
        self._task: asyncio.Task[None] | None = None
        self.figures = RelayFigures()
        self._marks = _Marks(store, self.figures)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="relay")

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def caught_up(self) -> None:
        """Return when the outbox held less than one batch at its last reading, or another replica tells; in half a
        second at most.

        Awaited before more events are taken in. The replica that tells for all of them takes in what it has time for
        besides, and its fellows the rest; or else the faster they are, the further it falls behind.
        """
        if not self._caught_up.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEHIND_SECONDS_MAX):
                    await self._caught_up.wait()

    async def close(self) -> None:
        """Publish what is there, as far as the server answers, give the lease back, then return."""
        self._stopping = True
        self._outgoing.wake()
        if self._task:
            await self._task

    async def _run(self) -> None:
        pause = 0.1
        while True:
            try:
                sent = await self._step()
                pause = 0.1
            except Busy as away:
                self.figures.failures += 1
                self.figures.last_failure = str(away)
                sent, pause = 0, await self._paused(pause)
            except NotPublished:
                await self._release()  # another replica may reach the server that this one does not
                sent, pause = 0, await self._paused(pause)
            if sent == self._batch_max:
                continue
            if self._stopping:
                return await self._release()
            await self._outgoing.wait(OTHERS_SECONDS if self._committed_elsewhere else self._poll_seconds)

    async def _paused(self, seconds: float) -> float:
        """Wait after a failure; returns how long to wait after the next one."""
        if not self._stopping:
            await asyncio.sleep(seconds)
        return min(seconds * 2, PAUSE_SECONDS_MAX)

    async def _step(self) -> int:
        """Publish one batch; returns how many rows. None while another replica holds the lease."""
        if not await self._lease.acquire():
            self._outgoing.forget()
            self._caught_up.set()
            return 0
        rows = self._handed_over()
        if rows is None:
            rows = await self._unsent()
        if not rows:
            return 0
        with self.figures.seconds.time():
            outcome = await publish_in_order(self._publisher, rows, together=not self._isolating)
        self._marks.add(outcome.acknowledged)
        for row in outcome.acknowledged:
            self._lanes.published(row)
        if len(self._marks.missing) >= self._batch_max:
            await self._marks.begin()
        self._defer_failing(outcome, is_full=len(rows) == self._batch_max)
        if outcome.failed and not outcome.acknowledged:
            raise next(iter(outcome.failed.values()))
        return len(rows)

    def _handed_over(self) -> list[Unsent] | None:
        """What was committed here and may be published as it is; ``None`` when the outbox must be read."""
        if self._stopping or self._isolating or self._deferred or time.monotonic() >= self._next_read_at:
            return None
        rows = self._outgoing.pop(self._batch_max)
        if rows is None:
            return None
        self._committed_elsewhere.difference_update(row.id for row in rows)
        return self._lanes.in_turn(rows)

    async def _unsent(self) -> list[Unsent]:
        """The first rows, read at one instant: of each lane no row without those before it."""
        await self._marks.finish()
        handed_over = {row.id for row in self._outgoing.begin()}
        now = time.monotonic()
        deferred = [lane for lane, each in self._deferred.items() if each.until > now]
        where = {**outbox.UNSENT, "lane": {"$nin": deferred}} if deferred else outbox.UNSENT
        found = await self._store.rows(
            outbox.COLLECTION, where, sort=[("order", 1), ("_id", 1)], limit=self._batch_max, at_once=True
        )
        self._committed_elsewhere = {each["_id"] for each in found} - handed_over
        if len(found) == self._batch_max:
            self._caught_up.clear()
            self._next_read_at = 0.0
        else:
            self._caught_up.set()
            self._next_read_at = now + (OTHERS_SECONDS if self._committed_elsewhere else self._poll_seconds)
        return [outbox.unsent(each) for each in found]

    async def _release(self) -> None:
        """Give the lease back, with everything marked that was published."""
        await _quietly(self._marks.finish)
        await _quietly(self._lease.release)

    def _defer_failing(self, outcome: Published, *, is_full: bool) -> None:
        """After a failure go lane by lane; those that fail then, and not just because the server is away, must wait."""
        for row in outcome.acknowledged:
            self._deferred.pop(row.lane, None)
        if self._isolating and (outcome.acknowledged or is_full):
            for lane in outcome.failed:
                seconds = min(self._deferred[lane].seconds * 2, DEFERRED_SECONDS_MAX) if lane in self._deferred else 1.0
                self._deferred[lane] = _Deferred(time.monotonic() + seconds, seconds)
        self._isolating = bool(outcome.failed)
        if outcome.failed:
            self.figures.failures += 1
            self.figures.last_failure = str(next(iter(outcome.failed.values())))


class _Deferred(NamedTuple):
    until: float
    seconds: float


class _Marks:
    """Marks rows that were published, beside whatever comes next; not those that are to be told again since then."""

    def __init__(self, store: Store, figures: RelayFigures) -> None:
        self._store = store
        self._figures = figures
        self._marking: asyncio.Task[None] | None = None
        self.missing: dict[str, datetime | None] = {}
        """Rows that were published and are not known to be marked: their ids, and ``Unsent.again``."""

    def add(self, rows: Iterable[Unsent]) -> None:
        self.missing.update((row.id, row.again) for row in rows)

    async def begin(self) -> None:
        """Begin to mark, unless some are being marked. Raises ``Busy`` when what was begun before has failed: whatever
        was not marked is published again."""
        if self._marking and self._marking.done():
            await self._await_marking()
        if self.missing and not self._marking:
            self._marking = asyncio.create_task(self._mark(dict(self.missing)))

    async def finish(self) -> None:
        """Mark everything. Raises ``Busy``."""
        await self._await_marking()
        await self.begin()
        await self._await_marking()

    async def _await_marking(self) -> None:
        marking, self._marking = self._marking, None
        try:
            if marking:
                await marking
        except BaseException:
            self.missing.clear()
            raise

    async def _mark(self, rows: Mapping[str, datetime | None]) -> None:
        for again in set(rows.values()):
            ids = [id for id, each in rows.items() if each == again]
            await self._store.update_rows(
                outbox.COLLECTION,
                {"_id": {"$in": ids}, "republished_at": again},
                {"sent": True, "sent_at": datetime.now(UTC)},
            )
        for id in rows:
            del self.missing[id]
        self._figures.published += len(rows)


async def _quietly(giving: Callable[[], Awaitable[None]]) -> None:
    try:
        await giving()
    except Busy:
        return  # the lease runs out by itself, and what is not marked is published again
