"""Consumers: durable JetStream deliveries become changes of this service's own aggregates.

A message is acknowledged after its effect is committed, and only then. What fails is delivered again after a growing
delay; what keeps failing, or cannot be read at all, is parked with its reason. What came before its predecessor, or
needs something that has not arrived, is held back and delivered again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, Protocol

import structlog
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from relevo_chassis import traces
from relevo_chassis.delivery import parked
from relevo_chassis.delivery.change import Busy, Change, CommitsMany, Decision, Found, NotYet, Parking, Source, Unknown
from relevo_chassis.delivery.digest import digest_of
from relevo_chassis.delivery.feed import Feed, ReadyForMore, at_once
from relevo_chassis.delivery.group import Ahead, Parked
from relevo_chassis.delivery.parked import Message
from relevo_chassis.delivery.traced import UNTRACED, Delivery, delivery
from relevo_chassis.delivery.unfinished import Unfinished
from relevo_contracts import Envelope, Event, Head, Unreadable, decode_body, decode_head
from relevo_contracts.table import LOOK
from relevo_contracts.traceparent import traceparent_of

Handler = Callable[[Any, Envelope], Change[Any] | None]

FAILURES_MAX = 5
EARLY_SECONDS = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Asked for every second as long as a killed replica may still have the predecessor, and then less and less often."""
FAILED_SECONDS = (0.25, 1.0, 3.0, 8.0)
AWAY_SECONDS = (0.25, 0.5, 1.0)
"""How long to wait with what could not be committed because MongoDB is away: not longer than it takes to come back."""
ALARM_SECONDS = 60.0
REMEMBERED = 10_000

log = structlog.get_logger(__name__)


class Subscription(NamedTuple):
    """A durable of this service, the stream it reads and what is done about each type of event.

    An event without a handler moves its aggregate's position and has no other effect; another version of one that has
    a handler moves nothing, for it is told beside that one under the same sequence. A durable of single types has
    holes in its sequences: not ``in_order``, it has no positions, nothing waits for what comes before it or behind what
    is parked, and its handlers promise the same effect in whatever order and however often events come.
    """

    durable: str
    stream: str
    handlers: Mapping[type[Event], Handler]
    in_order: bool = True


class Delivered(Protocol):
    """A delivery's answer to the server."""

    async def ack(self) -> None: ...
    async def nack(self, delay: float | None = None) -> None: ...


@dataclass(slots=True)
class ConsumerFigures:
    """What a durable's consumer did, for metrics and readiness."""

    handled: int = 0
    held_back: int = 0
    failed: int = 0
    parked: int = 0
    surplus: int = 0
    contradicted: int = 0
    waiting: Unfinished = field(default_factory=Unfinished)

    @property
    def longest_waiting_seconds(self) -> float:
        """How long the event that waits longest for its predecessor has waited; 0 when none waits."""
        return self.waiting.longest_seconds


class DurableInfo(NamedTuple):
    """Whether a durable exists (``None``: that cannot be told now), how many messages wait, how many are in hand, and
    how many deliveries there were, to whichever replica."""

    exists: bool | None
    pending: int = 0
    in_hand: int = 0
    delivered: int = 0


class _Read(NamedTuple):
    message: Message
    delivered: Delivered
    source: Source | None
    step: Delivery = UNTRACED


class Consumer:
    """Turns the deliveries of one durable into committed changes."""

    def __init__(self, subscription: Subscription, commits: CommitsMany) -> None:
        self.subscription = subscription
        self._commits = commits
        self._failing = Unfinished()
        self._digests: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()
        self._handled = frozenset(_without_version(each) for each in subscription.handlers)
        self.figures = ConsumerFigures()

    async def receive(self, message: Message, delivered: Delivered) -> bool:
        """Handle one delivery to its end; see ``receive_all``."""
        return await self.receive_all([(message, delivered)])

    async def receive_all(self, deliveries: Sequence[tuple[Message, Delivered]]) -> bool:
        """Handle deliveries, each to its own end: acknowledged, held back, to be delivered again, or parked.

        ``False`` when nothing could be committed about any of them, because the store is away or too much waits to be
        told.
        """
        read: list[_Read] = []
        unread: list[tuple[_Read, Exception]] = []
        changes: list[Change[Any]] = []
        for message, delivered in deliveries:
            source: Source | None = None
            step = UNTRACED
            try:
                head = decode_head(message.headers)
                step = delivery(message, head)
                came = source_of(message, head)
                source = came if self.subscription.in_order else None
                self._compare(message, head, came)
                changes.append(self.change_of(message, head, came, step.traceparent))
            except Exception as failure:
                unread.append((_Read(message, delivered, source, step), failure))
            else:
                read.append(_Read(message, delivered, source, step))
        outcomes = await self._commits.commit_all(changes)
        refused: list[tuple[_Read, Any]] = []
        for each, outcome in zip(read, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                refused.append((each, outcome))
                continue
            self.figures.handled += 1
            self._forget(each.message, each.source)
            await each.delivered.ack()
            each.step.close(outcome)
        committed = await asyncio.gather(*(self._unhandled(*each) for each in [*unread, *refused]))
        return len(refused) < len(read) or any(committed)

    def _compare(self, message: Message, head: Head, source: Source) -> None:
        """Say so when an id comes again with something else: only the first has an effect, and nobody would know.
        Another version of its type says it in other words.

        What came here lately is remembered; ``relevo verify`` compares all that the stream keeps.
        """
        if self._digests.setdefault((head.id, head.type), source.digest) != source.digest:
            self.figures.contradicted += 1
            log.error("event_contradicts_itself", **_named(message, head))
        elif len(self._digests) > REMEMBERED:
            self._digests.popitem(last=False)

    async def _unhandled(self, read: _Read, why: Exception) -> bool:
        """Whether something could be committed about a delivery that did not take effect as it came."""
        message, delivered, source, step = read
        step.close(why)
        traces.also_about(trace_id=traces.trace_id(step.traceparent), chain_id=message.headers.get("ce-correlationid"))
        match why:
            case Ahead() | NotYet():
                await self._hold_back(message, source, delivered, why)
            case Parked():
                await self._park(message, source, delivered, "behind", str(why))
            case Unreadable():
                await self._park(message, source, delivered, why.code, str(why))
            case Busy() | Unknown():
                await delivered.nack(_delay(AWAY_SECONDS, message.deliveries))
                return False
            case _:
                await self._failed(message, source, delivered, why)
        return True

    def change_of(self, message: Message, head: Head, source: Source, traceparent: str | None = None) -> Change[Any]:
        """What a message asks for, as part of a trace; raises ``Unreadable`` or whatever its handler raises.

        A type that was published after this service was built asks for nothing here; another version of a type that
        is known is not guessed at.
        """
        in_turn = source if self.subscription.in_order else None
        try:
            envelope = decode_body(head, message.headers, message.body, subject=message.subject)
        except Unreadable as unreadable:
            if unreadable.code != "type_unknown":
                raise
            return Change((), _nothing, head.time, head.id, head.chain_id).of(in_turn, traceparent)
        if envelope.surplus:
            self.figures.surplus += 1
            log.warning("event_has_more_than_is_known", **_named(message, head), count=envelope.surplus)
        handler = self.subscription.handlers.get(type(envelope.event))
        if handler is None and _without_version(type(envelope.event)) in self._handled:
            return Change((), _nothing, envelope.time, envelope.id, envelope.chain_id)
        change = handler(envelope.event, envelope) if handler else None
        if change is None:
            change = Change((), _nothing, envelope.time, envelope.id, envelope.chain_id)
        return change.of(in_turn, traceparent) if in_turn or traceparent else change

    async def _hold_back(self, message: Message, source: Source | None, delivered: Delivered, early: Exception) -> None:
        self.figures.held_back += 1
        before, now = self.figures.waiting.again(_place(message, source))
        if before.seconds <= ALARM_SECONDS < now.seconds:
            log.error("event_held_back_too_long", durable=message.durable, reason=str(early))
        await delivered.nack(_delay(EARLY_SECONDS, message.deliveries))

    async def _failed(self, message: Message, source: Source | None, delivered: Delivered, failure: Exception) -> None:
        self.figures.failed += 1
        failures = self._failing.again(_place(message, source))[1].times
        log.warning(
            "event_failed",
            durable=message.durable,
            event_id=message.headers.get("ce-id"),
            failure=type(failure).__name__,
            failures=failures,
        )
        if failures >= FAILURES_MAX:
            return await self._park(message, source, delivered, "handler_failed", type(failure).__name__)
        await delivered.nack(_delay(FAILED_SECONDS, failures))

    async def _park(
        self, message: Message, source: Source | None, delivered: Delivered, code: str, reason: str
    ) -> None:
        rows = parked.rows(message, source, code, reason)
        parking = Parking.PARK_BEHIND if code == "behind" else Parking.PARK
        change = Change((), lambda _: Decision(rows=rows), _now(), rows[0].id, source=source, parking=parking)
        try:
            await self._commits.commit(change)
        except Ahead as free:
            return await self._hold_back(message, source, delivered, free)
        except (Busy, Unknown):
            return await delivered.nack(_delay(AWAY_SECONDS, message.deliveries))
        self.figures.parked += 1
        self._forget(message, source)
        log.error("event_parked", durable=message.durable, code=code, reason=reason)
        await delivered.ack()

    def _forget(self, message: Message, source: Source | None) -> None:
        if self._failing.empty and self.figures.waiting.empty:
            return
        self._failing.finished(_place(message, source))
        self.figures.waiting.finished(_place(message, source))


class Consumers:
    """The consumers of a service on one FastStream broker. Declares nothing: durables belong to the operator."""

    def __init__(
        self,
        broker: NatsBroker,
        subscriptions: Sequence[Subscription],
        commits: CommitsMany,
        *,
        inbox_prefix: bytes,
        between: Callable[[Delivered], Delivered] = lambda delivered: delivered,
    ) -> None:
        self._broker = broker
        self._between = between
        self.each = tuple(Consumer(subscription, commits) for subscription in subscriptions)
        self._feeds = [
            Feed(
                lambda: broker.connection,
                consumer.subscription.stream,
                consumer.subscription.durable,
                partial(self._receive, consumer),
                inbox_prefix=inbox_prefix,
            )
            for consumer in self.each
        ]

    def start(self, ready_for_more: ReadyForMore = at_once) -> None:
        """Start fetching, and await ``ready_for_more`` before more is asked for; the broker is connected by then."""
        for feed in self._feeds:
            feed.start(ready_for_more)

    @property
    def alive(self) -> bool:
        return all(feed.alive for feed in self._feeds)

    async def stop(self) -> None:
        """Fetch no more, finish what is in hand, acknowledge it."""
        await asyncio.gather(*(feed.stop() for feed in self._feeds))

    async def _receive(self, consumer: Consumer, messages: Sequence[Msg]) -> bool:
        durable = consumer.subscription.durable
        return await consumer.receive_all(
            [(_message(durable, each), self._between(_Delivery(each))) for each in messages]
        )

    async def missing(self) -> list[str]:
        """The durables that do not exist on the server, or cannot be seen."""
        return [durable for durable, info in (await self.durables()).items() if not info.exists]

    async def durables(self) -> dict[str, DurableInfo]:
        """What the server says of each durable."""
        each = [consumer.subscription for consumer in self.each]
        found = await asyncio.gather(*(self._info_of(one) for one in each))
        return {one.durable: info for one, info in zip(each, found, strict=True)}

    async def _info_of(self, subscription: Subscription) -> DurableInfo:
        try:
            jetstream = self._broker.connection.jetstream(prefix=LOOK)
            info = await jetstream.consumer_info(subscription.stream, subscription.durable)
        except NotFoundError:
            return DurableInfo(False)
        except (NatsError, TimeoutError, OSError):
            return DurableInfo(None)
        delivered = info.delivered.consumer_seq if info.delivered else 0
        return DurableInfo(True, info.num_pending or 0, info.num_ack_pending or 0, delivered)


class _Delivery:
    """The answer to one message of JetStream."""

    __slots__ = ("_message",)

    def __init__(self, message: Msg) -> None:
        self._message = message

    async def ack(self) -> None:
        await self._message.ack()

    async def nack(self, delay: float | None = None) -> None:
        await self._message.nak(delay)


def _message(durable: str, delivered: Msg) -> Message:
    metadata = delivered.metadata
    return Message(
        durable,
        delivered.subject,
        delivered.headers or {},
        delivered.data,
        metadata.sequence.stream,
        metadata.num_delivered,
    )


def source_of(message: Message, head: Head) -> Source:
    """Where a message stands."""
    digest = digest_of(message.subject, head, message.body)
    return Source(message.durable, head.aggregate, head.aggregate_id, head.sequence, digest)


def _without_version(model: type[Event]) -> tuple[str, str]:
    return model.service, model.type_name()


def _nothing(_: Found) -> Decision:
    return Decision()


def _named(message: Message, head: Head) -> dict[str, str | int]:
    named = {"durable": message.durable, "event_id": head.id, "chain_id": head.chain_id}
    trace_id = traces.trace_id(traceparent_of(message.headers))
    return {**named, **({"trace_id": trace_id} if trace_id else {}), "sequence": message.stream_sequence}


def _place(message: Message, source: Source | None) -> str:
    return f"{source.position_id}#{source.sequence}" if source else f"{message.durable}#{message.stream_sequence}"


def _delay(seconds: Sequence[float], times: int) -> float:
    return seconds[min(max(times, 1), len(seconds)) - 1]


def _now() -> datetime:
    return datetime.now(UTC)
