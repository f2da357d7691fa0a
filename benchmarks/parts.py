"""The parts of a service that deliver, wired as its shell wires them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.place import Place
from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import ConsumerFigures, Consumers, Subscription
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.publisher import JetStream
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.traced import TracedCommits, TracedPublisher
from relevo_chassis.delivery.writes import Backend
from relevo_chassis.given.pressure import Bounded
from relevo_chassis.ids import new_id
from relevo_chassis.service.memory import collect_rarely
from relevo_chassis.service.turns import keep_turns_short

OUTBOX_BOUND = 100_000
"""What a service is started with."""


@dataclass(frozen=True)
class Parts:
    """Running, but for the consumers: whoever measures starts them, and the clock with them."""

    store: Store
    commits: Commits
    consumers: Consumers
    relay: Relay

    def start(self) -> None:
        """Take events in."""
        self.consumers.start(self.relay.caught_up)

    @property
    def figures(self) -> ConsumerFigures:
        """Of the only durable."""
        return self.consumers.each[0].figures

    async def backlog(self) -> int:
        """What waits to be told."""
        return await self.store.count_rows(outbox.COLLECTION, outbox.UNSENT)

    async def all_published(self) -> bool:
        """Whether nothing waits to be told."""
        return await self.backlog() == 0


@asynccontextmanager
async def running(
    place: Place, *subscriptions: Subscription, backend: Callable[[Store], Backend] = lambda store: store
) -> AsyncIterator[Parts]:
    """The parts on a place of their own; they end in the order in which a service ends."""
    store, broker = await place.store(), await place.broker()
    committer = Committer(backend(store))
    committer.start()
    bounded = Bounded(TracedCommits(committer), store, OUTBOX_BOUND)
    watching = asyncio.create_task(bounded.watch())
    publisher = TracedPublisher(JetStream(lambda: broker.connection))
    relay = Relay(store, publisher, Lease(store, "relay", new_id()), committer.outgoing)
    relay.start()
    consumers = Consumers(broker, subscriptions, bounded, inbox_prefix=b"_INBOX")
    collect_rarely()
    keep_turns_short()
    try:
        yield Parts(store, bounded, consumers, relay)
    finally:
        await consumers.stop()
        await cancelled([watching])
        await committer.close()
        await relay.close()
        await broker.stop()
        store.close()
