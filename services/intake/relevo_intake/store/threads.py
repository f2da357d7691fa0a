"""The threads that people have with the secretariat: their kind, index and queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.states import Order
from relevo_chassis.delivery.store import Index, Store
from relevo_intake.domain.thread import Thread

THREAD = Kind("thread", Thread)
KINDS: tuple[Kind[Any], ...] = (THREAD,)

_WAITING_FIRST: Order = (("state.waits", -1), ("state.since", 1), ("_id", 1))
INDEXES: Mapping[str, Sequence[Index]] = {
    "thread": (Index((("state.edition_id", 1), *_WAITING_FIRST)),),
}


class WantedThreads(NamedTuple):
    """Those of an edition; ``late_at`` for those alone whose target is passed at that instant, ``waiting`` for those
    alone that wait for an answer."""

    edition_id: str
    waiting: bool = False
    late_at: datetime | None = None


async def threads_of_edition(
    store: Store, wanted: WantedThreads, *, after: str | None, limit: int
) -> tuple[list[Thread], int]:
    """Those that wait first, the oldest first, behind ``after`` (``place_of``); and how many there are in all."""
    where = _where(wanted)
    total = await store.count_rows(THREAD.name, where)
    behind = {"$or": _behind(after)} if after else {}
    rows = await store.rows(THREAD.name, {**where, **behind}, sort=_WAITING_FIRST, limit=limit)
    return [Thread.model_validate(each["state"]) for each in rows], total


def place_of(thread: Thread) -> str:
    """Where a thread stands in the order of the list."""
    return f"{int(thread.waits)}/{thread.since.isoformat()}/{thread.thread_id}"


def _where(wanted: WantedThreads) -> dict[str, Any]:
    where: dict[str, Any] = {"state.edition_id": wanted.edition_id, "state.over_at": None}
    if wanted.waiting or wanted.late_at:
        where["state.waits"] = True
    if wanted.late_at:
        where["state.answer_until"] = {"$lt": wanted.late_at}
    return where


def _behind(after: str) -> list[dict[str, Any]]:
    waits, since, id = after.split("/")
    alike, at = {"state.waits": waits == "1"}, datetime.fromisoformat(since)
    later = [{**alike, "state.since": {"$gt": at}}, {**alike, "state.since": at, "_id": {"$gt": id}}]
    return [*later, {"state.waits": False}] if waits == "1" else later
