"""The behaviour suite of the committer, over the fake store and over a real replica set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import pytest

from relevo_chassis.delivery.change import Busy, Change, Decision, Found, New, Repeat, Row
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Document
from relevo_chassis.ids import new_id
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.behaviour import BOX, Box, BoxIsFull, CommitterBehaviour
from relevo_testkit.fakes import FakeStore
from relevo_testkit.movers import NOW, Movers, id_of, once

MOVERS = Movers(ParticipantEnrolled)


class TestOnTheFakeStore(CommitterBehaviour):
    movers = MOVERS

    @pytest.fixture
    async def store(self) -> FakeStore:
        return FakeStore()


class TestOnMongo(CommitterBehaviour):
    movers = MOVERS

    @pytest.fixture
    async def store(self, mongo_store: Store) -> Store:
        return mongo_store


class _Keeping:
    """A row that is there stays as it is, in whatever group it is written."""

    async def test_a_row_that_is_there_stays_as_it_is_in_whatever_group_it_is_written(self, store: Any) -> None:
        committer = Committer(store)
        committer.start()

        def put(word: str, *, keep: bool = False) -> Change:
            row = Row("beside", "one", {"word": word} if word else None, keep=keep)
            return Change((), lambda _: Decision(rows=[row]), NOW, new_id())

        for changes, left in (
            ([put("first", keep=True), put("second", keep=True)], "first"),
            ([put("third"), put("fourth", keep=True)], "third"),
            ([put(""), put("fifth", keep=True)], "fifth"),
            ([put("sixth", keep=True), put("seventh")], "seventh"),
        ):
            await committer.commit_all(changes)
            assert (await store.fetch({"beside": {"one"}}))["beside"]["one"]["word"] == left
        await committer.close()


class TestKeepingOnTheFakeStore(_Keeping):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestKeepingOnMongo(_Keeping):
    @pytest.fixture
    async def store(self, mongo_store: Store) -> Store:
        return mongo_store


async def test_a_thousand_changes_cost_few_transactions() -> None:
    store = FakeStore()
    committer = Committer(store)
    changes = [committer.commit(MOVERS.move(number, id_of(number))) for number in range(1000)]
    waiting = asyncio.gather(*changes)
    await asyncio.sleep(0)
    committer.start()
    await waiting
    await committer.close()
    assert store.transactions == 4
    assert store.reads == 4


class _ReadInTurns(FakeStore):
    """Reads one collection after the other; something happens when the once-keys have been read."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], Awaitable[Any]] | None = None

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        found: dict[str, dict[str, Document]] = {}
        for name, ids in wanted.items():
            found |= await super().fetch({name: ids})
            if name == "once" and self.then:
                then, self.then = self.then, None
                await then()
        return found


def _enter_once(box: str, key: str) -> Change[str]:
    ref = BOX(box)

    def decide(found: Found) -> Decision[str]:
        if found[ref]:
            raise BoxIsFull
        return Decision(states=[New(ref, Box(places=1))], answer="in")

    return Change([ref], decide, NOW, id_of(1), once=once(key))


async def test_a_repeat_that_comes_while_another_replica_commits_the_first_is_not_refused() -> None:
    store = _ReadInTurns()
    here, there = Committer(store), Committer(store)
    there.start()
    store.then = lambda: there.commit(_enter_once("crate", "key"))
    outcomes = asyncio.gather(
        here.commit(MOVERS.move(1, id_of(1), once=once("another"))), here.commit(_enter_once("crate", "key"))
    )
    await asyncio.sleep(0)
    here.start()
    assert (await outcomes)[1] == Repeat(b"in", None)
    await here.close()
    await there.close()


class _Away(FakeStore):
    """A store that is found to be away, after a while."""

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        await asyncio.sleep(0.3)
        raise Busy("away")


async def test_who_waits_behind_a_store_that_is_away_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust, fault matrix: partition between service and MongoDB. The queue does not grow while nothing is written."""
    monkeypatch.setattr("relevo_chassis.delivery.committer.PATIENCE_SECONDS", 0.2)
    committer = Committer(_Away(), group_max=10)
    committer.start()
    started = time.monotonic()
    waiting = [committer.commit(MOVERS.move(number, id_of(number))) for number in range(500)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert time.monotonic() - started < 1.5
    assert {type(outcome) for outcome in outcomes} == {Busy}
    await committer.close()
