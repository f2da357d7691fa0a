"""Whoever opens sealed data is on record before, and the record shows what was done to it afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import pytest

from relevo_chassis.delivery.change import Busy, Change, Commits
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.indexes import INDEXES as DELIVERY_INDEXES
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.readings import (
    INDEXES,
    READINGS,
    THE_LOG,
    Reading,
    ReadingLog,
    Readings,
    Record,
    append,
    broken_at,
    hash_of,
    record_of,
)
from relevo_chassis.testing.fakes import FakeStore

NOW = datetime(2019, 9, 12, 15, tzinfo=UTC)
LENGTH = 5
READS = Readings[Literal["casework", "own"]]()


def a_log(length: int = LENGTH, reader: str = "reader") -> tuple[ReadingLog, list[Reading]]:
    log, entries = ReadingLog(), []
    for number in range(length):
        log, entry = append(
            log,
            at=NOW + timedelta(minutes=number),
            reader=f"{reader}-{number}",
            purpose="casework",
            field_sets=("statement",),
            person_ids=("b" * 32,),
        )
        entries.append(entry)
    return log, entries


@pytest.mark.parametrize("length", [0, 1, LENGTH])
def test_a_record_that_nobody_touched_is_whole(length: int) -> None:
    log, entries = a_log(length)
    assert broken_at(entries, log) is None
    assert broken_at(iter(entries), log) is None


@pytest.mark.parametrize("place", range(LENGTH))
@pytest.mark.parametrize("name", Reading.model_fields)
def test_whatever_is_changed_of_an_entry_shows(place: int, name: str) -> None:
    other: dict[str, Any] = {
        "number": 99,
        "at": NOW - timedelta(microseconds=1),
        "reader": "somebody else",
        "purpose": "own",
        "field_sets": ("statement", "profile"),
        "person_ids": (),
        "before": "1" * 64,
        "hash": "1" * 64,
    }
    log, entries = a_log()
    entries[place] = entries[place].model_copy(update={name: other[name]})
    assert broken_at(entries, log) == place + 1


@pytest.mark.parametrize("place", range(LENGTH))
def test_an_entry_left_out_shows_also_at_either_end(place: int) -> None:
    log, entries = a_log()
    del entries[place]
    assert broken_at(entries, log) == place + 1


@pytest.mark.parametrize("place", range(LENGTH - 1))
def test_two_entries_that_changed_places_show(place: int) -> None:
    log, entries = a_log()
    entries[place], entries[place + 1] = entries[place + 1], entries[place]
    assert broken_at(entries, log) == place + 1


@pytest.mark.parametrize("place", range(LENGTH + 1))
def test_an_entry_put_in_shows(place: int) -> None:
    log, entries = a_log()
    before = entries[place - 1].hash if place else ReadingLog().head
    _, forged = append(
        ReadingLog(entries=place, head=before), at=NOW, reader="x", purpose="own", field_sets=(), person_ids=()
    )
    entries.insert(place, forged)
    assert broken_at(entries, log) in (place + 1, place + 2)


@pytest.mark.parametrize("place", range(LENGTH))
def test_an_entry_rewritten_with_its_hash_breaks_what_follows_it(place: int) -> None:
    log, entries = a_log()
    forged = entries[place].model_copy(update={"reader": "somebody else"})
    entries[place] = forged.model_copy(update={"hash": hash_of(forged)})
    assert broken_at(entries, log) == place + 2


def test_entries_that_are_in_stores_already_stay_readable_and_whole() -> None:
    """The first two entries of a record as it was written before this module was: neither names nor hashes move."""
    first: dict[str, Any] = {
        "_id": "000000000001",
        "number": 1,
        "at": "2019-09-12T08:30:00.123456Z",
        "reader": "coordinator-1",
        "purpose": "casework",
        "field_sets": ["identity", "profile"],
        "person_ids": ["b" * 32],
        "before": "0" * 64,
        "hash": "9850ad0c6b4ea5cfaf6640cd9378cff8a200336f3a7af7853abeec29bf0c88b3",
    }
    second: dict[str, Any] = {
        "_id": "000000000002",
        "number": 2,
        "at": "2019-09-12T09:00:00Z",
        "reader": "ana",
        "purpose": "own",
        "field_sets": ["statement"],
        "person_ids": ["c" * 32, "d" * 32],
        "before": first["hash"],
        "hash": "7c9d842dcc10f1811af473944adf4f2e4184b191176439782c2f47efae060a93",
    }
    end = ReadingLog(entries=2, head=second["hash"])
    assert broken_at([Reading.model_validate(each) for each in (first, second)], end) is None
    assert (READINGS, THE_LOG.kind.name, THE_LOG.id) == ("sensitive_reads", "reading_log", "0" * 32)


class RecordBehaviour:
    """What the record promises over any store."""

    async def test_readings_recorded_at_once_by_two_replicas_make_one_chain(self, store: Store) -> None:
        await store.prepare((), {**DELIVERY_INDEXES, **INDEXES})
        replicas = [Committer(store), Committer(store)]
        for each in replicas:
            each.start()
        await asyncio.gather(*(_recorded(replicas[number % 2], number) for number in range(40)))
        for each in replicas:
            await each.close()
        rows = await store.rows(READINGS, {}, sort=[("_id", 1)])
        entries = [Reading.model_validate(row) for row in rows]
        log = await store.state(THE_LOG)
        assert log is not None
        assert broken_at(entries, log) is None
        assert {each.reader for each in entries} == {f"reader-{number}" for number in range(40)}

    async def test_the_record_is_whole_while_others_add_to_it(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("relevo_chassis.edge.readings.PAGE", 3)
        await store.prepare((), {**DELIVERY_INDEXES, **INDEXES})
        committer = Committer(store)
        committer.start()

        async def add() -> None:
            for number in range(60):
                await _recorded(committer, number)

        adding, seen = asyncio.create_task(add()), []
        while not adding.done():
            seen.append(await record_of(store))
            await asyncio.sleep(0)
        await committer.close()
        assert {each.broken_at for each in seen} == {None}
        assert (await record_of(store)).entries == 60

    @pytest.mark.parametrize("place", range(1, LENGTH + 1))
    async def test_it_is_said_from_which_entry_on_the_record_is_broken(self, store: Store, place: int) -> None:
        log, entries = await _stored(store, a_log())
        whole = await record_of(store, then=place)
        assert whole == Record(entries=LENGTH, head=log.head, broken_at=None, hash_then=entries[place - 1].hash)
        changes: dict[str, dict[str, Any]] = {
            "changed": {"reader": "nobody"},
            "unreadable": {"number": None},
            "more": {"besides": 1},
        }
        for name, change in changes.items():
            await _stored(store, (log, entries))
            await store.update_rows(READINGS, {"_id": _id(place)}, change)
            assert (await record_of(store)).broken_at == place, name
        await _stored(store, (log, entries))
        await store.remove_rows(READINGS, {"_id": _id(place)})
        assert (await record_of(store)).broken_at == place

    async def test_a_record_rewritten_with_its_end_is_seen_by_the_hash_that_was_kept(self, store: Store) -> None:
        _, entries = await _stored(store, a_log())
        await _stored(store, a_log(LENGTH + 1, reader="nobody"))
        rewritten = await record_of(store, then=3)
        assert (rewritten.entries, rewritten.broken_at) == (LENGTH + 1, None)
        assert rewritten.hash_then != entries[2].hash
        await _stored(store, a_log(2))
        assert (await record_of(store, then=3)).hash_then is None

    async def test_an_entry_behind_the_end_and_an_end_before_the_last_entry_show(self, store: Store) -> None:
        log, entries = a_log()
        shorter, _ = a_log(LENGTH - 1)
        await _stored(store, (shorter, entries))
        assert (await record_of(store)).broken_at == LENGTH
        await _stored(store, (log, entries[:-1]))
        assert (await record_of(store)).broken_at == LENGTH


class TestOnTheFakeStore(RecordBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestOnMongo(RecordBehaviour):
    @pytest.fixture
    async def store(self, mongo_store: Store) -> Store:
        return mongo_store


def _id(number: int) -> str:
    return f"{number:012d}"


async def _stored(store: Store, record: tuple[ReadingLog, list[Reading]]) -> tuple[ReadingLog, list[Reading]]:
    """A record in place of whatever is there, as somebody would put it there who can write to the database."""
    log, entries = record
    await store.prepare((), INDEXES)
    for collection in (READINGS, THE_LOG.kind.name):
        await store.remove_rows(collection, {})
    end = {"_id": THE_LOG.id, "version": 1, "touched": 0, "sequence": 0, "order": 0, "state": log.model_dump()}
    await store.insert(THE_LOG.kind.name, end)
    for number, entry in enumerate(entries, 1):
        await store.insert(READINGS, {"_id": _id(number), **entry.model_dump(mode="json")})
    return record


async def _recorded(commits: Commits, number: int) -> None:
    reader, people = f"reader-{number}", [f"{number:032x}"]
    await READS.record(commits, reader=reader, purpose="own", field_sets=["profile"], person_ids=people, now=NOW)


async def test_whoever_cannot_be_put_on_record_is_told_so() -> None:
    class Away:
        async def commit(self, change: Change) -> Any:
            raise Busy("the store is away")

    with pytest.raises(Busy):
        await _recorded(cast(Commits, Away()), 1)
