"""Telling again: rows of the outbox are handed to the relay once more, in their order, when a stream has lost them.

Nothing can take effect twice by it: what is told again has the id and the sequence that it had.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.store import Store

SLICE_MAX = 5_000

log = structlog.get_logger(__name__)


class Range(NamedTuple):
    """Which events: committed from ``since`` on and before ``until`` (process time), or by one aggregate's sequence.

    ``lane`` is ``aggregate/aggregate_id``; ``first`` and ``last`` are sequences of it, both included.
    """

    since: datetime | None = None
    until: datetime | None = None
    lane: str | None = None
    first: int | None = None
    last: int | None = None

    @property
    def where(self) -> dict[str, Any]:
        """As the store asks for it. Dead letters have no sequence and are never told again: the parked rows tell."""
        sequence = _between("$gte", self.first or 1, "$lte", self.last)
        committed = _between("$gte", self.since, "$lt", self.until)
        wanted: dict[str, Any] = {"sequence": sequence}
        if committed:
            wanted["committed_at"] = committed
        if self.lane is not None:
            wanted["lane"] = self.lane
        return wanted


class Slice(NamedTuple):
    """``republished`` events wait for the relay now; go on after ``next``, or that was all when it is ``None``."""

    republished: int
    next: int | None


async def republish(store: Store, range: Range, *, after: int = 0, limit: int = SLICE_MAX) -> Slice:
    """Hand the next events of a range to the relay, about ``limit`` of them, in the order in which they were told.

    A slice at a time, so that the outbox does not fill and turn writers away: wait until it has drained before the
    next one. What the relay has published and not marked yet is told again as well.
    """
    beyond = {**range.where, "order": {"$gt": after}}
    rows = await store.rows(outbox.COLLECTION, beyond, sort=[("order", 1), ("_id", 1)], limit=limit)
    if not rows:
        return Slice(0, None)
    last = int(rows[-1]["order"])
    within = {**range.where, "order": {"$gt": after, "$lte": last}}
    republished = await store.update_rows(
        outbox.COLLECTION, within, {"sent": False, "republished_at": datetime.now(UTC)}
    )
    log.warning("events_told_again", count=republished)
    return Slice(republished, last if len(rows) == limit else None)


def _between(lower: str, low: Any, upper: str, high: Any) -> Mapping[str, Any]:
    return {sign: value for sign, value in ((lower, low), (upper, high)) if value is not None}
