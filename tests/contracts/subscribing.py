"""A partner in each of the ways in which one can subscribe in Python, on a real server with an account of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from tests.bus.buses import BusOfTests

from relevo_contracts import Envelope, Event, Wire, derived_id, encode
from relevo_contracts.asyncapi import example
from relevo_contracts.faststream import Account
from relevo_contracts.intake import CallOpened
from relevo_contracts.subscriber import Subscriber

STREAM, DURABLE = "EVENTS_INTAKE", "partner_intake"
Handler = Callable[[Envelope], Awaitable[None]]


class Way(Protocol):
    def __call__(self, bus: BusOfTests, handler: Handler, *services: str) -> AbstractAsyncContextManager[None]:
        """A partner that hands what these services tell to the handler, and stops when the block ends."""


@asynccontextmanager
async def faststream(bus: BusOfTests, handler: Handler, *services: str) -> AsyncIterator[None]:
    account = Account("partner", bus.servers[0].url, str(bus.credentials("partner")))
    for service in services:
        account.events(service)(handler)
    try:
        await account.broker.start()
        yield
    finally:
        await account.broker.stop()


@asynccontextmanager
async def nats_py(bus: BusOfTests, handler: Handler, *services: str) -> AsyncIterator[None]:
    subscriber = a_subscriber(bus)
    running = asyncio.create_task(subscriber.run(handler, *services))
    try:
        yield
    finally:
        subscriber.stop()
        await running


def a_subscriber(bus: BusOfTests, **options: Any) -> Subscriber:
    return Subscriber("partner", bus.servers[0].url, str(bus.credentials("partner")), **options)


def envelope(model: type[Event], sequence: int) -> Envelope:
    return Envelope(
        id=derived_id("subscribers", model.__name__, sequence),
        sequence=sequence,
        time=datetime(2019, 9, 12, 14, tzinfo=UTC),
        cause_id=derived_id("cause"),
        chain_id=derived_id("chain"),
        event=example(model),
    )


def opened(*sequences: int) -> list[Wire]:
    return [encode(envelope(CallOpened, sequence)) for sequence in sequences]


def again(wire: Wire) -> Wire:
    """The same event published once more, when the server has forgotten that it had it."""
    return wire._replace(headers={**wire.headers, "Nats-Msg-Id": f"{wire.headers['Nats-Msg-Id']} again"})


async def publish(bus: BusOfTests, *wires: Wire, service: str = "intake") -> None:
    jetstream = (await bus.connected(service)).jetstream(timeout=10)
    for wire in wires:
        await jetstream.publish(wire.subject, wire.body, headers=wire.headers)


async def info_of(bus: BusOfTests) -> Mapping[str, Any]:
    found = await bus.bus.streams.durable(STREAM, DURABLE)
    assert found is not None
    return found


async def all_answered(bus: BusOfTests) -> bool:
    found = await info_of(bus)
    return (found["num_pending"], found["num_ack_pending"]) == (0, 0)


async def ack_wait_of_a_second(bus: BusOfTests) -> None:
    """What its subscriber died with is free after a second, and not after thirty."""
    operator = (await bus.connected("operator")).jetstream()
    config = (await operator.consumer_info(STREAM, DURABLE)).config
    config.ack_wait = 1
    await operator.add_consumer(STREAM, config=config)


async def progress_of(bus: BusOfTests) -> list[str]:
    """Where it is noted that somebody says they are still working on a message of the durable."""
    heard: list[str] = []

    async def noted(message: Any) -> None:
        if message.data == b"+WPI":
            heard.append(message.subject)

    operator = await bus.connected("operator")
    await operator.subscribe(f"$JS.ACK.{STREAM}.{DURABLE}.>", cb=noted)
    await operator.flush()
    return heard
