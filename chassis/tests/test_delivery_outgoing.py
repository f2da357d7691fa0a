"""What is handed from the committer to the relay: when it may be published without a look at the outbox."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_chassis.delivery import outgoing
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.outbox import Unsent
from relevo_chassis.delivery.outgoing import Lanes, Outgoing
from relevo_chassis.delivery.relay import Relay
from relevo_contracts import Wire
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.fakes import FakeStore, FakeStream
from relevo_testkit.movers import Movers, id_of
from relevo_testkit.waiting import until

MOVERS = Movers(ParticipantEnrolled)


def unsent(lane: str, sequence: int) -> Unsent:
    return Unsent(f"{lane}{sequence}", lane, sequence, Wire("events.x", {}, b""), sequence, None)


def names(rows: Sequence[Unsent] | None) -> list[str] | None:
    return None if rows is None else [row.id for row in rows]


def published(lanes: Lanes, *rows: tuple[str, int]) -> Lanes:
    for lane, sequence in rows:
        lanes.published(unsent(lane, sequence))
    return lanes


def test_the_first_of_a_lane_is_in_turn_and_so_is_what_follows_it() -> None:
    assert names(Lanes().in_turn([unsent("a", 1), unsent("b", 1), unsent("a", 2)])) == ["a1", "b1", "a2"]


def test_what_follows_something_unknown_is_not_in_turn() -> None:
    assert Lanes().in_turn([unsent("a", 1), unsent("b", 3)]) is None


def test_what_follows_something_that_was_published_is_in_turn() -> None:
    assert names(published(Lanes(), ("b", 2)).in_turn([unsent("b", 3)])) == ["b3"]


def test_what_was_published_is_passed_over() -> None:
    assert names(published(Lanes(), ("a", 2)).in_turn([unsent("a", 1), unsent("a", 2), unsent("a", 3)])) == ["a3"]


def test_what_nobody_counts_is_not_in_turn() -> None:
    assert Lanes().in_turn([unsent("dlq/here", 0)]) is None


@given(
    before=st.dictionaries(st.sampled_from("abc"), st.integers(0, 4)),
    handed=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), max_size=12),
)
def test_what_is_in_turn_continues_each_lane_without_a_hole(
    before: dict[str, int], handed: list[tuple[str, int]]
) -> None:
    reached = dict.fromkeys("abc", 0) | before
    lanes = published(Lanes(), *((lane, sequence) for lane, sequence in before.items() if sequence))
    for row in lanes.in_turn([unsent(*each) for each in handed]) or ():
        assert row.sequence == reached[row.lane] + 1
        reached[row.lane] = row.sequence


def test_lanes_that_were_not_used_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LANES_MAX", 2)
    lanes = published(Lanes(), ("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1))
    assert lanes.in_turn([unsent("a", 2)]) is None
    assert names(lanes.in_turn([unsent("c", 2), unsent("e", 2)])) == ["c2", "e2"]


def test_too_many_rows_are_forgotten_until_the_outbox_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "WAITING_MAX", 3)
    waiting = Outgoing()
    waiting.add([unsent("a", 1), unsent("a", 2)])
    assert names(waiting.pop(1)) == ["a1"]
    waiting.add([unsent("a", number) for number in range(3, 6)])
    assert waiting.pop(10) is None
    waiting.begin()
    waiting.add([unsent("a", 6)])
    assert names(waiting.pop(10)) == ["a6"]


async def test_a_relay_without_the_lease_is_not_woken_by_commits() -> None:
    waiting = Outgoing()
    waiting.forget()
    waiting.add([unsent("a", 1)])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await waiting.wait(5)
    waiting.begin()
    waiting.add([unsent("a", 2)])
    async with asyncio.timeout(1):
        await waiting.wait(5)


async def test_what_was_committed_here_is_published_without_reading_it(monkeypatch: pytest.MonkeyPatch) -> None:
    store, stream = FakeStore(), FakeStream()
    committer = Committer(store)
    committer.start()
    of_store = cast(Any, store)
    relay = Relay(of_store, stream, Lease(of_store, "relay", "one"), committer.outgoing, poll_seconds=60)
    relay.start()
    await until(lambda: store.reads > 0, 5)
    reads: list[str] = []
    rows = store.rows

    async def reading(collection: str, *arguments: Any, **named: Any) -> Any:
        reads.append(collection)
        return await rows(collection, *arguments, **named)

    monkeypatch.setattr(store, "rows", reading)
    for each in range(3):
        await asyncio.gather(
            *(committer.commit(MOVERS.move(number, id_of(100 * each + number))) for number in range(20))
        )
    await until(lambda: len(stream.messages) == 60, 5)
    assert "outbox" not in reads
    await asyncio.gather(committer.close(), relay.close())
    assert await store.count_rows("outbox", {"sent": False}) == 0


async def test_replicas_that_write_the_same_aggregates_are_told_in_order() -> None:
    """One of them holds the lease; of what the others wrote it knows nothing before it reads the outbox."""
    store, stream = FakeStore(), FakeStream()
    of_store = cast(Any, store)
    committers = [Committer(store) for _ in range(3)]
    relays = []
    for number, committer in enumerate(committers):
        committer.start()
        lease = Lease(of_store, "relay", str(number))
        relays.append(Relay(of_store, stream, lease, committer.outgoing, poll_seconds=0.01))
        relays[-1].start()
    draw = random.Random(7)
    for each in range(60):
        await draw.choice(committers).commit(MOVERS.move(each % 7, id_of(1000 + each)))
        if draw.random() < 0.2:
            await asyncio.sleep(0.005)
    await until(lambda: len(stream.messages) == 60, 5)
    await asyncio.gather(*(committer.close() for committer in committers), *(relay.close() for relay in relays))
    for number in range(7):
        mine = [
            int(w.headers["ce-sequence"]) for w in stream.messages if w.headers["ce-subject"].endswith(id_of(number))
        ]
        assert mine == list(range(1, len(mine) + 1))
