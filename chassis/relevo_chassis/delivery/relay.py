"""The relay: publishes the outbox, in order along each aggregate, and marks what the server has acknowledged.

A batch goes out as one atomic JetStream batch: all of it is stored, in the order of the rows, or nothing. When the
server will not take it so (a repeat it remembers, a stream without atomic batches), rows go out in waves, at most
one unacknowledged row for each aggregate. Each gets as far as it gets: what the server will not take holds up its own
aggregate, and after a while nothing else. One batch is marked while the next is read and published. A row that was
published but not marked is published again under the same ``Nats-Msg-Id``: a repeat may occur in the stream, a first
occurrence is never out of order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import uuid4

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.outbox import Unsent
from relevo_chassis.delivery.store import Store
from relevo_contracts import Wire

BATCH_MAX = 500
ACK_SECONDS = 5.0
LOOK_SECONDS = 0.5
PAUSE_SECONDS_MAX = 1.0
ASIDE_SECONDS_MAX = 60.0


class NotPublished(Exception):
    """The server did not acknowledge; what was sent may or may not be stored."""


class NotTakenTogether(Exception):
    """The server refused an atomic batch as such; nothing of it is stored."""


class Publisher(Protocol):
    """Where the relay publishes to."""

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        """All of them, in order, or nothing. Raises ``NotTakenTogether`` or ``NotPublished``."""
        ...

    async def publish(self, wire: Wire) -> None:
        """One; returns when it is stored. Raises ``NotPublished``."""
        ...


class JetStream:
    """Publishes to JetStream and believes nothing but an acknowledgement."""

    def __init__(self, client: Callable[[], Client], *, seconds: float = ACK_SECONDS) -> None:
        self._client = client
        self._seconds = seconds

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        batch_id = uuid4().hex
        *first, last = [
            (wire, {**wire.headers, "Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(number)})
            for number, wire in enumerate(wires, 1)
        ]
        client = self._client()
        try:
            for wire, headers in first:
                await client.publish(wire.subject, wire.body, headers=headers)
            wire, headers = last
            ack = await self._acknowledged(wire, {**headers, "Nats-Batch-Commit": "1"})
        except APIError as refused:
            raise NotTakenTogether(f"{refused.err_code} {refused.description}") from None
        except (NatsError, TimeoutError, OSError) as away:
            raise NotPublished(type(away).__name__) from None
        if ack.batch_size != len(wires):
            raise NotTakenTogether(f"acknowledged {ack.batch_size} of {len(wires)}")

    async def publish(self, wire: Wire) -> None:
        try:
            await self._acknowledged(wire, wire.headers)
        except (NatsError, TimeoutError, OSError) as away:
            raise NotPublished(f"{type(away).__name__}: {wire.subject}") from None

    async def _acknowledged(self, wire: Wire, headers: dict[str, str]) -> Any:
        """Publish and wait; no longer than the connection lasts, for what was lost with it is never acknowledged."""
        client = self._client()
        jetstream, connection = client.jetstream(timeout=self._seconds), client.stats["reconnects"]
        publishing = asyncio.ensure_future(jetstream.publish(wire.subject, wire.body, headers=headers))
        try:
            while not (await asyncio.wait({publishing}, timeout=LOOK_SECONDS))[0]:
                if client.stats["reconnects"] != connection:
                    raise NotPublished("the connection was lost meanwhile")
            return publishing.result()
        finally:
            publishing.cancel()


@dataclass(slots=True)
class RelayFigures:
    """What the relay did, for metrics and readiness."""

    published: int = 0
    failures: int = 0
    last_failure: str = ""


class Relay:
    """One for each service at a time, by lease. Woken by commits; polls as the safety net."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        lease: Lease,
        told: asyncio.Event,
        *,
        batch_max: int = BATCH_MAX,
        poll_seconds: float = 0.25,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._lease = lease
        self._told = told
        self._batch_max = batch_max
        self._poll_seconds = poll_seconds
        self._stopping = False
        self._apart = False
        self._aside: dict[str, _Aside] = {}
        self._acknowledged: frozenset[str] = frozenset()
        self._marking: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self.figures = RelayFigures()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="relay")

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def close(self) -> None:
        """Publish what is there, as far as the server answers, give the lease back, then return."""
        self._stopping = True
        self._told.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        pause = 0.1
        while True:
            self._told.clear()
            try:
                sent = await self._step()
                pause = 0.1
            except Busy as away:
                self.figures.failures += 1
                self.figures.last_failure = str(away)
                sent, pause = 0, await self._paused(pause)
            except NotPublished:
                await self._let_go()  # another replica may reach the server that this one does not
                sent, pause = 0, await self._paused(pause)
            if sent == self._batch_max:
                continue
            if self._stopping:
                return await self._let_go()
            await _set_within(self._told, self._poll_seconds)

    async def _paused(self, seconds: float) -> float:
        """Wait after a failure; returns how long to wait after the next one."""
        if not self._stopping:
            await asyncio.sleep(seconds)
        return min(seconds * 2, PAUSE_SECONDS_MAX)

    async def _step(self) -> int:
        """Publish one batch and begin to mark it; returns how many rows. None while another replica holds the lease."""
        if not await self._lease.take():
            return 0
        rows = await self._unsent()
        if not rows:
            await self._marked()
            return 0
        told = await publish_in_order(self._publisher, rows, together=not self._apart)
        if told.acknowledged:
            await self._marked()
            self._acknowledged = frozenset(row.id for row in told.acknowledged)
            self._marking = asyncio.create_task(self._mark())
        self._set_aside(told, is_full=len(rows) == self._batch_max)
        if told.failed and not told.acknowledged:
            raise next(iter(told.failed.values()))
        return len(rows)

    async def _unsent(self) -> list[Unsent]:
        """The first rows, read at one instant: of each lane no row without those before it.

        Those that were published just now may still be there unmarked; they are passed over.
        """
        if self._marking and self._marking.done():
            await self._marked()
        now = time.monotonic()
        aside = [lane for lane, each in self._aside.items() if each.until > now]
        where = {**outbox.UNSENT, "lane": {"$nin": aside}} if aside else outbox.UNSENT
        limit = self._batch_max + len(self._acknowledged)
        found = await self._store.rows(
            outbox.COLLECTION, where, sort=[("order", 1), ("_id", 1)], limit=limit, at_once=True
        )
        return [outbox.unsent(each) for each in found if each["_id"] not in self._acknowledged][: self._batch_max]

    async def _mark(self) -> None:
        await self._store.update_rows(
            outbox.COLLECTION,
            {"_id": {"$in": list(self._acknowledged)}},
            {"sent": True, "sent_at": datetime.now(UTC)},
        )
        self.figures.published += len(self._acknowledged)

    async def _marked(self) -> None:
        """Wait for what is being marked. Raises ``Busy`` when that failed: those rows are published again."""
        marking, self._marking = self._marking, None
        try:
            if marking:
                await marking
        finally:
            self._acknowledged = frozenset()

    async def _let_go(self) -> None:
        """Give the lease back, with everything marked that was published."""
        await _quietly(self._marked)
        await _quietly(self._lease.give_back)

    def _set_aside(self, told: Told, *, is_full: bool) -> None:
        """After a failure go lane by lane; those that fail then, and not just because the server is away, must wait."""
        for row in told.acknowledged:
            self._aside.pop(row.lane, None)
        if self._apart and (told.acknowledged or is_full):
            for lane in told.failed:
                seconds = min(self._aside[lane].seconds * 2, ASIDE_SECONDS_MAX) if lane in self._aside else 1.0
                self._aside[lane] = _Aside(time.monotonic() + seconds, seconds)
        self._apart = bool(told.failed)
        if told.failed:
            self.figures.failures += 1
            self.figures.last_failure = str(next(iter(told.failed.values())))


class _Aside(NamedTuple):
    until: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """How far each lane got: the rows that were acknowledged, and why the others were not, by lane."""

    acknowledged: list[Unsent] = field(default_factory=list)
    failed: dict[str, NotPublished] = field(default_factory=dict)


async def publish_in_order(publisher: Publisher, rows: Sequence[Unsent], *, together: bool = True) -> Told:
    """Publish rows so that the first occurrences of each lane stand in order. Events and letters go apart."""
    told = Told()
    parts = _by(rows, lambda row: row.wire.subject.partition(".")[0])
    await _all(_publish(publisher, part, told, together=together and len(part) > 1) for part in parts)
    return told


async def _publish(publisher: Publisher, rows: Sequence[Unsent], told: Told, *, together: bool) -> None:
    if together:
        try:
            await publisher.publish_together([row.wire for row in rows])
        except NotPublished as away:
            return told.failed.update((row.lane, away) for row in rows)
        except NotTakenTogether:
            pass
        else:
            return told.acknowledged.extend(rows)
    await _all(_one_by_one(publisher, lane, told) for lane in _by(rows, lambda row: row.lane))


async def _one_by_one(publisher: Publisher, lane: Sequence[Unsent], told: Told) -> None:
    for row in lane:
        try:
            await publisher.publish(row.wire)
        except NotPublished as away:
            told.failed[row.lane] = away
            return
        told.acknowledged.append(row)


def _by(rows: Sequence[Unsent], what: Callable[[Unsent], str]) -> list[list[Unsent]]:
    parts: dict[str, list[Unsent]] = {}
    for row in rows:
        parts.setdefault(what(row), []).append(row)
    return list(parts.values())


async def _all(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait until all have ended; then raise what the first of them raised."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def _quietly(giving: Callable[[], Awaitable[None]]) -> None:
    try:
        await giving()
    except Busy:
        return  # the lease runs out by itself, and what is not marked is published again
