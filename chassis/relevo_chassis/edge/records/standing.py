"""How a record stands: followed from its beginning and checked, while others add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.recorder import DECISIONS, UNSEALED, Recorder, digest_of
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.records.chain import (
    CHECKPOINTS,
    MISSED,
    Checkpoint,
    End,
    Signer,
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
    entries: int = Field(description="put on record since the beginning, those gone by retention among them")
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


async def standing_of(
    store: Store, recorder: Recorder, signer: Signer, record: str, *, then: int = 0
) -> RecordStanding:
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
            where = checkpoints_after(self._record, self.end.segment)
            rows = await self._store.rows(CHECKPOINTS, where, sort=[("_id", 1)], limit=PAGE)
            for row in rows:
                await self._follow(row)
            if not rows and await self._is_the_end():
                return

    async def _is_the_end(self) -> bool:
        """An entry behind the last checkpoint was put in, unless it was sealed just now, with another checkpoint."""
        if await self._store.rows(self._record, {"_id": {"$gt": entry_place(self.end.last)}}, limit=1):
            if await self._store.rows(CHECKPOINTS, checkpoints_after(self._record, self.end.segment), limit=1):
                return False
            self._broke(self.end.last + 1)
        return True

    async def _follow(self, row: Mapping[str, Any]) -> None:
        """Go on to the next checkpoint, over the entries that it closes."""
        before, after = self.end, end_after(row)
        self.end = after.model_copy(update={"last": max(before.last, after.last)})
        follows = (before.segment + 1, before.last + 1, before.head)
        checkpoint, digests = self._signer.opened(Checkpoint, row), self._signer.digests(row)
        if checkpoint is None or (checkpoint.segment, checkpoint.first, checkpoint.before) != follows:
            self._broke(before.last + 1)
        if self.end.segment == self._then:
            self.hash_then = self.end.head
        places = {"_id": {"$gt": entry_place(before.last), "$lte": entry_place(self.end.last)}}
        entries = await self._store.rows(self._record, places, sort=[("_id", 1)])
        for number, (digest, entry) in enumerate(zip_longest(digests, entries), before.last + 1):
            if entry is None or not self._stands(entry, number, digest):
                return self._broke(number)

    def _stands(self, entry: Mapping[str, Any], number: int, digest: bytes | None) -> bool:
        here = entry["_id"] == entry_place(number) and digest_of(entry) == digest
        return here and self._recorder.is_genuine(entry)

    def _broke(self, number: int) -> None:
        self.broken_at = min(number, self.broken_at or number)
