"""The log of who opened whose sealed texts, why and when: each entry carries the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from relevo_contracts.model import Frozen

Purpose = Literal["casework", "support", "own"]
LOG_ID = "0" * 32
GENESIS = "0" * 64


class ReadingLog(Frozen):
    """The end of the log: how many entries there are and the hash of the last."""

    entries: int = 0
    head: str = GENESIS


class Reading(Frozen):
    """One opening of sealed texts. Ids only; ``person_ids`` are participants, as this service knows them."""

    number: int
    at: datetime
    reader: str
    purpose: Purpose
    field_sets: tuple[str, ...]
    person_ids: tuple[str, ...]
    before: str
    hash: str


def append(
    log: ReadingLog | None,
    *,
    at: datetime,
    reader: str,
    purpose: Purpose,
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
    facts: Mapping[str, Any] = entry.model_dump(mode="json", exclude={"hash"})
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def broken_at(entries: Sequence[Reading], end: ReadingLog) -> int | None:
    """The number of the first entry that was changed, left out or put in; ``None`` if the log is whole."""
    before = GENESIS
    for place, entry in enumerate(entries, start=1):
        if (entry.number, entry.before, entry.hash) != (place, before, hash_of(entry)):
            return place
        before = entry.hash
    return None if (len(entries), before) == (end.entries, end.head) else len(entries) + 1
