"""One group of changes between its read and its write: pure, so that it can be tested and fuzzed without a store."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from relevo_chassis.delivery import digest, outbox
from relevo_chassis.delivery.change import (
    Change,
    Decided,
    Decision,
    Due,
    Found,
    Kind,
    Once,
    OnceKeyReused,
    Parking,
    Repeat,
    Row,
    Source,
)
from relevo_chassis.delivery.recorder import UNSEALED, CannotRecord, Recorder
from relevo_chassis.delivery.writes import Claim, Document, Insert, Keep, Put, Remove, Replace, Touch, Write
from relevo_contracts import BY_MODEL, Envelope, Event, derived_id

POSITIONS = "positions"
ONCE = "once"
DEADLINES = "deadlines"

Key = tuple[str, str]
Outcome = Any


class Ahead(Exception):
    """An event came before its predecessor; it is held back and delivered again."""


class Parked(Exception):
    """An earlier event of the same aggregate is parked; this one waits behind it."""


class Already:
    """The answer to an event that took effect before: done, nothing to do."""


@dataclass(slots=True)
class _Aggregate:
    kind: Kind[Any]
    state: BaseModel | None
    version: int = 0
    sequence: int = 0
    order: int = 0
    read: Mapping[str, int] | None = None
    dirty: bool = False
    relied_on: bool = False


@dataclass(slots=True)
class _Position:
    sequence: int = 0
    parked: bool = False
    digest_so_far: bytes | None = b""
    read: Mapping[str, Any] | None = None
    consumer: str = ""
    dirty: bool = False

    def advance(self, source: Source) -> None:
        """Come to an event; what was taken is known for as long as it is known of every one."""
        self.sequence = source.sequence
        is_known = self.digest_so_far is not None and source.digest is not None
        self.digest_so_far = digest.after(self.digest_so_far or b"", source.digest or b"") if is_known else None


class Group:
    """The changes of one transaction. ``wanted`` → read → ``decide`` → ``batch`` → write."""

    def __init__(self, changes: Sequence[Change[Any]], recorder: Recorder | None = None) -> None:
        self._changes = changes
        self._recorder = recorder
        self._aggregates: dict[Key, _Aggregate] = {}
        self._positions: dict[str, _Position] = {}
        self._once: dict[str, Repeat] = {}
        self._fingerprints: dict[str, str] = {}
        self._new_once: list[Document] = []
        self._outbox: list[Document] = []
        self.on_record: list[Document] = []
        """What the group puts on record."""
        self._rows: dict[Key, Row] = {}
        self._due: dict[str, Document] = {}
        self._claimed: dict[str, Claim] = {}
        self._micros = time.time_ns() // 1000

    @property
    def unsent(self) -> list[outbox.Unsent]:
        """The events that the group put into the outbox, in their order."""
        return [outbox.unsent(document) for document in self._outbox]

    def wanted(self) -> dict[str, set[str]]:
        """What must be read before deciding, in this order: collections and ids.

        What tells that a change took effect before comes after the aggregates, so that no change is refused because
        of itself.
        """
        wanted: dict[str, set[str]] = defaultdict(set)
        for change in self._changes:
            for ref in change.refs:
                wanted[ref.kind.name].add(ref.id)
        for change in self._changes:
            if change.once:
                wanted[ONCE].add(change.once.key)
            if change.source:
                wanted[POSITIONS].add(change.source.position_id)
            if change.due:
                wanted[DEADLINES].add(change.due.key)
        return wanted

    def decide(self, found: Mapping[str, Mapping[str, Document]]) -> list[Outcome]:
        """Decide every change on what was read and on what its predecessors in the group decided.

        Returns, in the order of the changes, an answer or the exception that goes to the caller.
        """
        self._load(found)
        outcomes: list[Outcome] = [self._decided(change) for change in self._changes]
        early = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Ahead)]
        for index in sorted(early, key=self._sequence_of):
            outcomes[index] = self._decided(self._changes[index])
        return outcomes

    def batch(self) -> dict[str, list[Write]]:
        """All that the decided changes write, one list for each collection."""
        batch: dict[str, list[Write]] = defaultdict(list)
        for (_, id), aggregate in self._aggregates.items():
            if write := _aggregate_write(id, aggregate):
                batch[aggregate.kind.name].append(write)
        for id, position in self._positions.items():
            if position.dirty:
                batch[POSITIONS].append(_position_write(id, position))
        for document in self._new_once:
            batch[ONCE].append(Insert(document))
        for document in self._outbox:
            batch[outbox.COLLECTION].append(Insert(document))
        for document in self.on_record:
            batch[UNSEALED].append(Insert(document))
        for key, claim in self._claimed.items():
            row = self._rows.pop((DEADLINES, key), None)
            again = row.document if row else None
            batch[DEADLINES].append(Replace(key, claim.guard, {**again, "_id": key}) if again else claim)
        for row in self._rows.values():
            batch[row.collection].append(_row_write(row))
        return dict(batch)

    def _sequence_of(self, index: int) -> tuple[str, int]:
        source = self._changes[index].source
        return (source.position_id, source.sequence) if source else ("", 0)

    def _load(self, found: Mapping[str, Mapping[str, Document]]) -> None:
        for change in self._changes:
            for ref in change.refs:
                key = (ref.kind.name, ref.id)
                if key not in self._aggregates:
                    self._aggregates[key] = _aggregate(ref.kind, found.get(ref.kind.name, {}).get(ref.id))
            if change.source:
                id = change.source.position_id
                if id not in self._positions:
                    self._positions[id] = _position(change.source, found.get(POSITIONS, {}).get(id))
        self._due = dict(found.get(DEADLINES, {}))
        for id, document in found.get(ONCE, {}).items():
            self._once[id] = Repeat(bytes(document["sealed"]), document["sealed_for"])
            self._fingerprints[id] = document["fingerprint"]

    def _decided(self, change: Change[Any]) -> Outcome:
        try:
            if change.once and (repeat := self._repeat(change.once)):
                return repeat
            position = self._positions[change.source.position_id] if change.source else None
            if change.source and position and (out_of_turn := _out_of_turn(change, change.source, position)):
                return out_of_turn
            if change.due and not self._is_due(change.due):
                return Already()
            keys = [(ref.kind.name, ref.id) for ref in change.refs]
            decision = change.decide(Found({key: self._aggregates[key].state for key in keys}, change.by))
            sealed = change.once.seal(decision.answer) if change.once else b""
            entries = self._entries(change, decision)
            envelopes = self._envelopes(change, decision, keys)
        except Exception as refused:
            return refused
        self._apply(change, decision, keys, envelopes)
        self.on_record += entries
        if change.due:
            self._claimed[change.due.key] = Claim(change.due.key, {"due_at": change.due.due_at})
            self._due.pop(change.due.key, None)
        if change.once:
            self._remember(change.once, sealed)
        if change.source and position:
            position.dirty = True
            if change.parking in (Parking.PARK, Parking.PARK_BEHIND):
                position.parked = True
            else:
                position.advance(change.source)
                position.parked = position.parked and change.parking is not Parking.RETRY_LAST
        return decision.answer

    def _is_due(self, due: Due) -> bool:
        row = self._due.get(due.key)
        return row is not None and row["due_at"] == due.due_at

    def _repeat(self, once: Once) -> Repeat | None:
        repeat = self._once.get(once.key)
        if repeat and self._fingerprints[once.key] != once.fingerprint:
            raise OnceKeyReused
        return repeat

    def _remember(self, once: Once, sealed: bytes) -> None:
        self._once[once.key] = Repeat(sealed, once.sealed_for)
        self._fingerprints[once.key] = once.fingerprint
        self._new_once.append(
            {"_id": once.key, "fingerprint": once.fingerprint, "sealed": sealed, "sealed_for": once.sealed_for}
        )

    def _entries(self, change: Change[Any], decision: Decision[Any]) -> list[Document]:
        """What goes on record, each decision with the version that it was made on."""
        if not decision.on_record:
            return []
        if self._recorder is None:
            raise CannotRecord("nothing can be put on record here yet")
        return self._recorder.entries(decision.on_record, change, self._version)

    def _version(self, kind: str, id: str) -> int | None:
        found = self._aggregates.get((kind, id))
        return found.version if found else None

    def _envelopes(self, change: Change[Any], decision: Decision[Any], keys: Sequence[Key]) -> list[Envelope]:
        """The events with their sequences; raises ``ValueError`` for one whose aggregate the change does not name."""
        named, new = set(keys), {(each.ref.kind.name, each.ref.id) for each in decision.states}
        if not new <= named:
            raise ValueError(f"a new state of an aggregate that the change does not name: {sorted(new - named)}")
        sequences: dict[Key, int] = {}
        envelopes = []
        for index, event in enumerate(decision.events):
            key = _key_of(event)
            if key not in named or (key not in new and self._aggregates[key].state is None):
                raise ValueError(f"{type(event).__name__} belongs to {key[0]} {key[1]}, which the change does not name")
            sequences[key] = sequences.get(key, self._aggregates[key].sequence) + 1
            envelopes.append(
                Envelope(
                    id=derived_id("event", change.cause_id, BY_MODEL[type(event)].type, key[1], index),
                    sequence=sequences[key],
                    time=change.now,
                    cause_id=change.cause_id,
                    chain_id=change.chain_id or change.cause_id,
                    event=event,
                    traceparent=change.traceparent,
                )
            )
        return envelopes

    def _apply(
        self, change: Change[Any], decision: Decision[Any], keys: Sequence[Key], envelopes: Sequence[Envelope]
    ) -> None:
        for new in decision.states:
            self._aggregates[new.ref.kind.name, new.ref.id].state = new.state
        for envelope in envelopes:
            aggregate = self._aggregates[_key_of(envelope.event)]
            aggregate.order = max(self._micros, aggregate.order + 1)
            aggregate.sequence = envelope.sequence
            self._outbox.append(outbox.row(envelope, aggregate.order))
        changed = {(new.ref.kind.name, new.ref.id) for new in decision.states}
        for key in changed | {_key_of(envelope.event) for envelope in envelopes}:
            self._aggregates[key].version += 1
            self._aggregates[key].dirty = True
        reasons = [each.reason for each in decision.on_record if isinstance(each, Decided) and each.reason]
        for row in (*decision.rows, *reasons):
            self._put(_traced(row, change.traceparent))
            if row.collection == DEADLINES:
                self._due.pop(row.id, None)
        if decision.states or decision.events or decision.rows:
            for key in keys:
                self._aggregates[key].relied_on = True

    def _put(self, row: Row) -> None:
        """A row that is to be kept as it is stays as those before in the group have it."""
        before = self._rows.get((row.collection, row.id))
        if row.keep and before is not None:
            row = before if before.document is not None else row._replace(keep=False)
        self._rows[row.collection, row.id] = row


def _traced(row: Row, traceparent: str | None) -> Row:
    if not row.traced or row.document is None or traceparent is None:
        return row
    return row._replace(document={**row.document, "traceparent": traceparent})


def _key_of(event: Event) -> Key:
    return (event.aggregate, event.aggregate_id)


def _out_of_turn(change: Change[Any], source: Source, position: _Position) -> Outcome | None:
    if source.sequence <= position.sequence:
        return Already()
    if change.parking in (Parking.PARK, Parking.PARK_BEHIND):
        is_free = change.parking is Parking.PARK_BEHIND and not position.parked
        return Ahead(f"{source.position_id} is not parked any more") if is_free else None
    if position.parked and change.parking is None:
        return Parked(f"{source.position_id} is parked after {position.sequence}")
    if source.sequence > position.sequence + 1:
        return Ahead(f"{source.position_id}: {source.sequence} came after {position.sequence}")
    return None


def _aggregate(kind: Kind[Any], document: Document | None) -> _Aggregate:
    if document is None:
        return _Aggregate(kind, None)
    return _Aggregate(
        kind,
        kind.model.model_validate(document["state"]),
        version=document["version"],
        sequence=document["sequence"],
        order=document["order"],
        read={"version": document["version"], "touched": document["touched"]},
    )


def _position(source: Source, document: Document | None) -> _Position:
    if document is None:
        return _Position(consumer=source.consumer)
    read = {name: document.get(name) for name in ("sequence", "parked", "touched")}
    return _Position(document["sequence"], document["parked"], document.get("taken"), read, source.consumer)


def _aggregate_write(id: str, aggregate: _Aggregate) -> Write | None:
    if aggregate.dirty and aggregate.state is not None:
        document = {
            "_id": id,
            "version": aggregate.version,
            "touched": aggregate.read["touched"] if aggregate.read else 0,
            "sequence": aggregate.sequence,
            "order": aggregate.order,
            "state": aggregate.state.model_dump(),
        }
        return Replace(id, aggregate.read, document) if aggregate.read else Insert(document)
    if aggregate.relied_on and aggregate.read:
        return Touch(id, aggregate.read)
    return None


def _row_write(row: Row) -> Write:
    if row.document is None:
        return Remove(row.id)
    document = {**row.document, "_id": row.id}
    if row.new:
        return Insert(document)
    return Keep(row.id, document) if row.keep else Put(row.id, document)


def _position_write(id: str, position: _Position) -> Write:
    document = {
        "_id": id,
        "consumer": position.consumer,
        "sequence": position.sequence,
        "parked": position.parked,
        "taken": position.digest_so_far,
        "touched": ((position.read or {}).get("touched") or 0) + 1,
    }
    return Replace(id, position.read, document) if position.read else Insert(document)
