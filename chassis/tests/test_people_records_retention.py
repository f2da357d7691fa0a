"""After their days old segments go under a signature; the rest of a record is checked as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import cast

import pytest

from relevo_chassis.delivery.indexes import INDEXES as DELIVERY_INDEXES
from relevo_chassis.delivery.recorder import READINGS
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.records.chain import CHECKPOINTS, INDEXES, LOOKED_AT, anchor_id, checkpoint_id, entry_place
from relevo_testkit.fakes import FakeStore
from relevo_testkit.replicas import IN_EACH, NOW, SEGMENTS, Replica

LENGTH = SEGMENTS * IN_EACH


@pytest.fixture(params=["fake", "mongo"])
def store(request: pytest.FixtureRequest) -> Store:
    """What the record promises, it promises over the fake as over the real one."""
    return cast(Store, FakeStore() if request.param == "fake" else request.getfixturevalue("mongo_store"))


@pytest.fixture
async def replica(store: Store) -> AsyncIterator[Replica]:
    await store.prepare((), {**DELIVERY_INDEXES, **INDEXES})
    made = Replica(store)
    yield made
    await made.committer.close()


async def test_old_segments_go_under_a_signature_and_the_rest_stays_checked(replica: Replica) -> None:
    await replica.sealed()
    kept = await replica.records.status(READINGS, then=1)
    retire = replica.records.sealer.retire
    assert await retire(NOW) == 0
    assert await retire(NOW + timedelta(days=1, hours=1)) == 2 * IN_EACH
    assert await retire(NOW + timedelta(days=1, hours=1)) == 0
    for left_over in (2 * IN_EACH, 0):  # where they lie, and when they are removed
        assert await replica.records.left_over() == left_over
        status = await replica.records.status(READINGS, then=2)
        assert (status.entries, status.gone, status.gone_segments) == (LENGTH, 2 * IN_EACH, 2)
        assert (status.broken_at, status.head) == (None, kept.head)
        assert status.hash_then is not None
        await replica.records.sealer.look()
        assert await replica.records.check() is None
        await replica.store.remove_rows(READINGS, {"_id": {"$lte": entry_place(2 * IN_EACH)}})
        await replica.store.remove_rows(CHECKPOINTS, {"_id": checkpoint_id(READINGS, 1)})
    await replica.read(9)
    await replica.store.remove_rows(READINGS, {"_id": entry_place(LENGTH)})
    assert await replica.broken_at() == LENGTH
    assert await retire(NOW + timedelta(days=99)) == IN_EACH + 1
    assert (await replica.records.status(READINGS)).broken_at is None


async def test_the_service_itself_removes_nothing_of_what_it_lets_go(replica: Replica) -> None:
    await replica.sealed()
    before = [await replica.store.rows(name, {}) for name in (READINGS, CHECKPOINTS)]
    assert await replica.records.sealer.retire(NOW + timedelta(days=99)) == LENGTH
    after = [await replica.store.rows(name, {}) for name in (READINGS, CHECKPOINTS)]
    assert [[row for row in rows if row in then] for rows, then in zip(after, before, strict=True)] == before


@pytest.mark.parametrize("forgeries", [1, LOOKED_AT - 1, LOOKED_AT])
async def test_a_place_to_go_on_from_that_the_service_did_not_sign_is_passed_over_or_shows(
    replica: Replica, forgeries: int
) -> None:
    await replica.sealed()
    await replica.records.sealer.retire(NOW + timedelta(hours=1))
    await replica.store.remove_rows(READINGS, {"_id": {"$lte": entry_place(IN_EACH)}})
    [genuine] = await replica.store.rows(CHECKPOINTS, {"_id": anchor_id(READINGS, 1)})
    for number in range(2, forgeries + 2):
        forged = {**genuine, "_id": anchor_id(READINGS, number), "segment": number}
        await replica.store.insert(CHECKPOINTS, forged)
    assert await replica.broken_at() == (1 if forgeries == LOOKED_AT else None)


async def test_old_entries_that_went_without_the_services_signature_show(replica: Replica) -> None:
    await replica.sealed()
    early = {"_id": {"$lte": entry_place(IN_EACH)}}
    gone = await replica.store.rows(READINGS, early)
    await replica.store.remove_rows(READINGS, early)
    await replica.store.remove_rows(CHECKPOINTS, {"_id": checkpoint_id(READINGS, 1)})
    row = await replica.store.row(CHECKPOINTS, checkpoint_id(READINGS, 2)) or {}
    forged = {"_id": anchor_id(READINGS, 1), "record": READINGS, "segment": 1, "last": IN_EACH, "head": row["before"]}
    await replica.store.insert(CHECKPOINTS, {**forged, "signature": row["signature"]})
    assert await replica.broken_at() == 1
    await replica.records.sealer.retire(NOW + timedelta(days=99))
    await replica.store.insert(READINGS, gone[0])
    assert await replica.broken_at() == 1


async def test_a_record_is_whole_while_others_add_to_it_seal_it_and_let_old_segments_go(replica: Replica) -> None:
    async def add() -> None:
        for number in range(60):
            await replica.read(number, at=NOW + timedelta(days=number))
            if number % 3 == 0:
                await replica.records.sealer.seal()
            if number % 10 == 9:
                await replica.records.sealer.retire(NOW + timedelta(days=number - 5))

    adding, seen = asyncio.create_task(add()), []
    while not adding.done():
        seen.append(await replica.records.status(READINGS))
        await asyncio.sleep(0)
    await adding
    assert {each.broken_at for each in seen} == {None}
    assert (await replica.records.status(READINGS)).entries == 60
