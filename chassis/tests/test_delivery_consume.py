"""What a consumer does with deliveries that fail, wait, or cannot even be set aside as they are."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import reduce
from typing import Any

import pytest
from structlog.testing import capture_logs

from relevo_chassis.delivery import parked
from relevo_chassis.delivery.change import Change, Decision, Found, New, NotYet, Parking, Source
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import ALARM_SECONDS, FAILURES_MAX, Consumer, Subscription
from relevo_chassis.delivery.digest import after, digest_of
from relevo_chassis.delivery.group import Ahead
from relevo_chassis.delivery.parked import Message
from relevo_chassis.delivery.repair import Repair, StillFailing
from relevo_chassis.given.logs import ALLOWED
from relevo_contracts import Envelope, Unreadable, decode_head, encode
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.fakes import FakeDelivery, FakeStore
from relevo_testkit.movers import NOW, Moved, Movers, counted, id_of

MOVERS = Movers(ParticipantEnrolled)

DURABLE = "here_there"


def message(aggregate: int, sequence: int, *, deliveries: int = 1, more: Mapping[str, str] | None = None) -> Message:
    cause = id_of(aggregate * 1000 + sequence)
    sent = encode(
        Envelope(
            id=cause, sequence=sequence, time=NOW, cause_id=cause, chain_id=cause, event=MOVERS.event_of(aggregate)
        )
    )
    return Message(DURABLE, sent.subject, {**sent.headers, **(more or {})}, sent.body, sequence, deliveries)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def committer(store: FakeStore) -> AsyncIterator[Committer]:
    made = Committer(store)
    made.start()
    yield made
    await made.close()


def heard(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    return counted(MOVERS.kind, event, envelope)


def consumer_of(committer: Committer, handler: Any = heard, *, in_order: bool = True) -> Consumer:
    return Consumer(Subscription(DURABLE, "EVENTS_INTAKE", {ParticipantEnrolled: handler}, in_order), committer)


def poisoned_consumer(committer: Committer) -> tuple[Consumer, set[int]]:
    """A consumer, and the sequences that it cannot take."""
    poisoned: set[int] = set()

    def handled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        if envelope.sequence in poisoned:
            raise Unreadable("poisoned", "it is")
        return heard(event, envelope)

    return consumer_of(committer, handled), poisoned


def digest_by(message: Message) -> bytes:
    return digest_of(message.subject, decode_head(message.headers), message.body)


async def received(consumer: Consumer, *messages: Message) -> list[FakeDelivery]:
    deliveries = [FakeDelivery() for _ in messages]
    for each, delivery in zip(messages, deliveries, strict=True):
        await consumer.receive(each, delivery)
    return deliveries


async def test_what_another_replica_took_in_the_end_waits_here_no_longer(
    committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = consumer_of(committer), consumer_of(committer)
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    await received(here, message(1, 2))
    now += ALARM_SECONDS - 1
    await received(here, message(1, 2))
    now += 2
    assert here.figures.longest_waiting_seconds > ALARM_SECONDS
    await received(there, message(1, 1), message(1, 2))
    now += ALARM_SECONDS
    assert here.figures.longest_waiting_seconds == 0


async def test_what_fails_here_and_ends_elsewhere_is_forgotten(
    committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        raise RuntimeError

    here = consumer_of(committer, fails)
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    for number in range(1, 100):
        await received(here, message(number, 1))
        now += 10
    assert len(here._failing) < 20


async def test_a_message_with_header_names_that_cannot_be_stored_is_parked_all_the_same(
    store: FakeStore, committer: Committer
) -> None:
    broken = message(1, 1, more={"ce-\0": "x", "ce-a(b)": "x", "$x\0": "x"})._replace(body=b"{]")
    (delivery,) = await received(consumer_of(committer), broken)
    assert delivery.acked
    (row,) = await store.rows("outbox", {})
    assert {name for name in row["headers"] if name.startswith("ce-")} <= set(message(1, 1).headers)
    assert len(await store.rows("parked", {})) == 1


async def test_a_parked_event_that_is_delivered_again_keeps_its_reason_and_is_told_once(
    store: FakeStore, committer: Committer
) -> None:
    consumer = consumer_of(committer)
    unreadable = message(1, 1)._replace(body=b"{]")
    await received(consumer, unreadable)
    await store.update_rows("outbox", {}, {"sent": True})
    later = message(1, 1)._replace(stream_sequence=50)
    first, second = await received(consumer, unreadable, later)
    assert (first.acked, second.acked) == (True, True)
    assert [row["code"] for row in await store.rows("parked", {})] == ["body_malformed"]
    assert [row["sent"] for row in await store.rows("outbox", {})] == [True]


async def test_nothing_is_set_aside_behind_an_event_that_was_retried_meanwhile(
    store: FakeStore, committer: Committer
) -> None:
    rows = parked.rows(message(1, 2), MOVERS.source(2), "behind", "1 is parked")
    behind = Change(
        (), lambda _: Decision(rows=rows), NOW, id_of(9), source=MOVERS.source(2), parking=Parking.PARK_BEHIND
    )
    with pytest.raises(Ahead):
        await committer.commit(behind)
    assert await store.rows("parked", {}) == []
    consumer = consumer_of(committer)
    await received(consumer, message(1, 1)._replace(body=b"{]"), message(1, 2))
    assert [row["code"] for row in await store.rows("parked", {}, sort=[("sequence", 1)])] == [
        "body_malformed",
        "behind",
    ]


async def test_setting_aside_behind_a_parked_event_changes_its_position(committer: Committer, store: FakeStore) -> None:
    """So that of a retry and of what is set aside at the same time, one loses the race."""
    consumer = consumer_of(committer)
    await received(consumer, message(1, 1)._replace(body=b"{]"))
    (before,) = await store.rows("positions", {})
    await received(consumer, message(1, 2))
    (then,) = await store.rows("positions", {})
    assert (before["sequence"], before["parked"]) == (then["sequence"], then["parked"]) == (0, True)
    assert before != then


@pytest.mark.parametrize("failure", [NotYet("the edition"), AssertionError("no"), AttributeError("no")])
async def test_a_retry_that_fails_in_any_way_leaves_the_event_parked(
    failure: Exception, store: FakeStore, committer: Committer
) -> None:
    def fails(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        raise failure

    await received(consumer_of(committer), message(1, 1)._replace(body=b"{]"))
    (row,) = await store.rows("parked", {})
    await store.update_rows("parked", {}, {"body": message(1, 1).body})
    with pytest.raises(StillFailing):
        await Repair(store, committer, [consumer_of(committer, fails)]).retry(row["_id"])  # type: ignore[arg-type]
    assert len(await store.rows("parked", {})) == 1


async def test_the_log_names_the_event_that_was_dropped(store: FakeStore, committer: Committer) -> None:
    consumer, poisoned = poisoned_consumer(committer)
    poisoned.add(1)
    await received(consumer, message(1, 1), message(1, 2))
    repair = Repair(store, committer, [consumer])  # type: ignore[arg-type]
    first, second = await repair.listed()
    assert await repair.listed(code="behind") == [second]
    assert await repair.listed(durable=DURABLE, code="poisoned") == [first]
    assert await repair.listed(since=first.parked_at) == [first, second]
    assert await repair.listed(since=second.parked_at + timedelta(seconds=1)) == []
    with capture_logs() as logs:
        await repair.drop(first.id)
    [dropped] = [each for each in logs if each["event"] == "parked_dropped"]
    assert (dropped["parked_id"], dropped["event_id"]) == (first.id, first.event_id)


@pytest.mark.parametrize("act", ["retry", "drop"])
async def test_a_parked_event_that_took_effect_by_another_way_is_put_away(
    act: str, store: FakeStore, committer: Committer
) -> None:
    consumer = consumer_of(committer)
    await received(consumer, message(1, 1))
    source = Source(DURABLE, "participant", id_of(1), 1, digest_by(message(1, 1)))
    rows = parked.rows(message(1, 1), source, "handler_failed", "x")
    await committer.commit(Change((), lambda _: Decision(rows=rows), NOW, id_of(9)))
    repair = Repair(store, committer, [consumer])  # type: ignore[arg-type]
    (listed,) = await repair.listed()
    await getattr(repair, act)(listed.id)
    assert await repair.listed() == []
    assert await store.state(MOVERS.ref(1)) == Moved(moves=1)


async def test_what_asks_for_an_id_that_is_taken_for_good_is_parked(store: FakeStore, committer: Committer) -> None:
    def repeats_itself(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        ref = MOVERS.kind(event.participant_id)
        return Change(
            [ref], lambda _: Decision(states=[New(ref, Moved())], events=[MOVERS.event_of(1)]), NOW, id_of(5), id_of(5)
        )

    consumer = consumer_of(committer, repeats_itself)
    await received(consumer, message(1, 1))
    deliveries = await received(consumer, *[message(1, 2)] * FAILURES_MAX)
    assert [delivery.acked for delivery in deliveries] == [False] * (FAILURES_MAX - 1) + [True]
    assert [row["reason"] for row in await store.rows("parked", {})] == ["AlreadyTaken"]


async def test_an_id_that_comes_again_with_another_body_has_no_effect_and_is_told(
    committer: Committer, store: FakeStore
) -> None:
    consumer, first = consumer_of(committer), message(1, 1)
    other = first._replace(body=message(1, 2).body.replace(b'"reporting_days":14', b'"reporting_days":99'))
    assert other.body != first.body
    with capture_logs() as logged:
        [_, again, contradicting] = await received(consumer, first, first, other)
    assert again.acked
    assert contradicting.acked
    assert await store.state(MOVERS.ref(1)) == Moved(moves=1)
    assert consumer.figures.contradicted == 1
    [logged_line] = [each for each in logged if each["event"] == "event_contradicts_itself"]
    assert (logged_line["durable"], logged_line["event_id"]) == (DURABLE, first.headers["ce-id"])
    assert set(logged_line) <= ALLOWED | {"event_id", "chain_id", "log_level"}


async def test_a_position_keeps_the_digest_of_all_that_was_taken(committer: Committer, store: FakeStore) -> None:
    """Whether it came at once, again, or out of a parked row; and of nothing that had no effect."""
    consumer, poisoned = poisoned_consumer(committer)
    events = [message(1, number) for number in (1, 2, 3)]
    digests, kept = [digest_by(each) for each in events], []
    poisoned.add(2)
    for each in (*events, events[0]):
        await received(consumer, each)
        kept += [row["taken"] for row in await store.rows("positions", {})]
    assert kept == [after(b"", digests[0])] * 4
    poisoned.clear()
    [row, _] = await store.rows("parked", {}, sort=[("sequence", 1)])
    assert await Repair(store, committer, [consumer]).retry(row["_id"]) == 2  # type: ignore[arg-type]
    [position] = await store.rows("positions", {})
    assert (position["sequence"], position["taken"]) == (3, reduce(after, digests, b""))


async def test_a_parked_event_that_was_changed_in_the_store_is_not_taken_until_it_is_as_it_came(
    committer: Committer, store: FakeStore
) -> None:
    consumer, poisoned = poisoned_consumer(committer)
    poisoned.add(1)
    await received(consumer, message(1, 1), message(1, 2))
    poisoned.clear()
    [row, behind] = await store.rows("parked", {}, sort=[("sequence", 1)])
    other = message(2, 1)
    for changed in (
        {"body": row["body"].replace(b'"reporting_days":14', b'"reporting_days":99')},
        {"headers": {**row["headers"], "ce-time": "2001-01-01T00:00:00.000Z"}},
        {"body": other.body, "headers": other.headers},
        {"body": behind["body"], "headers": behind["headers"]},
        {"digest": None},
        {"digest": behind["digest"]},
    ):
        await store.update_rows("parked", {"_id": row["_id"]}, changed)
        with pytest.raises(StillFailing):
            await Repair(store, committer, [consumer]).retry(row["_id"])  # type: ignore[arg-type]
        [kept, _] = await store.rows("parked", {}, sort=[("sequence", 1)])
        assert kept["code"] == "changed", changed
        assert await store.state(MOVERS.ref(1)) is None
        await store.update_rows("parked", {"_id": row["_id"]}, row)
    assert await Repair(store, committer, [consumer]).retry(row["_id"]) == 2  # type: ignore[arg-type]


async def test_what_was_taken_is_not_known_after_something_of_which_it_was_not_known(
    committer: Committer, store: FakeStore
) -> None:
    consumer = consumer_of(committer)
    await received(consumer, message(1, 1))
    unknown = Source(DURABLE, "participant", id_of(1), 2)
    await committer.commit(Change((), lambda _: Decision(), NOW, id_of(7), source=unknown))
    await received(consumer, message(1, 3))
    [position] = await store.rows("positions", {})
    assert (position["sequence"], position["taken"]) == (3, None)


def once_for_each(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """Moves by its first event, and by no other: the same in any order, however often they come."""
    ref = MOVERS.kind(event.participant_id)

    def decide(found: Found) -> Decision:
        return Decision() if found[ref] else Decision(states=[New(ref, Moved(moves=1))])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


async def test_through_a_durable_of_single_types_nothing_waits_for_what_it_does_not_bring(
    committer: Committer, store: FakeStore
) -> None:
    consumer = consumer_of(committer, once_for_each, in_order=False)
    deliveries = await received(consumer, message(1, 7), message(1, 3), message(1, 7), message(2, 5))
    assert [each.acked for each in deliveries] == [True] * 4
    assert [await store.state(MOVERS.ref(number)) for number in (1, 2)] == [Moved(moves=1)] * 2
    assert (consumer.figures.held_back, await store.rows("positions", {})) == (0, [])


async def test_what_is_set_aside_of_a_durable_of_single_types_holds_nothing_back_and_is_tried_again_alone(
    committer: Committer, store: FakeStore
) -> None:
    poisoned = {3}

    def handled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
        if envelope.sequence in poisoned:
            raise Unreadable("poisoned", "it is")
        return once_for_each(event, envelope)

    consumer = consumer_of(committer, handled, in_order=False)
    first, second = message(1, 3), message(2, 5)
    for delivery in await received(consumer, first, second):
        assert delivery.acked
    assert await store.state(MOVERS.ref(2)) == Moved(moves=1)
    [row] = await store.rows("parked", {})
    poisoned.clear()
    assert await Repair(store, committer, [consumer]).retry(row["_id"]) == 1  # type: ignore[arg-type]
    assert (await store.state(MOVERS.ref(1)), await store.rows("parked", {})) == (Moved(moves=1), [])
    poisoned.add(3)
    await received(consumer, message(3, 3))
    [row] = await store.rows("parked", {})
    await Repair(store, committer, [consumer]).drop(row["_id"])  # type: ignore[arg-type]
    assert (await store.state(MOVERS.ref(3)), await store.rows("parked", {})) == (None, [])


async def test_a_field_that_is_not_known_here_is_passed_over_and_told_without_its_value(
    committer: Committer, store: FakeStore
) -> None:
    consumer, plain = consumer_of(committer), message(1, 1)
    surplus = plain._replace(body=plain.body.replace(b"{", b'{"name":"Ana Ejemplo",', 1))
    with capture_logs() as logged:
        [delivery] = await received(consumer, surplus)
    assert delivery.acked
    assert await store.state(MOVERS.ref(1)) == Moved(moves=1)
    assert consumer.figures.surplus == 1
    [logged_line] = [each for each in logged if each["event"] == "event_has_more_than_is_known"]
    assert logged_line["count"] == 1
    assert "Ana" not in str(logged)
    assert set(logged_line) <= ALLOWED | {"event_id", "chain_id", "log_level"}
