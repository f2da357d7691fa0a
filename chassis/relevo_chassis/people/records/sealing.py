"""Sealing: what was put on record is put into a signed segment within seconds, by one replica at a time.

Until then an entry stands alone, under the service's mark. Who has the service's password to MongoDB can remove one
that waits, and put in what is none; sealed entries and checkpoints are changed and removed by administrators alone
(``deploy/databases``). What somebody who can only write to the database does is seen so:

- an entry changed, put in or put back after it was sealed: at once; it is never sealed, and counted as forged;
- an entry removed: within ``SEALED_WITHIN_SECONDS``, by the replica that wrote it, which remembers it until it sees it
  sealed, and puts on record that it is missing. Removed in those seconds while that replica is killed, it is not seen;
- something put in among sealed entries or checkpoints, or where the next would stand: by whoever checks the record; it
  keeps nothing from being sealed, and once an administrator has taken it out the record is whole again;
- checkpoints removed or replaced later: by every replica that runs, which remembers the last it saw, and by the file
  that ``relevo readings`` keeps elsewhere. With all replicas ended and no such file, a record that was cut back to an
  earlier checkpoint is not seen.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import structlog

from relevo_chassis.delivery.change import Unknown
from relevo_chassis.delivery.recorder import UNSEALED, Recorder
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Claim, Conflict, Insert, Write
from relevo_chassis.people.records.chain import (
    CHECKPOINTS,
    RECORDS,
    Checkpoint,
    End,
    Segment,
    Signer,
    checkpoint_id,
    checkpoints_after,
    end_after,
    end_of,
    entry_place,
    hash_of,
    kept_from,
    sealed_among,
)

SEALED_WITHIN_SECONDS = 15.0
"""A second as a rule; longer when the replica that holds the lease was killed, or the store is away."""
PORTION = 1_000
PORTIONS_IN_A_TURN = 20
PEOPLE_IN_A_SEGMENT = 25_000

Entry = Mapping[str, Any]
log = structlog.get_logger(__name__)


class Missed(NamedTuple):
    """An entry or a checkpoint of a record that was gone, by its id, and as what it goes on record itself."""

    record: str
    id: str
    code: Literal["entry_missed", "checkpoint_missed"]


class Sealer:
    """Seals what waits, and looks whether what this replica wrote or saw sealed is still there."""

    def __init__(self, store: Store, recorder: Recorder, signer: Signer) -> None:
        self._store = store
        self._recorder = recorder
        self._signer = signer
        self._seen: dict[str, End] = {}
        self._after = ""
        self.missed: list[Missed] = []
        """What was there and is gone: entries before they were sealed, checkpoints that were seen here."""

    @property
    def waits_seconds(self) -> float:
        """For how long the oldest entry that was written here has waited for its seal."""
        oldest = next(iter(self._recorder.remembered.values()), None)
        return time.monotonic() - oldest.since if oldest else 0.0

    async def seal(self) -> int:
        """Seal what waits; returns how many entries. Safe beside another who does so. Raises ``Busy``."""
        after, sealed = self._after, 0
        self._after = ""
        for _ in range(PORTIONS_IN_A_TURN):
            rows = await self._store.rows(UNSEALED, {"_id": {"$gt": after}}, sort=[("_id", 1)], limit=PORTION)
            genuine = [each for each in rows if self._recorder.is_genuine(each)]
            for record in RECORDS:
                theirs = [each for each in genuine if each["record"] == record]
                known = await sealed_among(self._store, record, theirs)
                for part in _portions(each for each in theirs if each["id"] not in known):
                    if not await self._closed(record, part):
                        return sealed
                    sealed += len(part)
            if len(rows) < PORTION:
                return sealed
            after = rows[-1]["_id"]
        self._after = after
        return sealed

    async def _closed(self, record: str, entries: Sequence[Entry]) -> bool:
        """Close a segment with these entries; false when another replica did so first."""
        after = await end_of(self._store, self._signer, record)
        first = await self._free_places(record, after.last + 1, len(entries))
        number = await self._free_number(after)
        if number is None:
            return False
        segment = Segment(entries, after, number, first, datetime.now(UTC))
        row = self._signer.row(segment.checkpoint, digests=segment.digests)
        batch: dict[str, list[Write]] = {
            CHECKPOINTS: [Insert(row)],
            record: [Insert(each) for each in segment.rows],
            UNSEALED: [Claim(each["_id"], {}) for each in entries],
        }
        try:
            await self._store.write(batch)
        except (Conflict, Unknown):
            return False
        log.info("record_sealed", record=record, segment=segment.checkpoint.segment, head=hash_of(row))
        return True

    async def _free_places(self, record: str, first: int, count: int) -> int:
        """From where on so many entries find room: whatever others put in shows, and keeps nothing from its seal."""
        while True:
            places = {entry_place(number): number for number in range(first, first + count)}
            used = await self._store.rows(record, {"_id": {"$in": [*places]}})
            if not used:
                return first
            first = max(places[row["_id"]] for row in used) + 1

    async def _free_number(self, after: End) -> int | None:
        """The number of the next segment; none when another replica closed it meanwhile."""
        number = after.segment + 1
        while row := await self._store.row(CHECKPOINTS, checkpoint_id(after.record, number)):
            if self._signer.opened(Checkpoint, row):
                return None
            number += 1
        return number

    async def begin(self) -> None:
        """Remember where each record ends, before anything is put on it here."""
        self._seen = {record: await end_of(self._store, self._signer, record) for record in RECORDS}

    async def look(self) -> None:
        """See what was sealed since the last time, and miss what is neither sealed nor waits. Raises ``Busy``."""
        for record in RECORDS:
            await self._follow(record)
        left = dict(itertools.islice(self._recorder.remembered.items(), PORTION))
        if not left:
            return
        found = await self._store.rows(UNSEALED, {"_id": {"$in": [each.id for each in left.values()]}})
        waiting = {row["_id"] for row in found}
        if len(waiting) == len(left):
            return
        for record in RECORDS:  # what waited before and does not wait now was sealed meanwhile, or removed
            await self._follow(record)
        for digest, each in left.items():
            if each.id not in waiting and self._recorder.remembered.pop(digest, None) is not None:
                self._miss(Missed(each.record, each.id, "entry_missed"))

    async def _follow(self, record: str) -> None:
        """Take note of the checkpoints since the last one seen, which must still be there as it was."""
        seen = self._seen.get(record) or End(record=record)
        where = checkpoints_after(record, max(seen.segment - 1, 0))
        found = await self._store.rows(CHECKPOINTS, where, sort=[("_id", 1)])
        rows = [row for row in found if self._signer.opened(Checkpoint, row)]
        is_there = not seen.segment or any(end_after(row) == seen for row in rows)
        if not is_there and (await kept_from(self._store, self._signer, record)).segment <= seen.segment:
            self._miss(Missed(record, checkpoint_id(record, seen.segment), "checkpoint_missed"))
        for row in rows:
            for digest in self._signer.digests(row):
                self._recorder.remembered.pop(digest, None)
        self._seen[record] = end_after(rows[-1]) if rows else End(record=record)

    def _miss(self, missed: Missed) -> None:
        self.missed.append(missed)
        log.critical("what was on record is gone", record=missed.record, entry=missed.id, code=missed.code)

    async def retire(self, before: datetime) -> int:
        """Say under a signature from where each record goes on without the segments whose entries are all from before
        an instant of domain time. Returns how many entries are no part of a record any more. Raises ``Busy``.

        They are not shown from then on; where they lie they are removed by ``relevo retention``, since nobody who has
        the service's own rights may remove anything from a record.
        """
        gone = 0
        for record in RECORDS:
            anchor = start = await kept_from(self._store, self._signer, record)
            while rows := await self._store.rows(
                CHECKPOINTS, checkpoints_after(record, anchor.segment), sort=[("_id", 1)], limit=1
            ):
                checkpoint = self._signer.opened(Checkpoint, rows[0])
                if checkpoint is None or checkpoint.before != anchor.head or checkpoint.until >= before:
                    break
                anchor = end_after(rows[0])
            if anchor != start and await self._store.insert(CHECKPOINTS, self._signer.row(anchor)):
                gone += anchor.last - start.last
        return gone


def _portions(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries in portions that one transaction writes at ease."""
    part: list[Entry] = []
    weight = 0
    for each in entries:
        weight += len(each.get("person_ids", ()))
        if part and weight > PEOPLE_IN_A_SEGMENT:
            yield part
            part, weight = [], len(each.get("person_ids", ()))
        part.append(each)
    if part:
        yield part
