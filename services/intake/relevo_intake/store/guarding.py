"""What is kept to guard calls: how many began in which minute, and the proofs that were used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.ids import new_id
from relevo_intake.domain.call import Call
from relevo_intake.domain.guard import WINDOW, ProofIsNotGood, ProofIsWanted, UsedProof
from relevo_intake.store.people import BEFORE_ALL, CALL

PROOF = Kind("proof", UsedProof)
BEGINNINGS = "beginnings"
"""How many began in a minute, by call, minute and process; a row counts until it ends."""

KINDS: tuple[Kind[Any], ...] = (PROOF,)
INDEXES: Mapping[str, Sequence[Index]] = {
    BEGINNINGS: (Index((("ends_at", 1),), expires=True),),
    "proof": (Index((("state.until", 1),), expires=True),),
}


async def begun_lately(store: Store, now: datetime) -> Counter[str]:
    """How many began in the last ten minutes of process time, by call, through all replicas."""
    begun = Counter[str]()
    for row in await store.rows(BEGINNINGS, {"ends_at": {"$gt": now}}):
        begun[row["call_id"]] += row["count"]
    return begun


async def attacked_calls(store: Store) -> list[Call]:
    return await store.select(CALL, {"guard.attacked_since": {"$gt": BEFORE_ALL}})


@dataclass(slots=True)
class Beginnings:
    """How many began by this process, by call and minute, until others may read it."""

    now: Callable[[], datetime]
    process: str = field(default_factory=new_id)
    _counts: Counter[tuple[str, datetime]] = field(default_factory=Counter)
    _unsent: set[tuple[str, datetime]] = field(default_factory=set)

    @contextmanager
    def counted(self, call_id: str) -> Iterator[None]:
        """Around an attempt to begin: counts where the call lets people begin, though it may refuse this one."""
        try:
            yield
        except (ProofIsWanted, ProofIsNotGood):
            self._count(call_id)
            raise
        self._count(call_id)

    def _count(self, call_id: str) -> None:
        key = call_id, self.now().replace(second=0, microsecond=0)
        self._counts[key] += 1
        self._unsent.add(key)

    async def send(self, store: Store) -> None:
        """Let the other replicas know. What could not be written is written with the next. Raises ``Busy``."""
        for key in sorted(self._unsent):
            call_id, minute = key
            id, count = f"{call_id}/{minute:%Y%m%d%H%M}/{self.process}", self._counts[key]
            row = {"call_id": call_id, "ends_at": minute + WINDOW, "count": count}
            if not await store.insert(BEGINNINGS, {"_id": id, **row}):
                await store.update_rows(BEGINNINGS, {"_id": id}, row)
            if self._counts[key] == count:
                self._unsent.discard(key)
        for key in [each for each in self._counts if each[1] + WINDOW <= self.now() and each not in self._unsent]:
            del self._counts[key]
