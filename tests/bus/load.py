"""Events told and taken over a bus without pause, and what became of them: whether one was lost, how long none came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.bus.buses import BusOfTests

from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.delivery.feed import Feed
from relevo_chassis.delivery.outbox import Unsent
from relevo_chassis.delivery.publisher import JetStream, publish_in_order
from relevo_contracts import Wire
from relevo_testkit.waiting import until

SUBJECT = "events.intake.participant.enrolled.v1"
STREAM, DURABLE = "EVENTS_INTAKE", "scheduling_intake"
BATCH = 64


def rows(numbers: Sequence[int], *, bytes_each: int = 200) -> list[Unsent]:
    """Rows of an outbox, each in a lane of its own."""
    return [
        Unsent(f"{number}", f"participant/{number}", number, _wire(number, bytes_each), 1, None) for number in numbers
    ]


def _wire(number: int, size: int) -> Wire:
    return Wire(SUBJECT, {"Nats-Msg-Id": f"{number}"}, b"%d " % number + b"x" * (size - 12))


@dataclass
class Load:
    """What was told and what was taken, by number, and the longest time in which none was taken."""

    published: list[int] = field(default_factory=list)
    received: set[int] = field(default_factory=set)
    longest_seconds: float = 0.0
    _last: float = field(default_factory=time.monotonic)

    async def receive(self, messages: Sequence[Msg]) -> bool:
        now = time.monotonic()
        self.longest_seconds, self._last = max(self.longest_seconds, now - self._last), now
        for message in messages:
            self.received.add(int(message.data.split()[0]))
            await message.ack()
        return True

    async def publish(self, client: Client) -> None:
        """Batch after batch, each until it is acknowledged, as the relay does."""
        publisher = JetStream(lambda: client)
        while True:
            numbers = range(len(self.published), len(self.published) + BATCH)
            await until(partial(_acknowledged, publisher, rows(numbers)), 60)
            self.published.extend(numbers)

    async def all_received(self) -> bool:
        return self.received >= {*self.published}


@asynccontextmanager
async def under_load(bus: BusOfTests) -> AsyncIterator[Load]:
    """Intake tells on one server, scheduling takes on another, for as long as the context lasts."""
    load = Load()
    intake, scheduling = await bus.connected("intake", 0), await bus.connected("scheduling", len(bus.servers) - 1)
    feed = Feed(lambda: scheduling, STREAM, DURABLE, load.receive, inbox_prefix=b"_INBOX_scheduling")
    feed.start()
    publishing = asyncio.create_task(load.publish(intake))
    try:
        yield load
    finally:
        await cancelled([publishing])
        if not publishing.cancelled() and publishing.exception():
            raise RuntimeError("telling ended") from publishing.exception()
        try:
            await until(load.all_received, 20)
        finally:
            await feed.stop()


async def _acknowledged(publisher: JetStream, batch: Sequence[Unsent]) -> bool:
    return not (await publish_in_order(publisher, batch)).failed
