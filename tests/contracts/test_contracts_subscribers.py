"""A partner's subscribers with their own account on a real server: in order, acknowledged after the effect, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from nats.errors import Error as NatsError
from tests.bus.buses import BusOfTests, a_bus
from tests.contracts.subscribing import (
    DURABLE,
    STREAM,
    Way,
    a_subscriber,
    ack_wait_of_a_second,
    again,
    all_answered,
    envelope,
    faststream,
    info_of,
    nats_py,
    opened,
    progress_of,
    publish,
)

from relevo_contracts import Envelope, Unreadable, Wire, encode
from relevo_contracts import faststream as extra
from relevo_contracts import subscriber as module
from relevo_contracts.intake import ApplicationSubmitted, CallOpened
from relevo_contracts.once import MemoryPositions, once
from relevo_contracts.scheduling import ProgrammePublished
from relevo_contracts.subscriber import NoDurable, NotOneAtATime, Parked
from relevo_testkit.waiting import until

in_each_way = pytest.mark.parametrize("way", [nats_py, faststream], ids=lambda each: each.__name__)


@pytest_asyncio.fixture
async def bus(tmp_path: Path) -> AsyncIterator[BusOfTests]:
    async with a_bus(tmp_path) as bus:
        yield bus


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", (0.1,))
    monkeypatch.setattr(extra, "IN_HAND_SECONDS", 0.3)


@in_each_way
async def test_a_partner_is_given_the_public_events_that_were_told_before_and_while_it_runs(
    bus: BusOfTests, way: Way
) -> None:
    handled = []

    async def handler(received: Envelope) -> None:
        handled.append((type(received.event), received.sequence))

    await publish(bus, *opened(1), encode(envelope(ApplicationSubmitted, 1)))
    async with way(bus, handler, "intake", "scheduling"):
        await until(lambda: handled == [(CallOpened, 1)])
        await publish(bus, *opened(2))
        await publish(bus, encode(envelope(ProgrammePublished, 1)), service="scheduling")
        await until(lambda: len(handled) == 3)
        await until(lambda: all_answered(bus))
    assert set(handled) == {(CallOpened, 1), (CallOpened, 2), (ProgrammePublished, 1)}
    assert bus.refusals == []


@in_each_way
async def test_what_is_in_hand_is_acknowledged_when_its_handler_has_returned(bus: BusOfTests, way: Way) -> None:
    begun, stored = asyncio.Event(), asyncio.Event()

    async def handler(received: Envelope) -> None:
        begun.set()
        await stored.wait()

    await publish(bus, *opened(1))
    async with way(bus, handler, "intake"):
        await begun.wait()
        in_hand = await info_of(bus)
        assert (in_hand["num_ack_pending"], in_hand["ack_floor"]["stream_seq"]) == (1, 0)
        stored.set()
        await until(lambda: all_answered(bus))


@in_each_way
async def test_what_a_handler_fails_at_comes_again_and_nothing_overtakes_it_not_even_to_a_second_replica(
    bus: BusOfTests, way: Way
) -> None:
    tried = []

    async def handler(received: Envelope) -> None:
        tried.append(received.sequence)
        if tried.count(2) < 4:
            raise OSError("the store is away")

    await publish(bus, *opened(2, 3, 4))
    async with way(bus, handler, "intake"), way(bus, handler, "intake"):
        await until(lambda: all_answered(bus))
    assert tried == [2, 2, 2, 2, 3, 4]


@in_each_way
async def test_what_cannot_be_read_is_parked_for_good_and_the_rest_goes_on(bus: BusOfTests, way: Way) -> None:
    handled = []

    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    first, second = opened(1, 2)
    await publish(
        bus,
        first._replace(body=b'{"name": "Ana"}'),
        Wire(second.subject, {}, b"hello"),
        Wire(second.subject, {"ce-specversion": "1.0", "ce-id": "%ff"}, b"\xff"),
        second,
    )
    async with way(bus, handler, "intake"):
        await until(lambda: all_answered(bus))
        assert (await info_of(bus))["num_redelivered"] == 0
    assert handled == [2]


@in_each_way
async def test_what_a_handler_can_never_do_anything_with_is_parked_too(bus: BusOfTests, way: Way) -> None:
    tried = []

    async def handler(received: Envelope) -> None:
        tried.append(received.sequence)
        if received.sequence == 1:
            raise Unreadable("edition_unknown", "no such edition is followed here")

    await publish(bus, *opened(1, 2))
    async with way(bus, handler, "intake"):
        await until(lambda: all_answered(bus))
    assert tried == [1, 2]


@in_each_way
async def test_what_a_subscriber_died_with_comes_again_first(bus: BusOfTests, way: Way) -> None:
    await ack_wait_of_a_second(bus)
    dying = await (await bus.connected("partner")).jetstream().pull_subscribe_bind(DURABLE, STREAM)
    handled = []

    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    await publish(bus, *opened(1, 2))
    await dying.fetch(1, timeout=5)
    async with way(bus, handler, "intake"):
        await until(lambda: all_answered(bus))
    assert handled == [1, 2]


@in_each_way
async def test_what_takes_longer_than_the_bus_waits_is_given_to_nobody_else_meanwhile(
    bus: BusOfTests, way: Way
) -> None:
    await ack_wait_of_a_second(bus)
    heard, begun = await progress_of(bus), []

    async def handler(received: Envelope) -> None:
        begun.append(received.sequence)
        await until(lambda: len(heard) > 5)

    await publish(bus, *opened(1))
    async with way(bus, handler, "intake"), way(bus, handler, "intake"):
        await until(lambda: all_answered(bus))
    assert begun == [1]


@in_each_way
async def test_a_subscriber_goes_on_when_the_server_is_back(bus: BusOfTests, way: Way) -> None:
    handled = []

    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    await publish(bus, *opened(1))
    async with way(bus, handler, "intake"):
        await until(lambda: handled == [1])
        await bus.servers[0].restart()
        await publish(bus, *opened(2))
        await until(lambda: handled[-1] == 2)


@in_each_way
async def test_whoever_keeps_positions_has_each_effect_once_whatever_comes_again_or_late(
    bus: BusOfTests, way: Way
) -> None:
    effects: list[tuple[str, int]] = []

    async def effect(received: Envelope, moved: dict[str, int]) -> None:
        effects.append((type(received.event).__name__, received.sequence))

    first, third, seventh = opened(1, 3, 7)
    published = encode(envelope(ProgrammePublished, 2))
    await publish(bus, first, third, again(first), again(third), seventh, again(third))
    await publish(bus, published, again(published), service="scheduling")
    async with way(bus, once(effect, MemoryPositions()), "intake", "scheduling"):
        await until(lambda: len(effects) == 4)
        await until(lambda: all_answered(bus))
    assert [each for each in effects if each[0] == "CallOpened"] == [("CallOpened", each) for each in (1, 3, 7)]
    assert ("ProgrammePublished", 2) in effects


@in_each_way
async def test_an_effect_that_failed_leaves_no_position_and_is_had_when_its_event_comes_again(
    bus: BusOfTests, way: Way
) -> None:
    tried = []

    async def effect(received: Envelope, moved: dict[str, int]) -> None:
        tried.append(received.sequence)
        if len(tried) < 3:
            raise OSError("the store is away")

    await publish(bus, *opened(1, 2))
    async with way(bus, once(effect, MemoryPositions()), "intake"):
        await until(lambda: all_answered(bus))
    assert tried == [1, 1, 1, 2]


@in_each_way
async def test_all_that_is_kept_can_be_had_again_from_the_start_with_new_positions_and_has_no_effect_with_the_old(
    bus: BusOfTests, way: Way
) -> None:
    effects: list[int] = []

    async def effect(received: Envelope, moved: dict[str, int]) -> None:
        effects.append(received.sequence)

    positions = MemoryPositions()
    await publish(bus, *opened(1, 4, 5))
    async with way(bus, once(effect, positions), "intake"):
        await until(lambda: all_answered(bus))
    for kept, expected in ((positions, [1, 4, 5]), (MemoryPositions(), [1, 4, 5, 1, 4, 5])):
        [durable] = [each for each in bus.topology.consumers if each.name == DURABLE]
        await bus.bus.streams.delete(durable)
        await bus.bus.apply(bus.topology)
        async with way(bus, once(effect, kept), "intake"):
            await until(lambda: all_answered(bus))
        assert effects == expected


@pytest.mark.parametrize("way", [nats_py, faststream], ids=lambda each: each.__name__)
async def test_a_durable_that_is_missing_stops_the_start_and_is_not_made(bus: BusOfTests, way: Way) -> None:
    [durable] = [each for each in bus.topology.consumers if each.name == DURABLE]
    await bus.bus.streams.delete(durable)

    async def handler(received: Envelope) -> None:
        raise AssertionError

    with pytest.raises((NoDurable, TimeoutError)):
        async with way(bus, handler, "intake"):
            pass
    assert [str(each) for each in await bus.bus.differences(bus.topology)] == [f"+ consumer {DURABLE} of {STREAM}"]


async def test_a_durable_that_has_several_out_at_a_time_is_refused_since_nothing_would_show_what_was_overtaken(
    bus: BusOfTests,
) -> None:
    operator = (await bus.connected("operator")).jetstream()
    config = (await operator.consumer_info(STREAM, DURABLE)).config
    config.max_ack_pending = 2
    await operator.add_consumer(STREAM, config=config)

    async def handler(received: Envelope) -> None:
        raise AssertionError

    with pytest.raises(NotOneAtATime, match="up to 2 events"):
        await a_subscriber(bus).run(handler, "intake")


async def test_whoever_keeps_what_is_parked_is_told_where_it_stands_and_why_before_it_is_gone(bus: BusOfTests) -> None:
    parked: list[Parked] = []
    failures = [OSError("the store is away")]

    async def keep(each: Parked) -> None:
        if failures:
            raise failures.pop()
        parked.append(each)

    async def handler(received: Envelope) -> None:
        raise AssertionError

    [wire] = opened(1)
    await publish(bus, wire._replace(body=b"hello"))
    subscriber = a_subscriber(bus, parked=keep)
    running = asyncio.create_task(subscriber.run(handler, "intake"))
    await until(lambda: all_answered(bus))
    subscriber.stop()
    await running
    [found] = parked
    assert (found.stream, found.stream_sequence, found.why.code) == (STREAM, 1, "body_malformed")
    assert (found.subject, found.headers["ce-id"], found.body) == (wire.subject, wire.headers["ce-id"], b"hello")


async def test_a_stop_finishes_what_is_in_hand_and_leaves_the_rest_to_another_at_once(bus: BusOfTests) -> None:
    begun, stored = asyncio.Event(), asyncio.Event()
    handled: list[tuple[str, int]] = []

    async def first(received: Envelope) -> None:
        begun.set()
        await stored.wait()
        handled.append(("first", received.sequence))

    async def second(received: Envelope) -> None:
        handled.append(("second", received.sequence))

    await publish(bus, *opened(1, 2))
    stopped = a_subscriber(bus)
    running = asyncio.create_task(stopped.run(first, "intake"))
    await begun.wait()
    stopped.stop()
    stored.set()
    await running
    async with nats_py(bus, second, "intake"):
        await until(lambda: all_answered(bus), 5)
    assert handled == [("first", 1), ("second", 2)]


async def test_a_stop_while_nothing_comes_ends_at_once(bus: BusOfTests) -> None:
    handled: list[int] = []

    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    subscriber = a_subscriber(bus)
    running = asyncio.create_task(subscriber.run(handler))
    await publish(bus, *opened(1))
    await until(lambda: handled == [1])
    async with asyncio.timeout(module.PULL_SECONDS / 2):
        subscriber.stop()
        await running


async def test_a_header_that_looks_like_a_status_of_the_bus_holds_nothing_back(bus: BusOfTests) -> None:
    """nats-py takes such a message for an answer without an event, and would ask for it for ever."""
    handled: list[int] = []

    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    [wire] = opened(1)
    await publish(bus, Wire(wire.subject, {"Status": "404"}, b""), Wire(wire.subject, {"Status": "503"}, b""), wire)
    async with nats_py(bus, handler, "intake"):
        await until(lambda: all_answered(bus))
    assert handled == [1]


async def test_a_service_that_there_is_not_is_refused(bus: BusOfTests) -> None:
    async def handler(received: Envelope) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match="no service billing; there are intake"):
        await a_subscriber(bus).run(handler, "billing")


async def test_whoever_is_taken_off_the_bus_ends_and_does_not_ask_for_ever(bus: BusOfTests) -> None:
    handled: list[int] = []

    async def handler(received: Envelope) -> None:
        handled.append(received.sequence)

    running = asyncio.create_task(a_subscriber(bus).run(handler, "intake"))
    await publish(bus, *opened(1))
    await until(lambda: handled == [1])
    assert await bus.bus.accounts.remove("partner")
    with pytest.raises(NatsError):
        await asyncio.wait_for(running, 30)
