"""What any store must do under a committer: one suite, run over the fake and over the real one.

Inherit ``CommitterBehaviour`` in a test class and give it a fixture ``store``, and movers with an event to tell.
"""

from __future__ import annotations

import asyncio
import random
import time
from datetime import datetime
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from relevo_chassis.delivery.change import (
    AlreadyTaken,
    Change,
    Decision,
    Due,
    Found,
    Kind,
    New,
    OnceKeyReused,
    Parking,
    Ref,
    Refusal,
    Repeat,
    Row,
    Source,
)
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.group import Ahead, Already, Parked
from relevo_chassis.delivery.writes import Unwritable
from relevo_contracts import BY_MODEL
from relevo_testkit.movers import NOW, Moved, Movers, id_of, once, once_more, outbox_of


class Box(BaseModel):
    """A box with so many places."""

    model_config = ConfigDict(frozen=True)
    places: int
    booked: tuple[str, ...] = ()


BOX = Kind("box", Box)


class BoxIsFull(Refusal):
    """The box is full."""


def book(box: str, number: int) -> Change:
    """Something takes a place in a box."""
    ref = BOX(box)

    def decide(found: Found) -> Decision:
        state = found[ref] or Box(places=30)
        if len(state.booked) >= state.places:
            raise BoxIsFull
        return Decision(states=[New(ref, Box(places=state.places, booked=(*state.booked, id_of(number))))])

    return Change([ref], decide, NOW, id_of(number))


class CommitterBehaviour:
    """Everything a committer promises on a store."""

    movers: ClassVar[Movers[Any]]

    @pytest.fixture
    async def committer(self, store: Any) -> Any:
        made = Committer(store)
        await store.prepare((self.movers.kind.name, BOX.name), {})
        made.start()
        yield made
        await made.close()

    async def test_state_and_event_are_written_together(self, store: Any, committer: Committer) -> None:
        assert await committer.commit(self.movers.move(1, id_of(100))) == 1
        assert (await store.state(self.movers.ref(1))) == Moved(moves=1)
        (row,) = await outbox_of(store)
        subject = BY_MODEL[self.movers.event].subject
        assert (row["subject"], row["sequence"], row["sent"]) == (subject, 1, False)

    async def test_states_are_found_by_their_fields_in_the_order_asked_for_and_page_by_page(
        self, store: Any, committer: Committer
    ) -> None:
        kind, moves = self.movers.kind, (3, 1, 2, 1)
        await asyncio.gather(
            *(
                committer.commit(self.movers.move(number, id_of(10 * number + each)))
                for number, times in enumerate(moves)
                for each in range(times)
            )
        )
        assert await store.select(kind, {}, sort=[("moves", -1), ("_id", 1)]) == [
            Moved(moves=each) for each in (3, 2, 1, 1)
        ]
        assert await store.select(kind, {"moves": {"$gt": 1}}, limit=1) == [Moved(moves=3)]
        assert await store.select(kind, {"moves": {"$gt": 1}}, limit=2, after=id_of(0)) == [Moved(moves=2)]
        assert (await store.count(kind, {"moves": 1}), await store.count(kind, {})) == (2, 4)
        assert await store.states(kind, [id_of(1), id_of(2), id_of(9)]) == {
            id_of(1): Moved(moves=1),
            id_of(2): Moved(moves=2),
        }
        assert await store.versioned(self.movers.ref(0)) == (Moved(moves=3), 3)
        assert await store.versioned(self.movers.ref(9)) is None

    async def test_sequences_have_no_hole_and_orders_grow(self, store: Any, committer: Committer) -> None:
        await asyncio.gather(*(committer.commit(self.movers.move(number % 5, id_of(number))) for number in range(200)))
        for number in range(5):
            rows = [row for row in await outbox_of(store) if row["lane"] == f"{self.movers.kind.name}/{id_of(number)}"]
            assert [row["sequence"] for row in rows] == list(range(1, 41))
            assert (await store.state(self.movers.ref(number))).moves == 40

    async def test_a_refusal_writes_nothing_and_leaves_its_neighbours_alone(
        self, store: Any, committer: Committer
    ) -> None:
        outcomes = await asyncio.gather(
            *(committer.commit(book("crate", number)) for number in range(40)), return_exceptions=True
        )
        assert sum(isinstance(outcome, BoxIsFull) for outcome in outcomes) == 10
        assert len((await store.state(BOX("crate"))).booked) == 30

    async def test_two_committers_on_one_store_never_give_one_place_twice(self, store: Any) -> None:
        committers = [Committer(store), Committer(store)]
        await store.prepare((BOX.name,), {})
        for each in committers:
            each.start()
        outcomes = await asyncio.gather(
            *(committers[number % 2].commit(book("crate", number)) for number in range(64)), return_exceptions=True
        )
        for each in committers:
            await each.close()
        box = await store.state(BOX("crate"))
        assert len(box.booked) == len(set(box.booked)) == 30
        assert sum(isinstance(outcome, BoxIsFull) for outcome in outcomes) == 34

    async def test_a_once_key_takes_effect_once_and_repeats_its_answer(self, store: Any, committer: Committer) -> None:
        same = [committer.commit(self.movers.move(1, id_of(number), once=once("key"))) for number in range(10)]
        outcomes = await asyncio.gather(*same)
        assert outcomes.count(1) == 1
        assert outcomes.count(Repeat(b"1", None)) == 9
        assert await committer.commit(self.movers.move(1, id_of(99), once=once("key"))) == Repeat(b"1", None)
        assert (await store.state(self.movers.ref(1))).moves == 1

    async def test_a_once_key_with_another_body_is_refused(self, store: Any, committer: Committer) -> None:
        await committer.commit(self.movers.move(1, id_of(1), once=once("key")))
        with pytest.raises(OnceKeyReused):
            await committer.commit(self.movers.move(1, id_of(2), once=once("key", "other")))

    async def test_a_refused_command_is_not_remembered(self, store: Any, committer: Committer) -> None:
        def refuse(_: Found) -> Decision:
            raise BoxIsFull

        refused = Change([BOX("crate")], refuse, NOW, id_of(1), once=once("key"))
        with pytest.raises(BoxIsFull):
            await committer.commit(refused)
        assert await store.rows("once", {}) == []

    async def test_every_event_twice_and_shuffled_takes_effect_once_and_in_order(
        self, store: Any, committer: Committer
    ) -> None:
        seed = random.Random(7)
        pending = [sequence for sequence in range(1, 31) for _ in range(2)]
        while pending:
            seed.shuffle(pending)
            outcomes = await asyncio.gather(
                *(
                    committer.commit(self.movers.move(1, id_of(each), source=self.movers.source(each)))
                    for each in pending
                ),
                return_exceptions=True,
            )
            pending = [each for each, outcome in zip(pending, outcomes, strict=True) if isinstance(outcome, Ahead)]
        assert (await store.state(self.movers.ref(1))).moves == 30
        causes = [bytes(row["headers"]["ce-causationid"], "ascii") for row in await outbox_of(store)]
        assert causes == [id_of(each).encode() for each in range(1, 31)]

    async def test_an_event_before_its_predecessor_is_held_back(self, store: Any, committer: Committer) -> None:
        with pytest.raises(Ahead):
            await committer.commit(self.movers.move(1, id_of(2), source=self.movers.source(2)))
        assert await store.state(self.movers.ref(1)) is None

    async def test_an_event_that_was_done_is_done(self, store: Any, committer: Committer) -> None:
        await committer.commit(self.movers.move(1, id_of(1), source=self.movers.source(1)))
        assert isinstance(await committer.commit(self.movers.move(1, id_of(1), source=self.movers.source(1))), Already)
        assert (await store.state(self.movers.ref(1))).moves == 1

    async def test_a_parked_event_holds_its_own_aggregate_and_nothing_else(
        self, store: Any, committer: Committer
    ) -> None:
        parked = Change((), lambda _: Decision(), NOW, id_of(1), source=self.movers.source(1), parking=Parking.PARK)
        await committer.commit(parked)
        with pytest.raises(Parked):
            await committer.commit(self.movers.move(1, id_of(2), source=self.movers.source(2)))
        assert await committer.commit(self.movers.move(2, id_of(3), source=self.movers.source(1, 8))) == 1

    async def test_what_was_relied_on_is_guarded(self, store: Any) -> None:
        """A door is read by the one and shut by the other: never both that it was open and that it was shut before."""
        committers = [Committer(store), Committer(store)]
        await store.prepare((self.movers.kind.name, BOX.name), {})
        for each in committers:
            each.start()
        await committers[0].commit(_door(open=True))
        entries = [committers[number % 2].commit(_enter(self.movers.ref(number))) for number in range(20)]
        shut = committers[1].commit(_door(open=False))
        outcomes = await asyncio.gather(*entries[:10], shut, *entries[10:], return_exceptions=True)
        for each in committers:
            await each.close()
        door = await store.row("box", "door")
        entered = [outcome for outcome in outcomes if isinstance(outcome, int)]
        assert all(isinstance(outcome, int | BoxIsFull | None) for outcome in outcomes)
        assert door["state"]["places"] == 0
        assert door["touched"] <= len(entered)

    async def test_an_event_sees_what_its_predecessor_did_on_another_replica(self, store: Any) -> None:
        """Reading a position and an aggregate at different instants, it would pass over an effect for ever."""
        here, there = Committer(store), Committer(store)
        here.start()
        there.start()
        for number in range(100):
            await _one_after_the_other(here, there, self.movers.ref(number))
        await here.close()
        await there.close()
        assert {(await store.state(self.movers.ref(number))).moves for number in range(100)} == {2}

    async def test_a_deadline_takes_effect_once(self, store: Any, committer: Committer) -> None:
        due = Due("reminder", NOW)
        await committer.commit(_writing(_deadline_row(due.key, NOW)))
        changes = [_with_due(self.movers.move(1, id_of(number)), due) for number in range(5)]
        outcomes = await asyncio.gather(*(committer.commit(change) for change in changes))
        assert sum(isinstance(outcome, Already) for outcome in outcomes) == 4
        assert await store.row("deadlines", due.key) is None
        assert (await store.state(self.movers.ref(1))).moves == 1

    async def test_a_deadline_that_was_moved_or_dropped_just_before_does_not_take_effect(
        self, store: Any, committer: Committer
    ) -> None:
        later = NOW.replace(year=2020)
        for key in ("moved", "dropped"):
            await committer.commit(_writing(_deadline_row(key, NOW)))
        moved, dropped, late, gone = await asyncio.gather(
            committer.commit(_writing(_deadline_row("moved", later))),
            committer.commit(_writing(Row("deadlines", "dropped", None))),
            committer.commit(_with_due(self.movers.move(1, id_of(1)), Due("moved", NOW))),
            committer.commit(_with_due(self.movers.move(1, id_of(2)), Due("dropped", NOW))),
        )
        assert (moved, dropped) == (None, None)
        assert isinstance(late, Already)
        assert isinstance(gone, Already)
        assert (await store.row("deadlines", "moved"))["due_at"] == later
        assert await store.row("deadlines", "dropped") is None

    async def test_a_change_that_cannot_be_stored_fails_alone(self, store: Any, committer: Committer) -> None:
        outsize = Change([BOX("x")], lambda _: Decision(states=[New(BOX("x"), Box(places=2**70))]), NOW, id_of(99))
        outcomes = await asyncio.gather(
            *(
                committer.commit(outsize if number == 13 else self.movers.move(number, id_of(number)))
                for number in range(40)
            ),
            return_exceptions=True,
        )
        assert [number for number, outcome in enumerate(outcomes) if outcome != 1] == [13]
        assert isinstance(outcomes[13], Unwritable)
        assert len(await outbox_of(store)) == 39

    async def test_a_change_that_meets_an_unreadable_aggregate_fails_alone(
        self, store: Any, committer: Committer
    ) -> None:
        await store.insert("box", {"_id": "x", "version": 1, "touched": 0, "sequence": 0, "order": 0, "state": {}})
        outcomes = await asyncio.gather(
            committer.commit(book("x", 1)),
            *(committer.commit(book("y", number)) for number in range(9)),
            return_exceptions=True,
        )
        assert isinstance(outcomes[0], ValidationError)
        assert outcomes[1:] == [None] * 9

    async def test_what_is_taken_for_good_is_told_at_once_and_holds_up_nobody(
        self, store: Any, committer: Committer
    ) -> None:
        """Two changes with one cause would tell one event twice: the second is a fault, and no matter of patience."""
        await committer.commit(self.movers.move(1, id_of(100)))
        started = time.monotonic()
        outcomes = await asyncio.gather(
            *(committer.commit(self.movers.move(number, id_of(100))) for number in range(1, 20)), return_exceptions=True
        )
        assert time.monotonic() - started < 3
        assert isinstance(outcomes[0], AlreadyTaken)
        assert outcomes[1:] == [1] * 18

    async def test_an_event_of_an_aggregate_that_was_not_named_is_a_fault_of_the_program(
        self, store: Any, committer: Committer
    ) -> None:
        def decide(_: Found) -> Decision:
            return Decision(states=[New(self.movers.ref(1), Moved())], events=[self.movers.event_of(2)])

        with pytest.raises(ValueError, match="does not name"):
            await committer.commit(Change([self.movers.ref(1)], decide, NOW, id_of(1)))
        assert await store.state(self.movers.ref(1)) is None

    async def test_closing_finishes_what_was_taken(self, store: Any) -> None:
        committer = Committer(store)
        committer.start()
        booked = [
            asyncio.ensure_future(committer.commit(self.movers.move(number, id_of(number)))) for number in range(50)
        ]
        await asyncio.sleep(0)
        await committer.close()
        assert [await each for each in booked] == [1] * 50


def _with_due(change: Change[int], due: Due) -> Change[int]:
    return Change(change.refs, change.decide, change.now, change.cause_id, due=due)


def _writing(row: Row) -> Change:
    return Change((), lambda _: Decision(rows=[row]), NOW, id_of(1))


def _deadline_row(key: str, due_at: datetime) -> Row:
    return Row("deadlines", key, {"due_at": due_at, "kind": "x", "aggregate_id": id_of(1), "facts": {}})


def _door(*, open: bool) -> Change:
    ref = BOX("door")
    return Change([ref], lambda _: Decision(states=[New(ref, Box(places=int(open)))]), NOW, id_of(1))


def _enter(mover: Ref[Moved]) -> Change[int]:
    door = BOX("door")

    def decide(found: Found) -> Decision[int]:
        box = found[door]
        if box is None or not box.places:
            raise BoxIsFull
        return Decision(states=[New(mover, Moved(moves=1))], answer=1)

    return Change([door, mover], decide, NOW, mover.id)


async def _one_after_the_other(here: Committer, there: Committer, ref: Ref[Moved]) -> None:
    """Two events of one aggregate at two replicas: the first makes it, the second moves it if there is one to move."""

    def made(found: Found) -> Decision:
        return Decision([New(ref, Moved(moves=1))])

    def moved(found: Found) -> Decision:
        state = found[ref]
        return Decision([New(ref, once_more(state))]) if state else Decision()

    first, second = (Source("durable", ref.kind.name, ref.id, sequence) for sequence in (1, 2))
    making = asyncio.ensure_future(here.commit(Change([ref], made, NOW, id_of(1), source=first)))
    while True:
        try:
            await there.commit(Change([ref], moved, NOW, id_of(2), source=second))
            break
        except Ahead:
            await asyncio.sleep(0)
    await making
