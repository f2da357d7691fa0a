"""What stands around the parts of a service's delivery so that one trace goes through them, and on to other services.

A command's trace goes into its change, from there into the outbox rows of its events, and with them to whoever takes
them, whose changes it goes into in turn. What is taken up late or again (delivered once more after a restart, told
again, replayed, retried) is no step of that trace, which ended long ago: it begins one of its own, linked to it.

A trace of which nothing is kept ends where its request does: no event, row or change tells of it. So what tracing costs
is what is kept of it; a header more costs an event three millionths of a second each time that it is written or read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, cast

from opentelemetry.trace import Span, SpanKind

from relevo_chassis import traces
from relevo_chassis.delivery.change import A, Change, CommitsMany, NotYet, Refusal, Repeat
from relevo_chassis.delivery.group import Ahead, Already, Parked
from relevo_chassis.delivery.outbox import COMMITTED_AT
from relevo_chassis.delivery.parked import Message
from relevo_chassis.delivery.publisher import Publisher
from relevo_contracts import Head, Wire
from relevo_contracts.traceparent import HEADER, traceparent_of

PROMPT_SECONDS = 60.0
AGAIN_SECONDS = 3.0
"""What a replica hands back comes again within moments; what one had that was killed, after ``ack_wait`` (4 s)."""
_EXPECTED = (Refusal, NotYet, Ahead, Parked)
"""How a change may end that is as it should be."""


class TracedCommits:
    """CommitsMany, each change of a trace a step of it: the events that follow name that step as their origin."""

    def __init__(self, commits: CommitsMany) -> None:
        self._commits = commits

    async def commit(self, change: Change[A]) -> A | Repeat:
        (outcome,) = await self.commit_all((change,))
        if isinstance(outcome, BaseException):
            raise outcome
        return cast("A | Repeat", outcome)

    async def commit_all(self, changes: Sequence[Change[Any]]) -> list[Any]:
        around = traces.current()
        if not traces.is_sampled(around) and not any(change.traceparent for change in changes):
            return await self._commits.commit_all(changes)
        steps = [_committing(change, change.traceparent or around) for change in changes]
        outcomes = await self._commits.commit_all([change for change, _ in steps])
        for (_, span), outcome in zip(steps, outcomes, strict=True):
            if span is not None:
                _close(span, outcome)
        return outcomes


class TracedPublisher:
    """A publisher whose every message of a trace is a step of it; the message is published as it is."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        with _publishing(wires):
            await self._publisher.publish_together(wires)

    async def publish(self, wire: Wire) -> None:
        with _publishing((wire,)):
            await self._publisher.publish(wire)


class Delivery(NamedTuple):
    """The step that takes a message: what its change is part of, if anything, and the span, if it is kept."""

    traceparent: str | None = None
    span: Span | None = None

    def close(self, outcome: object = None) -> None:
        if self.span is not None:
            _close(self.span, outcome)


UNTRACED = Delivery()


def delivery(message: Message, head: Head) -> Delivery:
    """Take a message: a step of the trace in which it was decided, or the first of one that is linked to it."""
    origin = traceparent_of(message.headers)
    if not traces.is_sampled(origin):
        return UNTRACED
    prompt = is_prompt(message.headers, message.deliveries)
    facts: dict[str, traces.Value] = {
        **_message(message.subject, head.id, head.chain_id),
        "messaging.consumer.group.name": message.durable,
        "relevo.deliveries": message.deliveries,
    }
    span = _step(f"process {message.subject}", SpanKind.CONSUMER, origin, prompt=prompt, facts=facts)
    return Delivery(traces.traceparent(span), span)


@contextmanager
def retrying(message: Message) -> Iterator[None]:
    """Take a message that was set aside: a step of whatever orders it now, linked to where it began."""
    origin, facts = traceparent_of(message.headers), {"messaging.consumer.group.name": message.durable}
    with traces.within(
        traces.begun(f"retry {message.subject}", parent=traces.current(), link=origin, attributes=facts)
    ):
        yield


def is_prompt(headers: Mapping[str, object], deliveries: int = 1) -> bool:
    """Whether a message comes while what led to it is still going on."""
    committed = headers.get(COMMITTED_AT)
    if not isinstance(committed, str) or not committed.isascii() or not committed.isdigit() or len(committed) > 15:
        return False
    return time.time() - int(committed) / 1000 <= (PROMPT_SECONDS if deliveries <= 1 else AGAIN_SECONDS)


def _committing(change: Change[Any], origin: str | None) -> tuple[Change[Any], Span | None]:
    if not traces.is_sampled(origin):
        return (replace(change, traceparent=None) if change.traceparent else change), None
    span = traces.begun("commit", parent=origin)
    return replace(change, traceparent=traces.traceparent(span)), span


@contextmanager
def _publishing(wires: Sequence[Wire]) -> Iterator[None]:
    spans = [
        _step(
            f"publish {wire.subject}", SpanKind.PRODUCER, origin, prompt=is_prompt(wire.headers), facts=_facts_of(wire)
        )
        for wire in wires
        if traces.is_sampled(origin := wire.headers.get(HEADER))
    ]
    outcome: BaseException | None = None
    try:
        yield
    except BaseException as failure:
        outcome = failure
        raise
    finally:
        for span in spans:
            _close(span, outcome)


def _step(name: str, kind: SpanKind, origin: str | None, *, prompt: bool, facts: Mapping[str, traces.Value]) -> Span:
    parent, link = (origin, None) if prompt else (None, origin)
    return traces.begun(name, kind, parent=parent, link=link, attributes=facts)


def _facts_of(wire: Wire) -> dict[str, traces.Value]:
    return _message(wire.subject, wire.headers.get("ce-id"), wire.headers.get("ce-correlationid"))


def _message(subject: str, id: str | None, chain_id: str | None) -> dict[str, traces.Value]:
    return {
        "messaging.system": "nats",
        "messaging.destination.name": subject,
        "messaging.message.id": id,
        "messaging.message.conversation_id": chain_id,
    }


def _close(span: Span, outcome: object) -> None:
    """The end of a step, with how it ended where that is not simply done."""
    coded = isinstance(outcome, BaseException | Repeat | Already)
    failed = isinstance(outcome, BaseException) and not isinstance(outcome, _EXPECTED)
    traces.close(span, type(outcome).__name__ if coded else None, failed=failed)
