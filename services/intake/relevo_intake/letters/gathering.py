"""Gathers what can wait: of several matters within an hour one letter tells, and of one alone its own.

A letter that waits is ``gathering`` until its hour is over, by domain time. Then it goes out by itself, or with all
others that wait for the same person. Those join one letter of news and no other: they name it first (``joining``),
then it is made and names them, for good. Whoever takes over from a replica that died finds them so, and makes it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_intake.letters.queue import LETTERS, FactsNow, StoredLetter, news_row

BATCH = 200
POLL_SECONDS = 1.0


class Gatherer:
    """Sends on what has waited for its hour."""

    def __init__(self, store: Store, facts_now: FactsNow, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._facts_now = facts_now
        self._now = now

    async def run(self, lease: Holding) -> None:
        """Until cancelled, while the lease is this replica's."""
        while True:
            try:
                gathered = await self.gather_due() if await lease.acquire() else 0
            except Busy:
                gathered = 0
            if not gathered:
                await asyncio.sleep(POLL_SECONDS)

    async def gather_due(self) -> int:
        """Send on what is due, of ``BATCH`` letters at most and of all others of the same people; how many."""
        await self._make_news()
        over = {"state": "gathering", "gathers_until": {"$lte": self._now()}}
        due = await self._store.rows(LETTERS, over, sort=[("gathers_until", 1)], limit=BATCH)
        if not due:
            return 0
        theirs = {"state": "gathering", "person_id": {"$in": sorted({each["person_id"] for each in due})}}
        waiting = await self._store.rows(LETTERS, theirs)
        facts = await self._facts_now(waiting)
        together = _of_several([each for each in waiting if facts[each["_id"]] is not None])
        joined = {each["_id"] for letters in together for each in letters}
        await self._move([each["_id"] for each in waiting if each["_id"] not in joined], {"state": "queued"})
        for letters in together:
            await self._move([each["_id"] for each in letters], {"state": "joining", "gathered_in": new_id()})
        await self._make_news()
        return len(waiting)

    async def _make_news(self) -> None:
        """The letters of news that were begun, whoever began them."""
        begun: dict[str, list[StoredLetter]] = defaultdict(list)
        for each in await self._store.rows(LETTERS, {"state": "joining"}, limit=BATCH):
            begun[each["gathered_in"]].append(each)
        for news_id, joining in begun.items():
            row = news_row(news_id, joining[0]["person_id"], [each["_id"] for each in joining], self._now())
            await self._store.insert(LETTERS, {"_id": row.id, **(row.document or {})})
            made = await self._store.row(LETTERS, news_id)
            of = {"_id": {"$in": made["of"] if made else []}, "state": "joining"}
            await self._store.update_rows(LETTERS, of, {"state": "gathered"})
            too_late = {"_id": {"$in": [each["_id"] for each in joining]}, "state": "joining"}
            await self._store.update_rows(LETTERS, too_late, {"state": "gathering"})

    async def _move(self, letter_ids: Sequence[str], values: Mapping[str, object]) -> None:
        """Those of them that still wait: another replica may have been quicker."""
        if letter_ids:
            await self._store.update_rows(LETTERS, {"_id": {"$in": [*letter_ids]}, "state": "gathering"}, values)


def _of_several(letters: Sequence[StoredLetter]) -> list[list[StoredLetter]]:
    """The letters of each person who has more than one."""
    theirs: dict[str, list[StoredLetter]] = defaultdict(list)
    for each in letters:
        theirs[each["person_id"]].append(each)
    return [letters for letters in theirs.values() if len(letters) > 1]
