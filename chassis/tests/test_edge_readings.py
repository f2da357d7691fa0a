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
    append,
    broken_at,
    hash_of,
)
from relevo_chassis.testing.fakes import FakeStore

NOW = datetime(2019, 9, 12, 15, tzinfo=UTC)
LENGTH = 5
READS = Readings[Literal["casework", "own"]]()


def a_log(length: int = LENGTH) -> tuple[ReadingLog, list[Reading]]:
    log, entries = ReadingLog(), []
    for number in range(length):
        log, entry = append(
            log,
            at=NOW + timedelta(minutes=number),
            reader=f"reader-{number}",
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


class TestOnTheFakeStore(RecordBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestOnMongo(RecordBehaviour):
    @pytest.fixture
    async def store(self, mongo_store: Store) -> Store:
        return mongo_store


async def _recorded(commits: Commits, number: int) -> None:
    reader, people = f"reader-{number}", [f"{number:032x}"]
    await READS.record(commits, reader=reader, purpose="own", field_sets=["profile"], person_ids=people, now=NOW)


async def test_whoever_cannot_be_put_on_record_is_told_so() -> None:
    class Away:
        async def commit(self, change: Change) -> Any:
            raise Busy("the store is away")

    with pytest.raises(Busy):
        await _recorded(cast(Commits, Away()), 1)
