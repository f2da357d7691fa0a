"""The behaviour suite of the committer, over the fake store and over a real replica set."""

from __future__ import annotations

import asyncio

import pytest

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.testing.behaviour import CommitterBehaviour, id_of, move
from relevo_chassis.testing.fakes import FakeStore


class TestOnTheFakeStore(CommitterBehaviour):
    @pytest.fixture
    async def store(self) -> FakeStore:
        return FakeStore()


class TestOnMongo(CommitterBehaviour):
    @pytest.fixture
    async def store(self, mongo_store: Store) -> Store:
        return mongo_store


async def test_a_thousand_changes_cost_few_transactions() -> None:
    store = FakeStore()
    committer = Committer(store)
    changes = [committer.commit(move(number, id_of(number))) for number in range(1000)]
    waiting = asyncio.gather(*changes)
    await asyncio.sleep(0)
    committer.start()
    await waiting
    await committer.close()
    assert store.transactions == 4
    assert store.reads == 4
