"""Whatever is done to a record after it was sealed shows, and what is done to it before shows within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from relevo_chassis.delivery.change import Asked, Change, Commits, Decided, Decision, Kind
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.indexes import INDEXES as DELIVERY_INDEXES
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.recorder import DECISIONS, PEOPLE_MAX, READINGS, UNSEALED, CannotRecord
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Batch
from relevo_chassis.ids import new_id
from relevo_chassis.people.records.chain import CHECKPOINTS, FARTHEST, INDEXES, checkpoint_id, entry_place
from relevo_chassis.people.records.sealing import SEALED_WITHIN_SECONDS
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen
from relevo_testkit.fakes import FakeStore
from relevo_testkit.replicas import IN_EACH, NOW, READS, SEGMENTS, Replica
from relevo_testkit.waiting import until

ANOTHER_KEY = ServiceKey(bytes(range(1, 33)))
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


async def test_rule_22_a_record_that_nobody_touched_is_whole(replica: Replica) -> None:
    assert (await replica.records.status(READINGS)).model_dump(include={"entries", "segments", "broken_at"}) == {
        "entries": 0,
        "segments": 0,
        "broken_at": None,
    }
    await replica.sealed()
    await replica.read(7)
    status = await replica.records.status(READINGS, then=2)
    assert (status.entries, status.segments, status.unsealed) == (7, 4, 0)
    assert (status.broken_at, status.forged, status.gone) == (None, 0, 0)
    second = await replica.store.row(CHECKPOINTS, checkpoint_id(READINGS, 3))
    assert second is not None
    assert status.hash_then == second["before"]
    rows = await replica.store.rows(READINGS, {}, sort=[("_id", 1)])
    assert [row["by"] for row in rows] == [f"reader-{number}" for number in range(1, 8)]
    assert [row["_id"] for row in rows] == [entry_place(number) for number in range(1, 8)]


CHANGES: dict[str, Any] = {
    "id": "f" * 32,
    "record": "decisions",
    "at": NOW - timedelta(days=1),
    "by": "somebody else",
    "purpose": "casework",
    "field_sets": ["profile", "statement"],
    "person_ids": [],
    "cause_id": "f" * 32,
    "mark": bytes(32),
    "besides": 1,
}


@pytest.mark.parametrize("place", [1, 4, LENGTH])
async def test_rule_22_whatever_is_changed_of_a_sealed_entry_shows(replica: Replica, place: int) -> None:
    await replica.sealed()
    entry = await replica.store.row(READINGS, entry_place(place))
    assert entry is not None
    assert entry.keys() == {"_id", *CHANGES} - {"besides"}
    for name, value in CHANGES.items():
        await replica.store.update_rows(READINGS, {"_id": entry_place(place)}, {name: value})
        assert await replica.broken_at() == place, name
        await replica.store.remove_rows(READINGS, {"_id": entry_place(place)})
        assert await replica.broken_at() == place, f"left out: {name}"
        await replica.store.insert(READINGS, entry)
        assert await replica.broken_at() is None


@pytest.mark.parametrize("place", [1, 2, LENGTH - 1])
async def test_rule_22_two_sealed_entries_that_changed_places_show(replica: Replica, place: int) -> None:
    await replica.sealed()
    one, other = [(await replica.store.row(READINGS, entry_place(each)) or {}) for each in (place, place + 1)]
    await replica.store.remove_rows(READINGS, {"_id": {"$in": [one["_id"], other["_id"]]}})
    await replica.store.insert(READINGS, {**one, "_id": other["_id"]})
    await replica.store.insert(READINGS, {**other, "_id": one["_id"]})
    assert await replica.broken_at() == place


@pytest.mark.parametrize(
    "where", ["000000000000", "0000000000035", entry_place(LENGTH + 1), entry_place(LENGTH + 9), "x"]
)
async def test_rule_22_an_entry_put_in_shows(replica: Replica, where: str) -> None:
    await replica.sealed()
    copied = await replica.store.row(READINGS, entry_place(2))
    await replica.store.insert(READINGS, {**(copied or {}), "_id": where})
    assert await replica.broken_at() is not None


@pytest.mark.parametrize("segment", range(1, SEGMENTS + 1))
async def test_rule_22_a_checkpoint_that_was_changed_shows(replica: Replica, segment: int) -> None:
    await replica.sealed()
    here = {"_id": checkpoint_id(READINGS, segment)}
    row = await replica.store.row(CHECKPOINTS, here["_id"]) or {}
    other = {int: 7, str: "0" * 63 + "1", bytes: bytes(64), datetime: NOW - timedelta(days=9)}
    for name, value in row.items():
        if name != "_id":
            await replica.store.update_rows(CHECKPOINTS, here, {name: other[type(value)]})
            assert await replica.broken_at() == (segment - 1) * IN_EACH + 1, name
            await replica.store.update_rows(CHECKPOINTS, here, {name: value})
    assert await replica.broken_at() is None


@pytest.mark.parametrize("segment", range(1, SEGMENTS))
async def test_rule_22_a_segment_taken_out_with_its_checkpoint_shows(replica: Replica, segment: int) -> None:
    await replica.sealed()
    first = (segment - 1) * IN_EACH + 1
    await replica.store.remove_rows(CHECKPOINTS, {"_id": checkpoint_id(READINGS, segment)})
    await replica.store.remove_rows(READINGS, {"_id": {"$in": [entry_place(first), entry_place(first + 1)]}})
    assert await replica.broken_at() == first


async def test_rule_22_a_record_sealed_by_somebody_without_the_services_key_shows(
    replica: Replica, store: Store
) -> None:
    await replica.sealed(1)
    stranger = Replica(store, ANOTHER_KEY)
    await stranger.sealed(1)
    await stranger.committer.close()
    assert await replica.broken_at() == IN_EACH + 1
    assert (await replica.records.status(READINGS)).key != (await stranger.records.status(READINGS)).key


async def test_rule_22_a_record_cut_back_is_seen_by_replicas_that_run_and_by_the_hash_that_was_kept(
    replica: Replica,
) -> None:
    await replica.sealed()
    kept = await replica.records.status(READINGS, then=SEGMENTS)
    assert (await replica.records.check()) is None
    await replica.store.remove_rows(CHECKPOINTS, {"_id": checkpoint_id(READINGS, SEGMENTS)})
    await replica.store.remove_rows(READINGS, {"_id": {"$gt": entry_place(LENGTH - IN_EACH)}})
    cut = await replica.records.status(READINGS, then=SEGMENTS)
    assert (cut.broken_at, cut.hash_then) == (None, None)
    await replica.records.look(NOW)
    assert [each.code for each in replica.records.sealer.missed] == ["checkpoint_missed"]
    assert "removed or replaced" in (await replica.records.check() or "")
    assert (await replica.records.status(READINGS)).missed == 1
    await replica.read(99)
    rewritten = await replica.records.status(READINGS, then=SEGMENTS)
    assert rewritten.broken_at is None
    assert rewritten.hash_then not in (None, kept.head)


async def test_rule_22_an_entry_changed_or_put_in_before_it_is_sealed_is_never_sealed_and_counted(
    replica: Replica,
) -> None:
    await replica.read(1)
    await replica.read(2)
    [first, _] = await replica.store.rows(UNSEALED, {}, sort=[("_id", 1)])
    await replica.store.update_rows(UNSEALED, {"_id": first["_id"]}, {"by": "somebody else"})
    await replica.store.insert(UNSEALED, {**first, "_id": "0" * 32, "id": "0" * 32})
    await replica.store.insert(UNSEALED, {"_id": "1" * 32, "record": READINGS})
    status = await replica.records.status(READINGS)
    assert (status.entries, status.forged, status.broken_at) == (1, 3, None)
    assert [row["by"] for row in await replica.store.rows(READINGS, {})] == ["reader-2"]


async def test_rule_22_an_entry_removed_before_it_is_sealed_is_missed_by_the_replica_that_wrote_it(
    replica: Replica, store: Store
) -> None:
    other = Replica(store)
    await replica.read(1)
    await replica.read(2)
    await other.read(3)
    [first, *_] = await store.rows(UNSEALED, {}, sort=[("_id", 1)])
    await replica.records.sealer.look()
    assert replica.records.sealer.missed == []
    await store.remove_rows(UNSEALED, {"_id": first["_id"]})
    await other.records.sealer.seal()
    for each in (replica, other):
        await each.records.look(NOW)
        await each.records.look(NOW)
    await other.committer.close()
    assert [each.id for each in replica.records.sealer.missed] == [first["_id"]]
    assert other.records.sealer.missed == []
    assert "removed or replaced" in (await replica.records.check() or "")
    status = await other.records.status(READINGS)
    assert (status.missed, status.broken_at) == (1, None)
    assert (await other.records.status(DECISIONS)).missed == 0
    [on_record] = await store.rows(DECISIONS, {"about": READINGS})
    assert (on_record["code"], on_record["about_id"]) == ("entry_missed", first["_id"])
    await replica.records.look(NOW)
    assert replica.records.recorder.remembered == {}


async def test_an_entry_put_back_after_it_was_sealed_is_not_sealed_again(replica: Replica) -> None:
    await replica.read(1)
    [entry] = await replica.store.rows(UNSEALED, {})
    await replica.records.sealer.seal()
    await replica.store.insert(UNSEALED, entry)
    await replica.read(2)
    status = await replica.records.status(READINGS)
    assert (status.entries, status.forged, status.unsealed, status.broken_at) == (2, 1, 0, None)


PUT_IN: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "the next checkpoint": (CHECKPOINTS, [{"_id": checkpoint_id(READINGS, 2)}]),
    "that says up to where": (CHECKPOINTS, [{"_id": checkpoint_id(READINGS, 2), "last": 10**9}]),
    "in words": (CHECKPOINTS, [{"_id": checkpoint_id(READINGS, 2), "last": "x"}]),
    "the next checkpoints": (CHECKPOINTS, [{"_id": checkpoint_id(READINGS, each)} for each in range(2, 9)]),
    "the last checkpoint that there can be": (CHECKPOINTS, [{"_id": checkpoint_id(READINGS, FARTHEST)}]),
    "one that has no number": (CHECKPOINTS, [{"_id": f"{READINGS}/00000000000x"}]),
    "the next entry": (READINGS, [{"_id": entry_place(3)}]),
    "the entry after the next": (READINGS, [{"_id": entry_place(4)}]),
    "the next entries": (READINGS, [{"_id": entry_place(each)} for each in range(3, 50)]),
    "the last entry that there can be": (READINGS, [{"_id": entry_place(FARTHEST)}]),
    "an entry without a place": (READINGS, [{"_id": "x"}]),
}


@pytest.mark.parametrize("what", PUT_IN)
async def test_what_somebody_put_in_shows_keeps_nothing_from_being_sealed_and_can_be_taken_out(
    replica: Replica, what: str
) -> None:
    collection, rows = PUT_IN[what]
    await replica.sealed(1)
    for row in rows:
        await replica.store.insert(collection, row)
    for number in (7, 8, 9):
        await replica.read(number)
        await replica.read(number + 10)
        status = await replica.records.status(READINGS)
        assert status.unsealed == 0
        assert status.broken_at is not None
        await replica.records.look(NOW)
    await replica.store.remove_rows(collection, {"_id": {"$in": [row["_id"] for row in rows]}})
    status = await replica.records.status(READINGS)
    assert (status.broken_at, status.missed, await replica.records.check()) == (None, 0, None)
    assert len(await replica.store.rows(READINGS, {})) == IN_EACH + 6
    await replica.store.remove_rows(CHECKPOINTS, {"_id": (await last_checkpoint(replica))["_id"]})
    assert await replica.broken_at() is not None


async def last_checkpoint(replica: Replica) -> Mapping[str, Any]:
    where = {"record": READINGS}
    return (await replica.store.rows(CHECKPOINTS, where, sort=[("_id", -1)], limit=1))[0]


async def test_whoever_holds_the_lease_of_the_records_for_good_keeps_nothing_from_being_sealed(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relevo_chassis.people.records.keeping.TURN_SECONDS", 0.01)
    monkeypatch.setattr("relevo_chassis.people.records.keeping.SEALED_WITHIN_SECONDS", 0.1)
    await replica.store.hold("leases", "records", "somebody else", 9_999)
    await replica.read(1)
    lease = Lease(replica.store, "records", "this replica")
    keeping = asyncio.create_task(replica.records.keep(lease, lambda: NOW, 30))
    await until(lambda: replica.records.recorder.remembered == {})
    keeping.cancel()
    assert (await replica.records.status(READINGS)).entries == 1


async def test_what_waits_too_long_for_its_seal_is_said(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    await replica.read(1)
    assert await replica.records.check() is None
    later = replica.records.sealer.waits_seconds + SEALED_WITHIN_SECONDS
    monkeypatch.setattr(type(replica.records.sealer), "waits_seconds", property(lambda _: later + 1))
    assert "has waited" in (await replica.records.check() or "")


async def test_sealed_by_two_at_once_each_entry_has_one_place(replica: Replica, store: Store) -> None:
    other = Replica(store)
    for number in range(30):
        await (replica, other)[number % 2].read(number)
    await asyncio.gather(*(each.records.sealer.seal() for each in (replica, other) for _ in range(3)))
    status = await replica.records.status(READINGS)
    await other.committer.close()
    assert (status.entries, status.unsealed, status.broken_at) == (30, 0, None)
    rows = await store.rows(READINGS, {})
    assert {row["by"] for row in rows} == {f"reader-{number}" for number in range(30)}


async def test_a_reading_of_ten_thousand_people_is_ten_entries_in_one_commit(store: Store) -> None:
    writes: list[Batch] = []
    replica = Replica(store)
    original: Callable[[Batch], Any] = replica.write

    async def counted(batch: Batch) -> None:
        writes.append(batch)
        await original(batch)

    replica.write = counted  # type: ignore[method-assign]
    await replica.read(1, people=10 * PEOPLE_MAX)
    await replica.committer.close()
    assert [{name: len(rows) for name, rows in batch.items()} for batch in writes] == [{UNSEALED: 10}]
    status = await replica.records.status(READINGS)
    assert (status.entries, status.broken_at) == (10, None)
    rows = await store.rows(READINGS, {})
    assert max(len(row["person_ids"]) for row in rows) == PEOPLE_MAX
    assert len({person for row in rows for person in row["person_ids"]}) == 10 * PEOPLE_MAX


async def test_readers_over_two_replicas_lose_no_race(mongo_store: Store) -> None:
    await mongo_store.prepare((), INDEXES)
    replicas = [Replica(mongo_store), Replica(mongo_store)]
    await asyncio.gather(*(replicas[number % 2].read(number) for number in range(256)))
    for each in replicas:
        await each.committer.close()
    status = await replicas[0].records.status(READINGS)
    assert [each.lost for each in replicas] == [0, 0]
    assert (status.entries, status.broken_at) == (256, None)


class Thing(Frozen):
    name: str = ""


async def test_rule_22_whoever_cannot_be_put_on_record_decides_and_reads_nothing(store: Store) -> None:
    committer = Committer(store)
    committer.start()
    thing = Kind("thing", Thing)(new_id())
    on_record = [Decided("thing_made", thing)]
    with pytest.raises(CannotRecord):
        await committer.commit(Change([thing], lambda _: Decision(on_record=on_record), NOW, new_id(), by="carla"))
    with pytest.raises(CannotRecord):
        await READS.record(cast(Commits, committer), Asked("r", NOW, new_id()), "own", ["profile"], ["p"])
    await committer.close()
    assert await store.rows(UNSEALED, {}) == []
