"""Fakes that keep the promises of the real parts; one behaviour suite is run over both."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar, cast

from relevo_chassis.delivery.states import Order, States
from relevo_chassis.delivery.store import Index
from relevo_chassis.delivery.writes import (
    Batch,
    Claim,
    Conflict,
    Document,
    Duplicate,
    Insert,
    Keep,
    Put,
    Remove,
    Replace,
    Touch,
    Unwritable,
    Write,
)
from relevo_contracts import Wire

V = TypeVar("V")


class FakeStore(States):
    """A store in memory: the same promises as ``delivery.store.Store``, for one process and one test."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Document]] = defaultdict(dict)
        self.reads = 0
        self.transactions = 0
        self._unique: dict[str, list[Index]] = defaultdict(list)

    def close(self) -> None:
        return None

    async def ping(self) -> None:
        return None

    async def prepare(self, collections: Iterable[str], indexes: Mapping[str, Sequence[Index]]) -> None:
        for name, wanted in indexes.items():
            self._unique[name] = [index for index in wanted if index.unique]

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        self.reads += len(wanted)
        return {
            name: {id: _copied(self.collections[name][id]) for id in ids if id in self.collections[name]}
            for name, ids in wanted.items()
        }

    async def write(self, batch: Batch) -> None:
        self.transactions += 1
        after = {name: dict(self.collections[name]) for name in batch}
        for name, writes in batch.items():
            for write in writes:
                try:
                    _apply(after[name], write)
                except (TypeError, OverflowError) as failure:
                    raise Unwritable(f"{name}: {type(failure).__name__}") from failure
            for index in self._unique[name]:
                _check_unique(after[name].values(), index)
        self.collections.update(after)

    async def row(self, collection: str, id: str) -> Document | None:
        self.reads += 1
        return _copied(self.collections[collection].get(id))

    async def rows(
        self, collection: str, where: Mapping[str, Any], *, sort: Order = (), limit: int = 0, at_once: bool = False
    ) -> list[Document]:
        self.reads += 1
        found = [each for each in self.collections[collection].values() if matches(each, where)]
        for path, way in reversed(sort):
            found.sort(key=lambda each: _sortable(_at(each, path)), reverse=way < 0)
        return _copied(found[:limit] if limit else found)

    async def count_rows(self, collection: str, where: Mapping[str, Any]) -> int:
        return len(await self.rows(collection, where))

    async def update_rows(self, collection: str, where: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        found = [each for each in self.collections[collection].values() if matches(each, where)]
        for each in found:
            each.update(_stored(dict(values)))
        return len(found)

    async def hold(self, collection: str, id: str, holder: str, seconds: float) -> bool:
        now, row = time.time(), self.collections[collection].get(id)
        if row is not None and row["holder"] != holder and row["until"] >= now:
            return False
        self.collections[collection][id] = {"_id": id, "holder": holder, "until": now + seconds}
        return True

    async def insert(self, collection: str, document: Mapping[str, Any]) -> bool:
        if document["_id"] in self.collections[collection]:
            return False
        self.collections[collection][document["_id"]] = _stored(dict(document))
        return True

    async def remove_rows(self, collection: str, where: Mapping[str, Any]) -> int:
        gone = [id for id, each in self.collections[collection].items() if matches(each, where)]
        for id in gone:
            del self.collections[collection][id]
        return len(gone)

    async def every(
        self, collection: str, where: Mapping[str, Any] | None = None, fields: Sequence[str] | None = None
    ) -> AsyncIterator[Document]:
        for each in await self.rows(collection, where or {}):
            yield {name: value for name, value in each.items() if fields is None or name in ("_id", *fields)}


class FreeLease:
    """A lease that nobody else wants."""

    async def acquire(self) -> bool:
        return True


class FakeStream:
    """A stream in memory with a duplicate window that can be emptied. Publishes like ``publisher.JetStream``."""

    def __init__(self) -> None:
        self.messages: list[Wire] = []
        self.refuse: Callable[[Wire], BaseException | None] = lambda _: None
        self._remembered: set[str] = set()

    def forget_repeats(self) -> None:
        """As if the duplicate window had passed."""
        self._remembered.clear()

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        for wire in wires:
            if refused := self.refuse(wire):
                raise refused
        for wire in wires:
            self._keep(wire)

    async def publish(self, wire: Wire) -> None:
        if refused := self.refuse(wire):
            raise refused
        self._keep(wire)

    def _keep(self, wire: Wire) -> None:
        id = wire.headers["Nats-Msg-Id"]
        if id not in self._remembered:
            self._remembered.add(id)
            self.messages.append(wire)


class FakeDelivery:
    """A delivery that remembers what it was answered."""

    def __init__(self) -> None:
        self.acked = False
        self.nacked: list[float | None] = []

    async def ack(self) -> None:
        self.acked = True

    async def nack(self, delay: float | None = None) -> None:
        self.nacked.append(delay)


def matches(document: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Whether a document matches a query of the operators that stores promise: equality, ``$in`` and comparisons."""
    return all(
        any(matches(document, each) for each in wanted) if path == "$or" else _fits(_at(document, path), wanted)
        for path, wanted in where.items()
    )


_ABSENT = object()
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, wanted: any(_equal(value, each) for each in wanted),
    "$nin": lambda value, wanted: not any(_equal(value, each) for each in wanted),
    "$ne": lambda value, wanted: not _equal(value, wanted),
    "$gt": lambda value, wanted: value > wanted,
    "$gte": lambda value, wanted: value >= wanted,
    "$lt": lambda value, wanted: value < wanted,
    "$lte": lambda value, wanted: value <= wanted,
}


def _fits(value: Any, wanted: Any) -> bool:
    if not (isinstance(wanted, Mapping) and any(str(key).startswith("$") for key in wanted)):
        return _equal(value, _stored(wanted))
    for operator, operand in wanted.items():
        if operator == "$exists":
            if (value is not _ABSENT) != operand:
                return False
        elif operator in ("$gt", "$gte", "$lt", "$lte"):
            if value is _ABSENT or value is None or not _COMPARE[operator](value, _stored(operand)):
                return False
        elif not _COMPARE[operator](value, _stored(operand)):
            return False
    return True


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, list) and not isinstance(wanted, list):
        return wanted in value
    return bool(value == wanted) or (wanted is None and value is _ABSENT)


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(document, list):
            return [each[part] for each in document if isinstance(each, Mapping) and part in each]
        if not isinstance(document, Mapping) or part not in document:
            return _ABSENT
        document = document[part]
    return document


def _sortable(value: Any) -> tuple[bool, Any]:
    absent = value is _ABSENT or value is None
    return (not absent, 0 if absent else value)


def _apply(documents: dict[str, Document], write: Write) -> None:
    match write:
        case Insert(document):
            if document["_id"] in documents:
                raise Duplicate(document["_id"])
            documents[document["_id"]] = _stored(document)
        case Replace(id, guard, document):
            _guard(documents, id, guard)
            documents[id] = _stored(document)
        case Touch(id, guard):
            _guard(documents, id, guard)
            documents[id] = {**documents[id], "touched": documents[id]["touched"] + 1}
        case Claim(id, guard):
            _guard(documents, id, guard)
            del documents[id]
        case Put(id, document):
            documents[id] = _stored(document)
        case Keep(id, document):
            documents.setdefault(id, _stored(document))
        case Remove(id):
            documents.pop(id, None)


def _guard(documents: Mapping[str, Document], id: str, guard: Mapping[str, Any]) -> None:
    if id not in documents or not matches(documents[id], guard):
        raise Conflict(id)


def _check_unique(documents: Iterable[Document], index: Index) -> None:
    seen: set[tuple[str, ...]] = set()
    for document in documents:
        if index.where is not None and not matches(document, index.where):
            continue
        key = tuple(repr(_at(document, path)) for path, _ in index.keys)
        if key in seen:
            raise Duplicate("a unique value is taken")
        seen.add(key)


def _copied(value: V) -> V:
    """The value as somebody else's: of what ``_stored`` leaves, documents and lists alone can be changed."""
    copied: object = value
    if isinstance(value, dict):
        copied = {key: _copied(each) for key, each in value.items()}
    elif isinstance(value, list):
        copied = [_copied(each) for each in value]
    return cast(V, copied)


def _stored(value: Any) -> Any:
    """The value as MongoDB would give it back: lists for tuples, text for days; raises for what it cannot store."""
    match value:
        case Mapping():
            if bad := [key for key in value if not isinstance(key, str) or "\0" in key]:
                raise TypeError(f"not a document key: {bad[0]!r}")
            return {key: _stored(each) for key, each in value.items()}
        case list() | tuple():
            return [_stored(each) for each in value]
        case datetime():
            return value.replace(microsecond=value.microsecond // 1000 * 1000)
        case date():
            return value.isoformat()
        case int() if not -(2**63) <= value < 2**63:
            raise OverflowError("an integer of more than 64 bits")
        case None | bool() | int() | float() | str() | bytes():
            return value
        case _:
            raise TypeError(f"not storable: {type(value).__name__}")
