"""A partner's FastStream subscriber with its own account on a real server: in order, acknowledged after the effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from nats.errors import Error as NatsError
from tests.bus.buses import BusOfTests, a_bus

from relevo_contracts import Envelope, Event, Wire, derived_id, encode
from relevo_contracts import faststream as extra
from relevo_contracts.asyncapi import example
from relevo_contracts.faststream import Account
from relevo_contracts.intake import ApplicationSubmitted, CallOpened
from relevo_contracts.scheduling import ProgrammePublished
from relevo_testkit.waiting import until

STREAM, DURABLE = "EVENTS_INTAKE", "partner_intake"


@pytest_asyncio.fixture
async def bus(tmp_path: Path) -> AsyncIterator[BusOfTests]:
    async with a_bus(tmp_path) as bus:
        yield bus


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "AGAIN_SECONDS", (0.1,))


def partner_of(bus: BusOfTests) -> Account:
    return Account("partner", bus.servers[0].url, str(bus.credentials("partner")))


@asynccontextmanager
async def running(*partners: Account) -> AsyncIterator[None]:
    try:
        for each in partners:
            await each.broker.start()
        yield
    finally:
        for each in partners:
            await each.broker.stop()


def envelope(model: type[Event], sequence: int) -> Envelope:
    return Envelope(
        id=derived_id("subscribers", model.__name__, sequence),
        sequence=sequence,
        time=datetime(2019, 9, 12, 14, tzinfo=UTC),
        cause_id=derived_id("cause"),
        chain_id=derived_id("chain"),
        event=example(model),
    )


async def publish(bus: BusOfTests, *wires: Wire, service: str = "intake") -> None:
    jetstream = (await bus.connected(service)).jetstream(timeout=10)
    for wire in wires:
        await jetstream.publish(wire.subject, wire.body, headers=wire.headers)


def opened(*sequences: int) -> list[Wire]:
    return [encode(envelope(CallOpened, sequence)) for sequence in sequences]


async def info_of(bus: BusOfTests) -> Mapping[str, Any]:
    found = await bus.bus.streams.durable(STREAM, DURABLE)
    assert found is not None
    return found


async def all_answered(bus: BusOfTests) -> bool:
    found = await info_of(bus)
    return (found["num_pending"], found["num_ack_pending"]) == (0, 0)


async def test_a_partner_is_given_the_public_events_that_were_told_before_and_while_it_runs(bus: BusOfTests) -> None:
    partner, handled = partner_of(bus), []

    @partner.events("intake")
    @partner.events("scheduling")
    async def handler(received: Envelope) -> None:
        handled.append((type(received.event), received.sequence))

    await publish(bus, *opened(1), encode(envelope(ApplicationSubmitted, 1)))
    async with running(partner):
        await until(lambda: handled == [(CallOpened, 1)])
        await publish(bus, *opened(2))
        await publish(bus, encode(envelope(ProgrammePublished, 1)), service="scheduling")
        await until(lambda: len(handled) == 3)
        await until(lambda: all_answered(bus))
    assert set(handled) == {(CallOpened, 1), (CallOpened, 2), (ProgrammePublished, 1)}
    assert bus.refusals == []


async def test_what_is_in_hand_is_acknowledged_when_its_handler_has_returned(bus: BusOfTests) -> None:
    partner, begun, stored = partner_of(bus), asyncio.Event(), asyncio.Event()

    @partner.events("intake")
    async def handler(received: Envelope) -> None:
        begun.set()
        await stored.wait()

    await publish(bus, *opened(1))
    async with running(partner):
        await begun.wait()
        in_hand = await info_of(bus)
        assert (in_hand["num_ack_pending"], in_hand["ack_floor"]["stream_seq"]) == (1, 0)
        stored.set()
        await until(lambda: all_answered(bus))


async def test_what_a_handler_fails_at_comes_again_and_nothing_overtakes_it_not_even_to_a_second_replica(
    bus: BusOfTests,
) -> None:
    replicas, tried = (partner_of(bus), partner_of(bus)), []

    async def handler(received: Envelope) -> None:
        tried.append(received.sequence)
        if tried.count(2) < 4:
            raise OSError("the store is away")

    for each in replicas:
        each.events("intake")(handler)
    await publish(bus, *opened(2, 3, 4))
    async with running(*replicas):
        await until(lambda: all_answered(bus))
    assert tried == [2, 2, 2, 2, 3, 4]


async def test_what_cannot_be_read_is_set_aside_for_good_and_the_rest_goes_on(bus: BusOfTests) -> None:
    partner, handled = partner_of(bus), []

    @partner.events("intake")
    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    first, second = opened(1, 2)
    await publish(bus, first._replace(body=b'{"name": "Ana"}'), Wire(second.subject, {}, b"hello"), second)
    async with running(partner):
        await until(lambda: all_answered(bus))
        assert (await info_of(bus))["num_redelivered"] == 0
    assert handled == [2]


async def test_what_a_subscriber_died_with_comes_again_first(bus: BusOfTests) -> None:
    operator = (await bus.connected("operator")).jetstream()
    config = (await operator.consumer_info(STREAM, DURABLE)).config
    config.ack_wait = 1
    await operator.add_consumer(STREAM, config=config)
    dying = await (await bus.connected("partner")).jetstream().pull_subscribe_bind(DURABLE, STREAM)
    partner, handled = partner_of(bus), []

    @partner.events("intake")
    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    await publish(bus, *opened(1, 2))
    await dying.fetch(1, timeout=5)
    async with running(partner):
        await until(lambda: all_answered(bus))
    assert handled == [1, 2]


async def test_a_subscriber_goes_on_when_the_server_is_back(bus: BusOfTests) -> None:
    partner, handled = partner_of(bus), []

    @partner.events("intake")
    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    await publish(bus, *opened(1))
    async with running(partner):
        await until(lambda: handled == [1])
        await bus.servers[0].restart()
        await publish(bus, *opened(2))
        await until(lambda: handled[-1] == 2)


async def test_a_durable_that_is_missing_stops_the_start_and_is_not_made(bus: BusOfTests) -> None:
    [durable] = [each for each in bus.topology.consumers if each.name == DURABLE]
    await bus.bus.streams.delete(durable)
    partner = partner_of(bus)

    @partner.events("intake")
    async def handler(received: Envelope) -> None:
        raise AssertionError

    with pytest.raises(NatsError, match="timeout"):
        await partner.broker.start()
    await partner.broker.stop()
    assert [str(each) for each in await bus.bus.differences(bus.topology)] == [f"+ consumer {DURABLE} of {STREAM}"]
