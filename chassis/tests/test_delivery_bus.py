"""Relay and consumers against a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from faststream.nats import NatsBroker

from relevo_chassis.delivery.change import Change, Decision, Found, New, NotYet
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import Consumers, Subscription
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.publisher import JetStream
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.repair import NotNextInLine, Repair, StillFailing
from relevo_chassis.delivery.store import Store
from relevo_contracts import Envelope, Wire, encode
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.failpoints import FailingBackend, FailingDelivery, FailingPublisher, Failpoints, Fault
from relevo_testkit.movers import NOW, Moved, Movers, id_of, once
from relevo_testkit.streams import Streams
from relevo_testkit.waiting import until

MOVERS = Movers(ParticipantEnrolled)

STREAM, DURABLE = "EVENTS_INTAKE", "here_intake"


def wire(aggregate: int, sequence: int) -> Wire:
    cause = id_of(aggregate * 1000 + sequence)
    return encode(
        Envelope(
            id=cause, sequence=sequence, time=NOW, cause_id=cause, chain_id=cause, event=MOVERS.event_of(aggregate)
        )
    )


def counted(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """Count what arrived, and remember that it came in its turn."""
    ref = MOVERS.kind(event.participant_id)

    def decide(found: Found) -> Decision:
        seat = found[ref] or Moved()
        if envelope.sequence != seat.moves + 1:
            raise AssertionError("out of order")
        return Decision(states=[New(ref, Moved(moves=envelope.sequence))])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


@pytest.fixture
async def committer(mongo_store: Store) -> AsyncIterator[Committer]:
    await mongo_store.prepare(("participant",), {})
    made = Committer(mongo_store)
    made.start()
    yield made
    await made.close()


def relay_of(store: Store, broker: NatsBroker, committer: Committer, holder: str = "one") -> Relay:
    return Relay(
        store, JetStream(lambda: broker.connection), Lease(store, "relay", holder, seconds=1), committer.outgoing
    )


Listen = Callable[..., Consumers]


@pytest.fixture
async def listening(broker: NatsBroker, committer: Committer) -> AsyncIterator[Listen]:
    """Starts consumers with a handler; stops them before the broker goes."""
    started: list[Consumers] = []

    def listen(handler: Callable[[Any, Envelope], Change | None], **options: Any) -> Consumers:
        subscription = Subscription(DURABLE, STREAM, {ParticipantEnrolled: handler})
        consumers = Consumers(broker, [subscription], committer, inbox_prefix=b"_INBOX", **options)
        consumers.start()
        started.append(consumers)
        return consumers

    yield listen
    await asyncio.gather(*(consumers.stop() for consumers in started))


@pytest.mark.parametrize("atomic", [True, False])
async def test_the_relay_publishes_all_in_order_along_each_aggregate(
    atomic: bool, mongo_store: Store, broker: NatsBroker, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"], atomic=atomic)
    relay = relay_of(mongo_store, broker, committer)
    await asyncio.gather(*(committer.commit(MOVERS.move(number % 7, id_of(number))) for number in range(300)))
    relay.start()
    await until(lambda: relay.figures.published == 300)
    await relay.close()
    stored = await streams.stored(STREAM)
    for number in range(7):
        mine = [each for each in stored if each.headers["ce-subject"] == f"participant/{id_of(number)}"]
        assert [int(each.headers["ce-sequence"]) for each in mine] == list(range(1, len(mine) + 1))
    assert len(stored) == 300
    assert await mongo_store.count_rows("outbox", {"sent": False}) == 0


async def test_a_row_published_and_not_marked_is_not_stored_twice_within_the_window(
    mongo_store: Store, broker: NatsBroker, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    relay = relay_of(mongo_store, broker, committer)
    for number in range(20):
        await committer.commit(MOVERS.move(number % 3, id_of(number)))
    relay.start()
    await until(lambda: relay.figures.published == 20)
    await mongo_store.update_rows("outbox", {}, {"sent": False})
    await until(lambda: relay.figures.published == 40)
    await relay.close()
    assert len(await streams.stored(STREAM)) == 20


async def test_only_the_holder_of_the_lease_publishes_and_another_takes_over(
    mongo_store: Store, broker: NatsBroker, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    first, second = (relay_of(mongo_store, broker, committer, holder) for holder in ("one", "two"))
    first.start()
    await committer.commit(MOVERS.move(1, id_of(1)))
    await until(lambda: first.figures.published == 1)
    second.start()
    await asyncio.sleep(0.5)
    assert second.figures.published == 0
    await first.close()
    await committer.commit(MOVERS.move(1, id_of(2)))
    await until(lambda: second.figures.published == 1)
    await second.close()


async def test_a_stream_that_is_missing_loses_nothing(
    mongo_store: Store, broker: NatsBroker, streams: Streams, committer: Committer
) -> None:
    relay = Relay(
        mongo_store,
        JetStream(lambda: broker.connection, seconds=0.3),
        Lease(mongo_store, "relay", "one"),
        committer.outgoing,
    )
    relay.start()
    await committer.commit(MOVERS.move(1, id_of(1)))
    await until(lambda: relay.figures.failures > 0)
    await streams.make(STREAM, ["events.intake.>"])
    await until(lambda: relay.figures.published == 1)
    await relay.close()


async def test_shuffled_and_doubled_events_take_effect_once_and_in_order(
    mongo_store: Store, listening: Listen, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"], duplicate_window_seconds=0.1)
    await streams.durable(STREAM, DURABLE)
    sent = [wire(aggregate, sequence) for aggregate in range(1, 6) for sequence in range(1, 11)] * 2
    random.Random(3).shuffle(sent)
    for each in sent:
        await streams.publish(Wire(each.subject, {**each.headers, "Nats-Msg-Id": str(id(each))}, each.body))
    consumers = listening(counted)
    await until(lambda: _drained(streams))
    seats = await mongo_store.states(MOVERS.kind, [id_of(number) for number in range(1, 6)])
    assert [seat.moves for seat in seats.values()] == [10] * 5
    assert consumers.each[0].figures.parked == 0


async def _drained(streams: Streams) -> bool:
    return await streams.pending(STREAM, DURABLE) == 0


async def test_poison_is_parked_with_its_reason_and_everything_else_flows(
    mongo_store: Store, broker: NatsBroker, listening: Listen, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.make("DLQ", ["dlq.>"])
    await streams.durable(STREAM, DURABLE)
    good, later = wire(1, 1), wire(2, 2)
    await streams.publish(Wire(good.subject, {"Nats-Msg-Id": "a"}, b"no cloud event"))
    await streams.publish(Wire(good.subject, {**wire(2, 1).headers}, b"{]"))
    await streams.publish(later)
    await streams.publish(good)
    relay = relay_of(mongo_store, broker, committer)
    relay.start()
    listening(counted)
    await until(lambda: _drained(streams))
    rows = await mongo_store.rows("parked", {}, sort=[("stream_sequence", 1)])
    assert [row["code"] for row in rows] == ["not_a_cloud_event", "body_malformed", "behind"]
    assert (await mongo_store.state(MOVERS.ref(1))) == Moved(moves=1)
    assert (await mongo_store.state(MOVERS.ref(2))) is None
    await until(lambda: relay.figures.published == 3)
    await relay.close()
    letters = await streams.stored("DLQ")
    assert {letter.headers["relevo-parked-because"] for letter in letters} == {
        "not_a_cloud_event",
        "body_malformed",
        "behind",
    }
    assert all(letter.body == b"" for letter in letters)


async def test_a_handler_that_fails_now_and_then_loses_nothing(
    mongo_store: Store, listening: Listen, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.durable(STREAM, DURABLE)
    failed: set[str] = set()

    def flaky(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        if envelope.sequence % 4 == 0 and envelope.id not in failed:
            failed.add(envelope.id)
            raise RuntimeError("away for a moment")
        return counted(event, envelope)

    for sequence in range(1, 13):
        await streams.publish(wire(1, sequence))
    consumers = listening(flaky)
    await until(lambda: _drained(streams))
    assert await mongo_store.state(MOVERS.ref(1)) == Moved(moves=12)
    assert consumers.each[0].figures.failed == 3


async def test_what_needs_something_that_has_not_arrived_waits_for_it(
    mongo_store: Store, listening: Listen, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.durable(STREAM, DURABLE)
    arrived = asyncio.Event()

    def patient(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        if not arrived.is_set():
            raise NotYet("the edition")
        return counted(event, envelope)

    await streams.publish(wire(1, 1))
    consumers = listening(patient)
    await until(lambda: consumers.each[0].figures.held_back >= 2)
    assert consumers.each[0].figures.longest_waiting_seconds > 0
    arrived.set()
    await until(lambda: _drained(streams))
    assert consumers.each[0].figures.longest_waiting_seconds == 0
    assert await mongo_store.state(MOVERS.ref(1)) == Moved(moves=1)


async def test_a_missing_durable_is_noticed(
    mongo_store: Store, broker: NatsBroker, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    consumers = Consumers(broker, [Subscription(DURABLE, STREAM, {})], committer, inbox_prefix=b"_INBOX")
    assert await consumers.missing() == [DURABLE]
    await streams.durable(STREAM, DURABLE)
    assert await consumers.missing() == []


async def test_a_command_whose_answer_was_lost_is_repeated_and_not_done_again(mongo_store: Store) -> None:
    points = Failpoints()
    committer = Committer(FailingBackend(mongo_store, points))
    await mongo_store.prepare(("participant",), {})
    committer.start()
    for point, moves in (("before_commit", 1), ("after_commit", 2)):
        points.arm(point)
        with pytest.raises(Fault):
            await committer.commit(MOVERS.move(1, id_of(moves), once=once(point)))
        await committer.commit(MOVERS.move(1, id_of(moves), once=once(point)))
        assert await mongo_store.state(MOVERS.ref(1)) == Moved(moves=moves)
    await committer.close()


@pytest.mark.parametrize("point", ["before_publish", "after_publish"])
async def test_a_relay_that_ends_at_any_point_loses_nothing_and_repeats_nothing(
    point: str, mongo_store: Store, broker: NatsBroker, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    points = Failpoints()
    points.arm(point)
    publisher = FailingPublisher(JetStream(lambda: broker.connection), points)
    crashed = Relay(mongo_store, publisher, Lease(mongo_store, "relay", "one", seconds=1), committer.outgoing)
    for number in range(5):
        await committer.commit(MOVERS.move(1, id_of(number)))
    crashed.start()
    await until(lambda: not crashed.alive)
    with pytest.raises(Fault):
        await crashed.close()
    other = relay_of(mongo_store, broker, committer, "two")
    other.start()
    await until(lambda: other.figures.published == 5)
    await other.close()
    assert [int(each.headers["ce-sequence"]) for each in await streams.stored(STREAM)] == [1, 2, 3, 4, 5]


async def test_an_event_whose_acknowledgement_was_lost_is_delivered_again_and_not_done_again(
    mongo_store: Store, listening: Listen, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.durable(STREAM, DURABLE, ack_wait_seconds=1)
    points = Failpoints()
    points.arm("before_ack", after=1)
    for sequence in range(1, 6):
        await streams.publish(wire(1, sequence))
    consumers = listening(counted, between=lambda delivered: FailingDelivery(delivered, points))
    await until(lambda: _drained(streams))
    assert points.passed["before_ack"] == 6
    assert consumers.each[0].figures.handled == 6
    assert await mongo_store.state(MOVERS.ref(1)) == Moved(moves=5)


async def test_a_type_from_the_future_is_passed_over_and_a_version_from_the_future_is_parked(
    listening: Listen, mongo_store: Store, streams: Streams
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.durable(STREAM, DURABLE)
    for aggregate, type in ((1, "relevo.intake.ParticipantMoved.v1"), (2, "relevo.intake.ParticipantEnrolled.v9")):
        first = wire(aggregate, 1)
        await streams.publish(Wire(first.subject, {**first.headers, "ce-type": type}, first.body))
        await streams.publish(wire(aggregate, 2))
    listening(lambda event, envelope: counted(event, replace(envelope, sequence=1)))
    await until(lambda: _drained(streams))
    assert await mongo_store.state(MOVERS.ref(1)) == Moved(moves=1)
    assert await mongo_store.state(MOVERS.ref(2)) is None
    assert {row["code"] for row in await mongo_store.rows("parked", {})} == {"version_unknown", "behind"}


async def test_what_is_parked_can_be_retried_in_its_order_or_dropped(
    mongo_store: Store, listening: Listen, streams: Streams, committer: Committer
) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.durable(STREAM, DURABLE)
    broken = {id_of(1001), id_of(2001)}

    def mended(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        if envelope.id in broken:
            raise ValueError("cannot")
        return counted(event, envelope)

    for aggregate in (1, 2, 3):
        for sequence in (1, 2, 3):
            await streams.publish(wire(aggregate, sequence))
    consumers = listening(mended)
    consumer = consumers.each[0]
    await until(lambda: _drained(streams), 40)
    repair = Repair(mongo_store, committer, consumers.each)
    listed = await repair.listed()
    heads = {each.aggregate: each.id for each in listed if each.sequence == 1}
    assert sorted(each.sequence or 0 for each in listed) == [1, 1, 2, 2, 3, 3]
    assert (await mongo_store.state(MOVERS.ref(3))) == Moved(moves=3)
    second = next(each.id for each in listed if each.sequence == 2)
    with pytest.raises(NotNextInLine):
        await repair.retry(second)
    with pytest.raises(StillFailing):
        await repair.retry(heads[f"participant/{id_of(1)}"])
    broken.clear()
    assert await repair.retry(heads[f"participant/{id_of(1)}"]) == 3
    assert (await mongo_store.state(MOVERS.ref(1))) == Moved(moves=3)
    await repair.drop(heads[f"participant/{id_of(2)}"])
    assert len(await repair.listed()) == 2
    await streams.publish(wire(1, 4))

    async def went_on() -> bool:  # that nothing waits would be true for a moment after it was published, too
        return await mongo_store.state(MOVERS.ref(1)) == Moved(moves=4)

    await until(went_on)
    assert consumer.figures.parked == 6
