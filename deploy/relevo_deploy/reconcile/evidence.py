"""What is read for a reconciliation, in the order that lets it be read while everything runs.

First how the durables stand, then the positions, then the aggregates, then the outboxes, then the streams: whatever
happens in between is further on in what is read later, and never missing from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class OutboxRow(NamedTuple):
    """A row of an outbox. ``moved_at`` is when it was last sent, or else committed; ``digest`` is of what it says, and
    nothing when that cannot be read."""

    id: str
    sequence: int
    sent: bool
    republished: bool
    moved_at: datetime
    digest: bytes | None = None


class Stored(NamedTuple):
    """A message of a stream, by its headers, and the digest of what it says."""

    place: int
    id: str | None
    lane: str | None
    sequence: int | None
    digest: bytes | None = None


class Durable(NamedTuple):
    """How a durable stands: all messages up to ``floor`` (a place in the stream) are acknowledged."""

    name: str
    service: str
    producer: str
    aggregates: frozenset[str]
    exists: bool
    floor: int


class Position(NamedTuple):
    """How far a consumer has come with one aggregate, and the digest of all that it took, where it knows it."""

    sequence: int
    parked: bool
    digest: bytes | None = None


class ParkedMessage(NamedTuple):
    """A message that a consumer set aside: what it is, where it stands, and the digest of what it said when it came."""

    what: str
    lane: str | None = None
    sequence: int | None = None
    digest: bytes | None = None


class Restored(NamedTuple):
    """A restore of a service: the messages of its stream after one place and up to another came after the backup.

    ``made_at`` is the stream's, in which these places mean something; ``words`` say when it was restored to when.
    """

    words: str
    made_at: str
    after: int
    until: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What a producer's stream holds. ``keeps_seconds`` is how long; 0 for ever.

    ``made_at`` is the instant as the server spells it: the places of messages begin anew with each making.
    """

    name: str
    exists: bool = False
    keeps_seconds: float = 0
    messages: tuple[Stored, ...] = ()
    made_at: str = ""

    def place(self, message: Stored) -> str:
        """Where a message stands, in words that mean no other message ever."""
        return f"message {message.place} of {self.name}, made at {self.made_at}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of the services that were looked at. Lanes are ``aggregate/aggregate_id``."""

    read_at: datetime
    services: tuple[str, ...]
    outboxes: Mapping[str, Mapping[str, tuple[OutboxRow, ...]]]
    aggregates: Mapping[str, Mapping[str, int]]
    streams: Mapping[str, Stream]
    durables: tuple[Durable, ...]
    positions: Mapping[str, Mapping[str, Position]] = field(default_factory=dict)
    """By durable, then by lane."""
    parked: Mapping[str, Mapping[str, ParkedMessage]] = field(default_factory=dict)
    """By durable, then by the id under which each is parked."""
    restores: Mapping[str, Sequence[Restored]] = field(default_factory=dict)
    """By service: what its operator has receipts of."""
