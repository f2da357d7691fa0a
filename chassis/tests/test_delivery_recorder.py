"""A decision goes on record with its change: who, what, on which version, and the hash of a reason that is sealed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from relevo_chassis.delivery.change import (
    Change,
    Decided,
    Decision,
    Found,
    Kind,
    New,
    Once,
    Reading,
    Refusal,
    Row,
)
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.recorder import (
    DECISIONS,
    PEOPLE_MAX,
    READINGS,
    REMEMBERED_MAX,
    UNSEALED,
    CannotRecord,
    Recorder,
)
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import SEALED
from relevo_contracts.model import Frozen
from relevo_testkit.fakes import FakeStore
from relevo_testkit.records import decisions_of, readings_of

NOW = datetime(2019, 9, 12, 15, 0, 0, 123456, tzinfo=UTC)


class Door(Frozen):
    opened: int = 0


DOOR = Kind("door", Door)
FRONT = DOOR("a" * 32)


@pytest.fixture
async def commits() -> AsyncIterator[Committer]:
    made = Committer(FakeStore(), recorder=Recorder(bytes(32)))
    made.start()
    yield made
    await made.close()


def kept(commits: Committer) -> FakeStore:
    return cast(FakeStore, commits._backend)


def opening(by: str, reason: Row | None = None, once: Once | None = None, cause_id: str = "c" * 32) -> Change[Door]:
    def decide(found: Found) -> Decision[Door]:
        door = Door(opened=(found[FRONT] or Door()).opened + 1)
        on_record = [Decided("door_opened", FRONT, under=("e" * 32,), because="fire", reason=reason)]
        return Decision([New(FRONT, door)], answer=door, on_record=on_record)

    return Change([FRONT], decide, NOW, cause_id, once=once, by=by)


async def test_rule_22_a_decision_is_on_record_with_who_when_what_about_what_and_on_which_version(
    commits: Committer,
) -> None:
    await commits.commit(opening("carla"))
    await commits.commit(opening("olga"))
    first, second = decisions_of(kept(commits))
    assert {name: value for name, value in second.items() if name not in ("_id", "id", "mark")} == {
        "record": DECISIONS,
        "at": NOW.replace(microsecond=123000),
        "by": "olga",
        "code": "door_opened",
        "about": "door",
        "about_id": FRONT.id,
        "version": 1,
        "under": [FRONT.id, "e" * 32],
        "because": "fire",
        "reason": None,
        "cause_id": "c" * 32,
    }
    assert (first["by"], first["version"]) == ("carla", 0)


async def test_decisions_that_are_committed_together_name_each_its_own_version(commits: Committer) -> None:
    await asyncio.gather(*(commits.commit(opening(f"somebody-{number}")) for number in range(5)))
    assert [each["version"] for each in decisions_of(kept(commits))] == [0, 1, 2, 3, 4]
    row = await kept(commits).row(DOOR.name, FRONT.id)
    assert row is not None
    assert (row["version"], row["state"]["opened"]) == (5, 5)


async def test_the_record_holds_the_hash_of_what_is_sealed_and_the_reason_lies_there_with_the_change(
    commits: Committer,
) -> None:
    reason = Row(SEALED, f"{'b' * 32}/reason/1", {"person_id": "b" * 32, "sealed": b"ciphertext"})
    await commits.commit(opening("carla", reason))
    [entry] = decisions_of(kept(commits))
    assert entry["reason"] == {"place": reason.id, "sha256": hashlib.sha256(b"ciphertext").hexdigest()}
    assert "ciphertext" not in json.dumps(entry, default=str)
    assert (await kept(commits).row(SEALED, reason.id) or {})["sealed"] == b"ciphertext"


async def test_what_is_refused_or_repeated_leaves_nothing_more_on_record(commits: Committer) -> None:
    def refuse(_: Found) -> Decision:
        raise Refusal("no")

    with pytest.raises(Refusal):
        await commits.commit(Change([FRONT], refuse, NOW, new_id()))
    once = Once("key", "same", lambda _: b"")
    for _ in range(3):
        await commits.commit(opening("carla", once=once))
    assert len(decisions_of(kept(commits))) == 1
    assert kept(commits).collections[UNSEALED].keys() == {each["_id"] for each in decisions_of(kept(commits))}


async def test_a_reading_and_a_decision_ride_in_one_commit(commits: Committer) -> None:
    people = [f"{number:032x}" for number in range(2 * PEOPLE_MAX + 1)]
    on_record: list[Decided | Reading] = [
        Reading("carla", "casework", ("profile",), [*people, people[0]]),
        Decided("seen", FRONT),
    ]
    await commits.commit(Change([FRONT], lambda _: Decision(on_record=on_record), NOW, new_id(), by="carla"))
    assert kept(commits).transactions == 1
    assert [len(each["person_ids"]) for each in readings_of(kept(commits))] == [PEOPLE_MAX, PEOPLE_MAX, 1]
    assert [each for row in readings_of(kept(commits)) for each in row["person_ids"]] == people
    assert [each["code"] for each in decisions_of(kept(commits))] == ["seen"]
    assert {each["record"] for each in readings_of(kept(commits))} == {READINGS}


async def test_whoever_asks_goes_on_record_and_nobody_decides_unnamed(commits: Committer) -> None:
    await commits.commit(replace(opening("x"), by="carla"))
    with pytest.raises(CannotRecord):
        await commits.commit(replace(opening("x"), by=None))
    assert [each["by"] for each in decisions_of(kept(commits))] == ["carla"]


async def test_a_decision_without_bounds_is_not_taken(commits: Committer) -> None:
    many = tuple(f"{number:032x}" for number in range(PEOPLE_MAX + 1))
    with pytest.raises(ValueError, match="make several entries"):
        await commits.commit(
            Change([FRONT], lambda _: Decision(on_record=[Decided("seen", FRONT, many)]), NOW, new_id(), by="carla")
        )
    assert decisions_of(kept(commits)) == []


def entries(recorder: Recorder, number: int) -> list[dict[str, Any]]:
    change = Change([FRONT], lambda _: Decision(), NOW, "c" * 32, by="carla")
    return recorder.entries([Decided("seen", FRONT)] * number, change, lambda *_: None)


def test_entries_of_one_process_have_ids_that_stand_in_their_order_and_cannot_be_guessed() -> None:
    ids = [each["id"] for each in entries(Recorder(bytes(32)), 2000)]
    assert ids == sorted(set(ids))
    assert {len(each) for each in ids} == {32}
    assert len({each[13:] for each in ids}) == 2000


def test_an_entry_is_genuine_only_as_the_service_wrote_it() -> None:
    recorder, stranger = Recorder(bytes(32)), Recorder(bytes(31) + b"1")
    [entry] = entries(recorder, 1)
    assert recorder.is_genuine(entry)
    assert not stranger.is_genuine(entry)
    for name in entry.keys() - {"_id"}:
        assert not recorder.is_genuine({**entry, name: "else"}), name
        assert not recorder.is_genuine({each: value for each, value in entry.items() if each != name}), name
    assert not recorder.is_genuine({**entry, "more": object()})


def test_what_is_remembered_is_bounded() -> None:
    recorder = Recorder(bytes(32))
    [entry] = entries(recorder, 1)
    recorder.written({**entry, "id": f"{number:032x}"} for number in range(REMEMBERED_MAX + 5))
    assert len(recorder.remembered) == REMEMBERED_MAX
    assert next(iter(recorder.remembered.values())).id == f"{5:032x}"


async def test_entries_come_back_from_a_real_store_as_they_were_marked(mongo_store: Store) -> None:
    recorder = Recorder(bytes(32))
    committer = Committer(mongo_store, recorder=recorder)
    committer.start()
    await committer.commit(opening("carla", Row(SEALED, "b/reason", {"person_id": "b" * 32, "sealed": b"c"})))
    await committer.commit(
        Change((), lambda _: Decision(on_record=[Reading("ana", "own", ("profile",), ("b" * 32,))]), NOW, new_id())
    )
    await committer.close()
    rows = await mongo_store.rows(UNSEALED, {})
    assert [recorder.is_genuine(each) for each in rows] == [True, True]
