"""What is due takes effect, whatever else is due and keeps failing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Decision
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.deadlines import SWEEP_MAX, Deadline, Sweeper
from relevo_chassis.delivery.lease import Lease
from relevo_testkit.fakes import FakeStore
from relevo_testkit.movers import NOW, id_of


def on_due(deadline: Deadline, now: datetime) -> Change:
    if deadline.facts.get("fails"):
        raise ValueError("no such aggregate")
    return Change((), lambda _: Decision(), now, deadline.cause_id)


class Swept:
    """A sweeper over a fake store, a step at a time."""

    def __init__(self, store: FakeStore, committer: Committer) -> None:
        self.store, self.committer = store, committer
        kept = cast(Any, store)
        self.sweeper = Sweeper(kept, committer, Lease(kept, "sweeper", "one"), lambda: NOW, {"x": on_due})

    async def put(self, key: str, minutes: int, *, fails: bool = False) -> None:
        due_at = NOW - timedelta(days=1) + timedelta(minutes=minutes)
        row = deadlines.put(Deadline(key, "x", id_of(1), due_at, {"fails": fails}))
        await self.committer.commit(Change((), lambda _: Decision(rows=[row]), NOW, id_of(1)))

    async def waiting(self) -> set[str]:
        return {row["_id"] for row in await self.store.rows("deadlines", {})}


@pytest.fixture
async def swept() -> AsyncIterator[Swept]:
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    yield Swept(store, committer)
    await committer.close()


async def test_what_keeps_failing_holds_up_nothing_that_is_due_after_it(swept: Swept) -> None:
    await asyncio.gather(*(swept.put(f"bad-{number:03}", 0, fails=True) for number in range(SWEEP_MAX + 10)))
    await swept.put("good", 1)
    for _ in range(3):
        await swept.sweeper.sweep()
    assert "good" not in await swept.waiting()
    assert len(swept.sweeper.figures.failures) == SWEEP_MAX + 10


async def test_what_failed_is_tried_again_after_what_else_is_due(swept: Swept) -> None:
    await swept.put("bad", 0, fails=True)
    for _ in range(6):
        await swept.sweeper.sweep()
    assert swept.sweeper.figures.failures["bad"] >= 3
    await swept.put("bad", 0)
    for _ in range(2):
        await swept.sweeper.sweep()
    assert await swept.waiting() == set()
    assert swept.sweeper.figures.failures == {}


async def test_what_failed_and_was_taken_back_fails_no_longer(swept: Swept) -> None:
    await swept.put("bad", 0, fails=True)
    await swept.sweeper.sweep()
    assert swept.sweeper.figures.failures == {"bad": 1}
    await swept.committer.commit(Change((), lambda _: Decision(rows=[deadlines.drop("bad")]), NOW, id_of(1)))
    for _ in range(2):
        await swept.sweeper.sweep()
    assert swept.sweeper.figures.failures == {}


async def test_everything_due_is_swept_in_the_order_in_which_it_was_due(swept: Swept) -> None:
    await asyncio.gather(*(swept.put(f"{number:04}", number % 7) for number in range(3 * SWEEP_MAX)))
    done = [await swept.sweeper.sweep() for _ in range(3)]
    assert done == [SWEEP_MAX] * 3
    assert await swept.waiting() == set()
