"""The relay: publishes the outbox, in order along each aggregate, and marks what the server has acknowledged.

A batch goes out as one atomic JetStream batch: all of it is stored, in the order of the rows, or nothing. When the
server will not take it so (a repeat it remembers, a stream without atomic batches), rows go out in waves, at most
one unacknowledged row for each aggregate. A row that was published but not marked is published again under the same
``Nats-Msg-Id``: a repeat may occur in the stream, a first occurrence is never out of order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

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
        batch_id = f"{time.time_ns():x}-{id(wires):x}"
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
        return await self._client().jetstream(timeout=self._seconds).publish(wire.subject, wire.body, headers=headers)


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
            except (NotPublished, Busy) as away:
                self.figures.failures += 1
                self.figures.last_failure = str(away)
                sent, pause = 0, min(pause * 2, 5.0)
                if not self._stopping:
                    await asyncio.sleep(pause)
            if sent == self._batch_max:
                continue
            if self._stopping:
                return await _quietly(self._lease.give_back)
            await _set_within(self._told, self._poll_seconds)

    async def _step(self) -> int:
        """Publish and mark one batch; returns how many rows. None while another replica holds the lease."""
        if not await self._lease.take():
            return 0
        found = await self._store.rows(
            outbox.COLLECTION, {"sent": False}, sort=[("order", 1), ("_id", 1)], limit=self._batch_max
        )
        rows = [outbox.unsent(each) for each in found]
        if rows:
            await publish_in_order(self._publisher, rows)
            await self._store.update_rows(
                outbox.COLLECTION,
                {"_id": {"$in": [row.id for row in rows]}},
                {"sent": True, "sent_at": datetime.now(UTC)},
            )
            self.figures.published += len(rows)
        return len(rows)


async def publish_in_order(publisher: Publisher, rows: Sequence[Unsent]) -> None:
    """Publish rows so that the first occurrences of each lane stand in order. Raises ``NotPublished``."""
    if len(rows) > 1:
        try:
            return await publisher.publish_together([row.wire for row in rows])
        except NotTakenTogether:
            pass
    lanes: dict[str, list[Unsent]] = {}
    for row in rows:
        lanes.setdefault(row.lane, []).append(row)
    outcomes = await asyncio.gather(*(_one_by_one(publisher, lane) for lane in lanes.values()), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _one_by_one(publisher: Publisher, lane: Sequence[Unsent]) -> None:
    for row in lane:
        await publisher.publish(row.wire)


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
        return  # the lease runs out by itself
