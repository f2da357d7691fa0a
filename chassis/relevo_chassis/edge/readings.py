"""The record of readings: who opened whose sealed data, why and when. Each entry holds the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, Kind, New, Row
from relevo_chassis.delivery.store import Index
from relevo_chassis.edge.ids import new_id
from relevo_contracts.model import Frozen

GENESIS = "0" * 64

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


def broken_at(entries: Iterable[Reading], end: ReadingLog) -> int | None:
    """The number of the first entry that was changed, left out or put in; ``None`` if the record is whole."""
    place, before = 0, GENESIS
    for place, entry in enumerate(entries, start=1):
        if (entry.number, entry.before, entry.hash) != (place, before, hash_of(entry)):
            return place
        before = entry.hash
    return None if (place, before) == (end.entries, end.head) else place + 1
