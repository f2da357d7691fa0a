"""What goes on record: readings and decisions, put into the commit that they belong to, each a row of its own.

Nothing is shared between writers. Entries wait in ``UNSEALED``, marked by the service, until one replica has put them
into a segment (``people/records``); whoever wrote one remembers it until then, so that it is missed if it is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Change, Decided, Reading, Row
from relevo_chassis.delivery.writes import Document

UNSEALED = "unsealed_records"
READINGS = "readings"
DECISIONS = "decisions"
PEOPLE_MAX = 1_000
"""How many people one entry names at most; a reading of more is several entries of one commit."""
REMEMBERED_MAX = 100_000


VersionOf = Callable[[str, str], int | None]
"""The version of an aggregate, by its kind and id, as a change found it; ``None`` for what it did not name."""


class Remembered(NamedTuple):
    """An entry that waits for its seal: of which record, its id, and since when (monotonic seconds)."""

    record: str
    id: str
    since: float


class CannotRecord(RuntimeError):
    """Nothing can be put on record here: there is no key, or nobody to name. So nothing is decided or opened."""


class Recorder:
    """Puts a process's entries on record and remembers them until they are sealed, the newest 100,000 at most.

    ``key`` is the service's own, for this alone: nobody who can only write to the database can make an entry.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._latest = 0
        self.remembered: dict[bytes, Remembered] = {}
        """What was written here and is not yet seen sealed, by its digest; the oldest first."""

    def entries(
        self,
        on_record: Iterable[Decided | Reading],
        change: Change,
        version_of: VersionOf,
    ) -> list[Document]:
        """The rows of what goes on record with a change, which found these versions."""
        facts = [each for one in on_record for each in _facts_of(one, change.by, version_of)]
        at = change.now.astimezone(UTC)
        same = {"at": at.replace(microsecond=at.microsecond // 1000 * 1000), "cause_id": change.cause_id}
        return [self._marked({"id": self._entry_id(), **each, **same}) for each in facts]

    def written(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Remember what is in the store now."""
        now = time.monotonic()
        for each in entries:
            self.remembered[digest_of(each)] = Remembered(each["record"], each["id"], now)
            if len(self.remembered) > REMEMBERED_MAX:
                del self.remembered[next(iter(self.remembered))]

    def is_genuine(self, entry: Mapping[str, Any]) -> bool:
        """Whether this service wrote the entry as it stands."""
        mark = entry.get("mark")
        return isinstance(mark, bytes) and hmac.compare_digest(mark, self._mark(entry))

    def _marked(self, entry: Document) -> Document:
        return {"_id": entry["id"], **entry, "mark": self._mark(entry)}

    def _mark(self, entry: Mapping[str, Any]) -> bytes:
        return hmac.digest(self._key, digest_of(entry), "sha256")

    def _entry_id(self) -> str:
        """The instant (process time) and 76 random bits: the ids of one process stand in their order."""
        self._latest = max(self._latest + 1, time.time_ns() // 1_000)
        return f"{self._latest:013x}{os.urandom(10).hex()[:19]}"


def digest_of(entry: Mapping[str, Any]) -> bytes:
    """SHA-256 over what an entry says, its id and its record included; its place and its mark are not part of it."""
    facts = {name: value for name, value in entry.items() if name not in ("_id", "mark")}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":"), default=_plain).encode()).digest()


def _facts_of(one: Decided | Reading, by: str | None, version_of: VersionOf) -> Iterator[Document]:
    if isinstance(one, Decided):
        yield _decided(one, by, version_of)
        return
    people = list(dict.fromkeys(one.person_ids))
    for start in range(0, len(people) or 1, PEOPLE_MAX):
        yield {
            "record": READINGS,
            "by": one.by,
            "purpose": one.purpose,
            "field_sets": list(one.field_sets),
            "person_ids": people[start : start + PEOPLE_MAX],
        }


def _decided(one: Decided, by: str | None, version_of: VersionOf) -> Document:
    if by is None:
        raise CannotRecord(f"{one.code} says not who asked for it")
    under: Sequence[str] = list(dict.fromkeys((one.about.id, *one.under)))
    if len(under) > PEOPLE_MAX:
        raise ValueError(f"{one.code} is found under more than {PEOPLE_MAX} ids; make several entries of it")
    return {
        "record": DECISIONS,
        "by": by,
        "code": one.code,
        "about": one.about.kind.name,
        "about_id": one.about.id,
        "version": version_of(one.about.kind.name, one.about.id),
        "under": under,
        "because": one.because,
        "reason": _sealed(one.reason),
    }


def _sealed(reason: Row | None) -> Document | None:
    """Where a sealed reason lies, and the hash of what is sealed: it tells nothing, and nothing fits it but that."""
    if reason is None or reason.document is None:
        return None
    sealed = bytes(reason.document["sealed"])
    return {"place": reason.id, "sha256": hashlib.sha256(sealed).hexdigest()}


def _plain(value: Any) -> str:
    """An instant as text; whatever else somebody may have put there, so that it can be told from what was there."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{type(value).__name__} {value}"
