"""Aggregates that do nothing but move, and tell each move by whichever event of the contracts they are given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery.change import Change, Decision, Found, Kind, New, Once, Ref, Source
from relevo_contracts import Envelope, Event
from relevo_contracts.asyncapi import example

NOW = datetime(2019, 12, 9, 9, 0, tzinfo=UTC)
E = TypeVar("E", bound=Event)


class Moved(BaseModel):
    """How often something moved."""

    model_config = ConfigDict(frozen=True)
    moves: int = 0


class Movers(Generic[E]):
    """Aggregates that move. They have the name of an event's aggregate, and tell each move by that event."""

    def __init__(self, event: type[E]) -> None:
        self.event = event
        self.kind = Kind(event.aggregate, Moved)
        self._example = example(event)

    def ref(self, number: int) -> Ref[Moved]:
        return self.kind(id_of(number))

    def event_of(self, number: int) -> E:
        """What one of them tells when it moves."""
        return self._example.model_copy(update={self.event.key: id_of(number)})

    def source(self, sequence: int, number: int = 7) -> Source:
        """Where an event of one of them stands, as a durable delivers it."""
        return Source("here_there", self.kind.name, id_of(number), sequence)

    def move(self, number: int, cause: str, *, once: Once | None = None, source: Source | None = None) -> Change[int]:
        """One of them moves once more and tells it; the answer is how often it has moved."""
        ref = self.ref(number)

        def decide(found: Found) -> Decision[int]:
            after = once_more(found[ref])
            return Decision([New(ref, after)], [self.event_of(number)], answer=after.moves)

        return Change([ref], decide, NOW, cause, once=once, source=source)


def once_more(state: Moved | None) -> Moved:
    return Moved(moves=(state or Moved()).moves + 1)


def counted(kind: Kind[Moved], event: Event, envelope: Envelope) -> Change:
    """What a handler does that only counts what it hears: the aggregate of this kind and the event's id moves."""
    ref = kind(event.aggregate_id)
    return Change(
        [ref], lambda found: Decision([New(ref, once_more(found[ref]))]), envelope.time, envelope.id, envelope.chain_id
    )


def id_of(number: int) -> str:
    return f"{number:032x}"


def once(key: str, fingerprint: str = "same") -> Once:
    return Once(key, fingerprint, lambda answer: str(answer).encode(), sealed_for=None)


async def outbox_of(store: Any) -> list[dict[str, Any]]:
    """What a store's outbox holds, in the order of the commits."""
    rows: list[dict[str, Any]] = await store.rows("outbox", {}, sort=[("order", 1)])
    return rows
