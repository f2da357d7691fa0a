"""The record of readings: who opened whose sealed data, why and when. Each entry holds the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, Kind, New, Row
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.edge.ids import new_id
from relevo_contracts.model import Frozen

GENESIS = "0" * 64
PAGE = 200

P = TypeVar("P", bound=str)


class ReadingLog(Frozen):
    """The end of the record: how many entries there are and the hash of the last."""

    entries: int = 0
    head: str = GENESIS


class Reading(Frozen):
    """One opening of sealed data. Ids only, as the service knows them."""

    number: int
    at: datetime
    reader: str
    purpose: str
    field_sets: tuple[str, ...]
    person_ids: tuple[str, ...]
    before: str
    hash: str


READING_LOG = Kind("reading_log", ReadingLog)
READINGS = "sensitive_reads"
INDEXES: Mapping[str, Sequence[Index]] = {READING_LOG.name: (), READINGS: (Index((("at", 1),)),)}
THE_LOG = READING_LOG("0" * 32)


class Readings(Generic[P]):
    """The record of one service, which opens sealed data for these purposes and no others."""

    async def record(
        self,
        commits: Commits,
        *,
        reader: str,
        purpose: P,
        field_sets: Iterable[str],
        person_ids: Iterable[str],
        now: datetime,
    ) -> None:
        """Put on record who opens which field sets of whom, and why. Returns when it is durable.

        Called before anything is opened: whoever cannot be put on record reads nothing.
        """
        fields, people = tuple(field_sets), tuple(person_ids)

        def decide(found: Found) -> Decision:
            log, entry = append(
                found[THE_LOG], at=now, reader=reader, purpose=purpose, field_sets=fields, person_ids=people
            )
            row = Row(READINGS, f"{entry.number:012d}", entry.model_dump(mode="json"))
            return Decision([New(THE_LOG, log)], rows=[row])

        await commits.commit(Change([THE_LOG], decide, now, new_id()))


def append(
    log: ReadingLog | None,
    *,
    at: datetime,
    reader: str,
    purpose: str,
    field_sets: Sequence[str],
    person_ids: Sequence[str],
) -> tuple[ReadingLog, Reading]:
    """Add an entry to the chain."""
    end = log or ReadingLog()
    unsealed = Reading(
        number=end.entries + 1,
        at=at,
        reader=reader,
        purpose=purpose,
        field_sets=tuple(field_sets),
        person_ids=tuple(person_ids),
        before=end.head,
        hash="",
    )
    entry = unsealed.model_copy(update={"hash": hash_of(unsealed)})
    return ReadingLog(entries=entry.number, head=entry.hash), entry


def hash_of(entry: Reading) -> str:
    """SHA-256 over the entry without its hash, keys sorted, the hash of the entry before it included."""
    facts = entry.model_dump(mode="json", exclude={"hash"})
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Record(Frozen):
    """How a record stands: how many entries it holds, the hash of the last, and whether it is whole."""

    entries: int
    head: str
    broken_at: int | None
    """The number of the first entry that was changed, left out or put in; ``None`` if the record is whole."""
    hash_then: str | None
    """The hash of the entry that was asked about; ``None`` when there is no such entry."""


class _Chain:
    """A record followed from its beginning, entry by entry."""

    def __init__(self) -> None:
        self.end = ReadingLog()
        self.broken_at: int | None = None

    def follow(self, entry: Reading | None) -> None:
        """Go on to the next entry; ``None`` for one that cannot be read."""
        place = self.end.entries + 1
        fits = entry and (entry.number, entry.before, entry.hash) == (place, self.end.head, hash_of(entry))
        if not fits and self.broken_at is None:
            self.broken_at = place
        self.end = ReadingLog(entries=place, head=entry.hash if entry else "")


def broken_at(entries: Iterable[Reading], end: ReadingLog) -> int | None:
    """The number of the first entry that was changed, left out or put in; ``None`` if the record is whole."""
    chain = _Chain()
    for entry in entries:
        chain.follow(entry)
    return chain.broken_at or (None if chain.end == end else chain.end.entries + 1)


async def record_of(store: Store, *, then: int = 0) -> Record:
    """Read a service's whole record and check it, a page at a time, while others add to it.

    ``then`` is the number of an entry of which somebody kept the hash: whoever rewrites a record from an entry on to
    its end, with all hashes, is seen by that alone. Raises ``Busy``.
    """
    before, chain, after = await store.state(THE_LOG) or ReadingLog(), _Chain(), ""
    hashes = {0: GENESIS}
    while rows := await store.rows(READINGS, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=PAGE):
        for row in rows:
            chain.follow(_entry(row))
            if chain.end.entries in (then, before.entries):
                hashes[chain.end.entries] = chain.end.head
        after = rows[-1]["_id"]
    end = await store.state(THE_LOG) or ReadingLog()
    broken = chain.broken_at
    if broken is None and hashes.get(before.entries) != before.head:
        broken = min(before.entries, chain.end.entries) + 1
    if broken is None and chain.end.entries > end.entries:
        broken = end.entries + 1
    return Record(entries=chain.end.entries, head=chain.end.head, broken_at=broken, hash_then=hashes.get(then))


def _entry(row: Mapping[str, Any]) -> Reading | None:
    """An entry as it stands in the store; ``None`` for one that was never written like this."""
    if row.keys() != {"_id", *Reading.model_fields}:
        return None
    try:
        return Reading.model_validate(row)
    except ValidationError:
        return None
