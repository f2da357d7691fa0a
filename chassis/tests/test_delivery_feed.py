"""A feed asks again after a growing pause as long as its durable is missing, and goes on once it is there; when what it
fetches cannot be committed, it leaves the rest to its fellows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.aio.msg import Msg
from structlog.testing import capture_logs

from relevo_chassis.delivery.feed import FETCH_SECONDS, SILENT_SECONDS, Feed
from relevo_contracts import Wire
from relevo_testkit.streams import Streams
from relevo_testkit.waiting import until


async def test_a_missing_durable_is_asked_for_after_growing_pauses(broker: NatsBroker, streams: Streams) -> None:
    await streams.make("EVENTS_INTAKE", ["events.intake.>"])
    received: list[Msg] = []

    async def receive(messages: Sequence[Msg]) -> bool:
        received.extend(messages)
        return True

    feed = Feed(lambda: broker.connection, "EVENTS_INTAKE", "here_intake", receive, inbox_prefix=b"_INBOX")
    with capture_logs() as logged:
        feed.start()
        await asyncio.sleep(1.5)
    assert 1 <= len(logged) <= 4
    await streams.durable("EVENTS_INTAKE", "here_intake")
    await streams.publish(Wire("events.intake.x", {"Nats-Msg-Id": "1"}, b""))
    await until(lambda: received, 10)
    await feed.stop()


async def test_a_feed_that_can_commit_nothing_leaves_the_rest_to_its_fellow(
    broker: NatsBroker, streams: Streams
) -> None:
    await streams.make("EVENTS_INTAKE", ["events.intake.>"])
    await streams.durable("EVENTS_INTAKE", "here_intake")
    tried: list[Msg] = []
    done: set[bytes] = set()

    async def in_vain(messages: Sequence[Msg]) -> bool:
        tried.extend(messages)
        for each in messages:
            await each.nak(0.1)
        return False

    async def well(messages: Sequence[Msg]) -> bool:
        for each in messages:
            done.add(each.data)
            await each.ack()
        return True

    feeds = [
        Feed(lambda: broker.connection, "EVENTS_INTAKE", "here_intake", receive, inbox_prefix=b"_INBOX")
        for receive in (in_vain, well)
    ]
    for feed in feeds:
        feed.start()
    for number in range(200):
        await streams.publish(Wire("events.intake.x", {"Nats-Msg-Id": str(number)}, b"%d" % number))
        await asyncio.sleep(0.005)
    await until(lambda: len(done) == 200, 10)
    await asyncio.gather(*(feed.stop() for feed in feeds))
    assert len(tried) <= 20


async def test_a_feed_asks_for_more_when_it_is_unhurried(broker: NatsBroker, streams: Streams) -> None:
    await streams.make("EVENTS_INTAKE", ["events.intake.>"])
    await streams.durable("EVENTS_INTAKE", "here_intake")
    received: list[Msg] = []
    let = asyncio.Event()

    async def receive(messages: Sequence[Msg]) -> bool:
        received.extend(messages)
        return True

    async def ready_for_more() -> None:
        await let.wait()

    feed = Feed(lambda: broker.connection, "EVENTS_INTAKE", "here_intake", receive, inbox_prefix=b"_INBOX")
    feed.start(ready_for_more)
    await streams.publish(Wire("events.intake.x", {"Nats-Msg-Id": "1"}, b""))
    await asyncio.sleep(0.2)
    assert not received
    let.set()
    await until(lambda: received, 10)
    await feed.stop()


class Losing:
    """A client whose first request is lost on its way."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.stats = client.stats
        self.subscribe = client.subscribe
        self.lost = 0

    async def publish(self, subject: str, payload: bytes, reply: str) -> None:
        if self.lost:
            await self._client.publish(subject, payload, reply)
        self.lost += 1


async def test_a_request_of_which_nothing_is_heard_is_asked_again_and_one_that_waits_is_not(
    broker: NatsBroker, streams: Streams
) -> None:
    await streams.make("EVENTS_INTAKE", ["events.intake.>"])
    await streams.durable("EVENTS_INTAKE", "here_intake")
    received: list[Msg] = []

    async def receive(messages: Sequence[Msg]) -> bool:
        received.extend(messages)
        return True

    losing = Losing(broker.connection)
    feed = Feed(lambda: cast(Client, losing), "EVENTS_INTAKE", "here_intake", receive, inbox_prefix=b"_INBOX")
    feed.start()
    await streams.publish(Wire("events.intake.x", {"Nats-Msg-Id": "1"}, b""))
    async with asyncio.timeout(SILENT_SECONDS + 1.5):
        await until(lambda: received, 10)
    asked = losing.lost
    await asyncio.sleep(FETCH_SECONDS - 1)
    assert losing.lost == asked
    await feed.stop()
