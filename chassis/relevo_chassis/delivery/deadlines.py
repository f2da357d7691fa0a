"""Deadlines: what is due is a row in the service's store, and a leased sweeper turns it into a change, once.

Domain time decides what is due. The row is taken in the transaction of the effect and must be as it was read, so a
deadline takes effect once whatever restarts and however many replicas sweep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from relevo_chassis import traces
from relevo_chassis.delivery.change import Busy, Change, Commits, Due, Row, Unknown
from relevo_chassis.delivery.group import DEADLINES as COLLECTION
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.delivery.store import Index, Store
from relevo_contracts import derived_id

INDEXES: tuple[Index, ...] = (Index((("due_at", 1), ("_id", 1))),)
SWEEP_MAX = 256

log = structlog.get_logger(__name__)


class Deadline(NamedTuple):
    """Something that is to be done at ``due_at`` (domain time) about one aggregate; ``facts`` name nobody.

    ``traceparent`` is the step of a trace that set it, for whoever looks on.
    """

    key: str
    kind: str
    aggregate_id: str
    due_at: datetime
    facts: Mapping[str, Any] = {}
    traceparent: str | None = None

    @property
    def cause_id(self) -> str:
        return derived_id("deadline", self.key, self.due_at.isoformat())


OnDue = Callable[[Deadline, datetime], Change[Any]]


def put(deadline: Deadline) -> Row:
    """The row that sets a deadline, or moves the one with the same key."""
    return Row(
        COLLECTION,
        deadline.key,
        {
            "kind": deadline.kind,
            "aggregate_id": deadline.aggregate_id,
            "due_at": deadline.due_at,
            "facts": dict(deadline.facts),
        },
        traced=True,
    )


def drop(key: str) -> Row:
    """The row that takes a deadline back."""
    return Row(COLLECTION, key, None)


@dataclass(slots=True)
class SweeperFigures:
    """What the sweeper did, for metrics and readiness."""

    done: int = 0
    failures: dict[str, int] = field(default_factory=dict)


class Sweeper:
    """Looks for what is due and commits it; one for each service at a time, by lease."""

    def __init__(
        self,
        store: Store,
        commits: Commits,
        lease: Holding,
        now: Callable[[], datetime],
        on_due: Mapping[str, OnDue],
        *,
        poll_seconds: float = 0.5,
    ) -> None:
        self._store = store
        self._commits = commits
        self._lease = lease
        self._now = now
        self._on_due = on_due
        self._poll_seconds = poll_seconds
        self._after: Deadline | None = None
        self._failing: set[str] = set()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.figures = SweeperFigures()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="sweeper")

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def close(self) -> None:
        """Finish what was begun, then return."""
        self._stopping.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                done = await self._lease.acquire() and await self.sweep()
            except (Busy, Unknown):
                done = 0
            if not done:
                await _within(self._stopping, self._poll_seconds)

    async def sweep(self) -> int:
        """Commit what is due now, at most one group, and go on after it next time; returns how many took effect.

        After the last of what is due it begins anew, so that what failed is tried again and holds up nothing.
        """
        now = self._now()
        where: dict[str, Any] = {"due_at": {"$lte": now}, "kind": {"$in": list(self._on_due)}}
        if self._after is not None:
            due_at, key = self._after.due_at, self._after.key
            where["due_at"] = {"$gte": due_at, "$lte": now}
            where["$or"] = [{"due_at": {"$gt": due_at}}, {"due_at": due_at, "_id": {"$gt": key}}]
        found = await self._store.rows(COLLECTION, where, sort=[("due_at", 1), ("_id", 1)], limit=SWEEP_MAX)
        due = [_deadline(each) for each in found]
        outcomes = await asyncio.gather(*(self._do(each, now) for each in due))
        if len(due) == SWEEP_MAX:
            self._after = due[-1]
        else:
            self._begin_anew()
        return sum(outcomes)

    def _begin_anew(self) -> None:
        self._after = None
        failing, self._failing = self._failing, set()
        self.figures.failures = {key: times for key, times in self.figures.failures.items() if key in failing}

    async def _do(self, deadline: Deadline, now: datetime) -> bool:
        with traces.resumed(f"deadline {deadline.kind}", deadline.traceparent, chain_id=deadline.cause_id):
            return await self._commit_due(deadline, now)

    async def _commit_due(self, deadline: Deadline, now: datetime) -> bool:
        try:
            await self._commits.commit(
                replace(self._on_due[deadline.kind](deadline, now), due=Due(deadline.key, deadline.due_at))
            )
        except (Busy, Unknown):
            return False
        except Exception as failure:
            self._failing.add(deadline.key)
            failures = self.figures.failures[deadline.key] = self.figures.failures.get(deadline.key, 0) + 1
            if failures in (1, 10, 100):
                log.error("deadline_failed", kind=deadline.kind, key=deadline.key, failure=type(failure).__name__)
            return False
        self.figures.failures.pop(deadline.key, None)
        self.figures.done += 1
        return True


def _deadline(document: Mapping[str, Any]) -> Deadline:
    named = {name: document[name] for name in ("kind", "aggregate_id", "due_at", "facts")}
    return Deadline(document["_id"], **named, traceparent=document.get("traceparent"))


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
