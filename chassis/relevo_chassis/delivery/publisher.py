"""Publishing to JetStream: rows in order along each lane, and nothing believed but an acknowledgement.

A batch goes out as one atomic JetStream batch: all of it is stored, in the order of the rows, or nothing. When the
server will not take it so (a repeat it remembers, a stream without atomic batches), rows go out in waves, at most
one unacknowledged row for each lane. Each lane gets as far as it gets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from relevo_chassis.delivery.outbox import Unsent
from relevo_contracts import Wire

ACK_SECONDS = 2.0
"""A leader that steps down never answers for what it has in hand, so a change of leader holds up a lane for so long."""
ACK_BYTES_A_SECOND = 4 * 2**20
"""A large batch is given so much more time, whatever the disks of the servers are."""
LOOK_SECONDS = 0.5


class NotPublished(Exception):
    """The server did not acknowledge; what was sent may or may not be stored."""


class BatchRefused(Exception):
    """The server refused an atomic batch as such; nothing of it is stored."""


class Publisher(Protocol):
    """Where the relay publishes to."""

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        """All of them, in order, or nothing. Raises ``BatchRefused`` or ``NotPublished``."""
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
            size = sum(len(each.body) for each in wires)
            ack = await self._acknowledged(wire, {**headers, "Nats-Batch-Commit": "1"}, size)
        except APIError as refused:
            raise BatchRefused(f"{refused.err_code} {refused.description}") from None
        except (NatsError, TimeoutError, OSError) as away:
            raise NotPublished(type(away).__name__) from None
        if ack.batch_size != len(wires):
            raise BatchRefused(f"acknowledged {ack.batch_size} of {len(wires)}")

    async def publish(self, wire: Wire) -> None:
        try:
            await self._acknowledged(wire, wire.headers, len(wire.body))
        except (NatsError, TimeoutError, OSError) as away:
            raise NotPublished(f"{type(away).__name__}: {wire.subject}") from None

    async def _acknowledged(self, wire: Wire, headers: dict[str, str], size: int) -> Any:
        """Publish and wait; no longer than the connection lasts, for what was lost with it is never acknowledged.

        ``size`` is of all that the answer is about, in bytes.
        """
        client = self._client()
        jetstream, connection = client.jetstream(), client.stats["reconnects"]
        seconds = self._seconds + size / ACK_BYTES_A_SECOND
        publishing = asyncio.ensure_future(jetstream.publish(wire.subject, wire.body, seconds, headers=headers))
        try:
            while not (await asyncio.wait({publishing}, timeout=LOOK_SECONDS))[0]:
                if client.stats["reconnects"] != connection:
                    raise NotPublished("the connection was lost meanwhile")
            return publishing.result()
        finally:
            publishing.cancel()


@dataclass(frozen=True, slots=True)
class Published:
    """How far each lane got: the rows that were acknowledged, and why the others were not, by lane."""

    acknowledged: list[Unsent] = field(default_factory=list)
    failed: dict[str, NotPublished] = field(default_factory=dict)


async def publish_in_order(publisher: Publisher, rows: Sequence[Unsent], *, together: bool = True) -> Published:
    """Publish rows so that the first occurrences of each lane stand in order. Events and letters go apart."""
    outcome = Published()
    parts = _by(rows, lambda row: row.wire.subject.partition(".")[0])
    await _all(_publish(publisher, part, outcome, together=together and len(part) > 1) for part in parts)
    return outcome


async def _publish(publisher: Publisher, rows: Sequence[Unsent], outcome: Published, *, together: bool) -> None:
    if together:
        try:
            await publisher.publish_together([row.wire for row in rows])
        except NotPublished as away:
            return outcome.failed.update((row.lane, away) for row in rows)
        except BatchRefused:
            pass
        else:
            return outcome.acknowledged.extend(rows)
    await _all(_one_by_one(publisher, lane, outcome) for lane in _by(rows, lambda row: row.lane))


async def _one_by_one(publisher: Publisher, lane: Sequence[Unsent], outcome: Published) -> None:
    for row in lane:
        try:
            await publisher.publish(row.wire)
        except NotPublished as away:
            outcome.failed[row.lane] = away
            return
        outcome.acknowledged.append(row)


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
