"""One holder at a time, whatever the clocks of the replicas say."""

from __future__ import annotations

import asyncio
import time

import pytest

from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.store import Store
from relevo_testkit.waiting import until


async def test_one_holds_it_until_it_lets_go_or_stops_renewing(mongo_store: Store) -> None:
    first, second = (Lease(mongo_store, "work", holder, seconds=0.5) for holder in ("one", "two"))
    assert [await first.acquire(), await second.acquire(), await first.acquire()] == [True, False, True]
    await first.release()
    assert [await second.acquire(), await first.acquire()] == [True, False]
    await until(first.acquire, 3)
    assert not await second.acquire()


async def test_of_many_that_ask_at_once_one_gets_it(mongo_store: Store) -> None:
    asking = [Lease(mongo_store, "work", str(number)).acquire() for number in range(20)]
    assert sum(await asyncio.gather(*asking)) == 1


async def test_a_replica_three_days_ahead_neither_takes_it_early_nor_keeps_it(
    mongo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trust, fault matrix: clock +3 d."""
    first, ahead = Lease(mongo_store, "work", "one", seconds=0.5), Lease(mongo_store, "work", "two", seconds=0.5)
    assert await first.acquire()
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() + 3 * 86_400)
    assert not await ahead.acquire()
    await first.release()
    assert await ahead.acquire()
    monkeypatch.undo()
    await until(first.acquire, 3)
