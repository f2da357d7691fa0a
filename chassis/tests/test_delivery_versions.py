"""Two versions of an event, told beside each other under one id and sequence: a consumer has the effect of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import MappingProxyType

import pytest
from structlog.testing import capture_logs

from relevo_chassis.delivery.change import Change
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import Consumer, Handler, Subscription
from relevo_chassis.delivery.parked import Message
from relevo_contracts import BY_MODEL, BY_TYPE, Envelope, Event, encode
from relevo_contracts import envelope as reading_and_writing
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn
from relevo_contracts.model import Id, Instant
from relevo_contracts.table import contract_of
from relevo_testkit.fakes import FakeDelivery, FakeStore
from relevo_testkit.movers import NOW, Moved, Movers, counted, id_of

MOVERS = Movers(ParticipantWithdrawn)


class ParticipantWithdrawnV2(
    Event, service="intake", aggregate="participant", verb="withdrawn", key="participant_id", version=2
):
    """The participant left the course."""

    participant_id: Id
    withdrawn_at: Instant


@pytest.fixture(autouse=True)
def _second_version_known(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = contract_of(ParticipantWithdrawnV2)
    monkeypatch.setattr(reading_and_writing, "BY_TYPE", MappingProxyType({**BY_TYPE, contract.type: contract}))
    models = MappingProxyType({**BY_MODEL, ParticipantWithdrawnV2: contract})
    monkeypatch.setattr(reading_and_writing, "BY_MODEL", models)


def heard(event: ParticipantWithdrawn | ParticipantWithdrawnV2, envelope: Envelope) -> Change:
    return counted(MOVERS.kind, event, envelope)


def of(*handlers: tuple[type[Event], Handler]) -> Subscription:
    return Subscription("here_there", "EVENTS_INTAKE", dict(handlers))


def delivered(event: Event, sequence: int) -> Message:
    id = id_of(sequence)
    sent = encode(Envelope(id=id, sequence=sequence, time=NOW, cause_id=id, chain_id=id, event=event))
    return Message("here_there", sent.subject, sent.headers, sent.body, sequence, 1)


def first_version(sequence: int) -> Message:
    return delivered(MOVERS.event_of(1), sequence)


def second_version(sequence: int) -> Message:
    return delivered(ParticipantWithdrawnV2(participant_id=id_of(1), withdrawn_at=NOW), sequence)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def committer(store: FakeStore) -> AsyncIterator[Committer]:
    made = Committer(store)
    made.start()
    yield made
    await made.close()


@pytest.mark.parametrize("own", [ParticipantWithdrawn, ParticipantWithdrawnV2])
@pytest.mark.parametrize("is_turned", [False, True])
async def test_a_consumer_of_either_version_has_each_effect_once_in_whatever_order_the_two_come(
    committer: Committer, store: FakeStore, own: type[Event], is_turned: bool
) -> None:
    consumer = Consumer(of((own, heard)), committer)
    both = [make(sequence) for sequence in (1, 2) for make in (first_version, second_version)]
    deliveries = []
    with capture_logs() as logged:
        for each in reversed(both) if is_turned else both:
            deliveries.append(delivery := FakeDelivery())
            await consumer.receive(each, delivery)
        for each in both:
            await consumer.receive(each, FakeDelivery())
    assert await store.state(MOVERS.ref(1)) == Moved(moves=2)
    assert consumer.figures.contradicted == 0
    assert {each["event"] for each in logged} == set()
    assert [row["sequence"] for row in await store.rows("positions", {})] == [2]
    assert sum(not each.acked for each in deliveries) == (1 if is_turned else 0)


async def test_whoever_takes_neither_version_goes_on_with_either(committer: Committer, store: FakeStore) -> None:
    consumer = Consumer(of((ParticipantEnrolled, heard)), committer)
    for each in (second_version(1), first_version(1), first_version(2)):
        await consumer.receive(each, delivery := FakeDelivery())
        assert delivery.acked
    assert [row["sequence"] for row in await store.rows("positions", {})] == [2]


async def test_a_version_that_comes_again_with_something_else_contradicts_itself(committer: Committer) -> None:
    consumer, second = Consumer(of((ParticipantWithdrawn, heard)), committer), second_version(1)
    other = second._replace(body=second.body.replace(b"2019", b"2018"))
    assert other.body != second.body
    for each in (first_version(1), second, other):
        await consumer.receive(each, FakeDelivery())
    assert consumer.figures.contradicted == 1
