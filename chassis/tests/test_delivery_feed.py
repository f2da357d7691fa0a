"""A feed asks again after a growing pause as long as its durable is missing, and goes on once it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from structlog.testing import capture_logs

from relevo_chassis.delivery.feed import Feed
from relevo_chassis.testing.streams import Streams
from relevo_chassis.testing.waiting import until
from relevo_contracts import Wire


async def test_a_missing_durable_is_asked_for_after_growing_pauses(broker: NatsBroker, streams: Streams) -> None:
    await streams.make("EVENTS_INTAKE", ["events.intake.>"])
    received: list[Msg] = []

    async def receive(messages: Sequence[Msg]) -> None:
        received.extend(messages)

    feed = Feed(lambda: broker.connection, "EVENTS_INTAKE", "here_intake", receive, inbox_prefix=b"_INBOX")
    with capture_logs() as logged:
        feed.start()
        await asyncio.sleep(1.5)
    assert 1 <= len(logged) <= 4
    await streams.durable("EVENTS_INTAKE", "here_intake")
    await streams.publish(Wire("events.intake.x", {"Nats-Msg-Id": "1"}, b""))
    await until(lambda: received, 10)
    await feed.stop()
