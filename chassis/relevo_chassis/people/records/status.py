"""How a record stands: followed from its beginning and checked, while others add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.recorder import DECISIONS, UNSEALED, Recorder, digest_of
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.records.chain import (
    CHECKPOINTS,
    MISSED,
    Checkpoint,
    End,
    Signer,
    checkpoint_id,
    checkpoints_after,
    end_after,
    entry_place,
    kept_from,
    sealed_among,
)
from relevo_contracts.model import Frozen

PAGE = 20
"""Checkpoints read at once; each closes a thousand entries at most."""


class RecordStanding(Frozen):
    """How a record stands; nothing of what is in it."""

    record: str
    entries: int = Field(description="the last place in the record, counted on over those that wait for their seal")
    gone: int = Field(description="of these, gone by retention")
    gone_segments: int = Field(description="the number of the last segment that went by retention")
    unsealed: int = Field(description="of these, waiting for their seal, which takes seconds")
    forged: int = Field(description="rows beside them which this service did not write as they stand, or sealed before")
    missed: int = Field(description="entries and checkpoints that a replica saw to be gone, as it put on record")
    segments: int
    head: str = Field(description="the hash of the last checkpoint")
    key: str = Field(description="the public key of the signatures: Ed25519, in hexadecimal")
    broken_at: int | None = Field(
        description="the number of the first entry that was changed, left out, put in or moved; null if all is whole"
    )
    hash_then: str | None = Field(description="the hash of the checkpoint that was asked about; null if there is none")


async def status_of(store: Store, recorder: Recorder, signer: Signer, record: str, *, then: int = 0) -> RecordStanding:
    """Follow a record from its beginning, or from where retention left off. Raises ``Busy``.

    ``then`` is the number of a segment of which somebody kept the hash.
    """
    while True:
        start = await kept_from(store, signer, record)
        walk = _Walk(store, recorder, signer, start, then)
        await walk.to_the_end()
        if await kept_from(store, signer, record) == start:
            break
    waiting = await store.rows(UNSEALED, {"record": record})
    genuine = len(waiting) - (forged := await _forged(store, recorder, record, waiting))
    return RecordStanding(
        record=record,
        entries=walk.end.last + genuine,
        gone=start.last,
        gone_segments=start.segment,
        unsealed=genuine,
        forged=forged,
        missed=await store.count_rows(DECISIONS, {"under": MISSED, "about": record}),
        segments=walk.end.segment,
        head=walk.end.head,
        key=signer.public,
        broken_at=walk.broken_at,
        hash_then=walk.hash_then,
    )


async def _forged(store: Store, recorder: Recorder, record: str, waiting: Sequence[Mapping[str, Any]]) -> int:
    """How many of those that wait were changed or put in, or put back after they were sealed."""
    genuine = [each for each in waiting if recorder.is_genuine(each)]
    back = await sealed_among(store, record, genuine)
    still = await store.rows(UNSEALED, {"id": {"$in": sorted(back)}}) if back else []
    return len(waiting) - len(genuine) + len(still)


class _Walk:
    """A record followed segment by segment."""

    def __init__(self, store: Store, recorder: Recorder, signer: Signer, start: End, then: int) -> None:
        self._store = store
        self._recorder = recorder
        self._signer = signer
        self._then = then
        self._record = start.record
        self._come_to = checkpoint_id(start.record, start.segment)
        self.end = start
        self.broken_at: int | None = None
        self.hash_then = start.head if then == start.segment else None

    async def to_the_end(self) -> None:
        """Up to the last checkpoint, behind which there must be no entry, and before the first one neither.

        What lies before the place from which a record goes on is no part of it, and removed by and by.
        """
        if not self.end.last and await self._store.rows(self._record, {"_id": {"$lte": entry_place(0)}}, limit=1):
            self._broke(1)
        while True:
            rows = await self._store.rows(CHECKPOINTS, self._further(), sort=[("_id", 1)], limit=PAGE)
            for row in rows:
                self._come_to = row["_id"]
                await self._follow(row)
            if not rows and await self._is_the_end():
                return

    def _further(self) -> Mapping[str, Any]:
        return {"_id": {**checkpoints_after(self._record, 0)["_id"], "$gt": self._come_to}}

    async def _is_the_end(self) -> bool:
        """An entry behind the last checkpoint was put in, unless it was sealed just now, with another checkpoint."""
        if await self._store.rows(self._record, {"_id": {"$gt": entry_place(self.end.last)}}, limit=1):
            if await self._store.rows(CHECKPOINTS, self._further(), limit=1):
                return False
            self._broke(self.end.last + 1)
        return True

    async def _follow(self, row: Mapping[str, Any]) -> None:
        """Go on to the next checkpoint, over the entries that it closes.

        One that this service did not sign was put in, or changed, and leads nowhere. The next genuine one follows the
        genuine one before: past numbers and places that somebody else had taken when it was made, where nothing is
        that belongs to the record.
        """
        before, checkpoint = self.end, self._signer.opened(Checkpoint, row)
        if checkpoint is None:
            return self._broke(before.last + 1)
        self.end = end_after(row)
        if checkpoint.before != before.head or checkpoint.first <= before.last:
            self._broke(before.last + 1)
        if self.end.segment == self._then:
            self.hash_then = self.end.head
        places = {"_id": {"$gt": entry_place(before.last), "$lte": entry_place(checkpoint.last)}}
        entries = await self._store.rows(self._record, places, sort=[("_id", 1)])
        if entries and entries[0]["_id"] < entry_place(checkpoint.first):
            return self._broke(before.last + 1)
        for number, (digest, entry) in enumerate(zip_longest(self._signer.digests(row), entries), checkpoint.first):
            if entry is None or not self._stands(entry, number, digest):
                return self._broke(number)

    def _stands(self, entry: Mapping[str, Any], number: int, digest: bytes | None) -> bool:
        here = entry["_id"] == entry_place(number) and digest_of(entry) == digest
        return here and self._recorder.is_genuine(entry)

    def _broke(self, number: int) -> None:
        self.broken_at = min(number, self.broken_at or number)
