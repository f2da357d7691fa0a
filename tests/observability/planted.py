"""A tiny service on servers of its own, in which a test plants what an alert is about."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from relevo_chassis.delivery.change import Change, Decision, Kind, New, NotYet
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.deadlines import Deadline, put
from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import new_id
from relevo_chassis.service.made_of import Service
from relevo_contracts import Envelope, Unreadable
from relevo_contracts.intake import ParticipantEnrolled
from relevo_servers import MongoServer, NatsServer
from relevo_testkit.measured import figure
from relevo_testkit.movers import NOW, Moved, Movers, counted, id_of
from relevo_testkit.serving import Served, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

MOVERS, HEARD, DUE = Movers(ParticipantEnrolled), Kind("heard", Moved), Kind("due", Moved)
STREAM, DURABLE = "EVENTS_INTAKE", "intake_intake"
POISON, EARLY = 1, 2
"""Movers whose events cannot be read, and whose wait for something that does not come."""


def on_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    if event.participant_id == id_of(POISON):
        raise Unreadable("poisoned", "it is")
    if event.participant_id == id_of(EARLY):
        raise NotYet("what it needs")
    return counted(HEARD, event, envelope)


def on_due(deadline: Deadline, now: datetime) -> Change:
    raise ValueError("a rule that has a mistake in it")


async def breaks(_: Shell) -> None:
    raise RuntimeError("a task that has a mistake in it")


SERVICE = Service(
    title="A tiny service",
    version="1",
    routers=[],
    kinds=[MOVERS.kind, HEARD, DUE],
    subscriptions=[Subscription(DURABLE, STREAM, {ParticipantEnrolled: on_enrolled})],
    on_due={"due": on_due},
)


@dataclass
class Planted:
    """The service, its servers, and what it says on ``/metrics``."""

    at: Served
    mongo: MongoServer
    nats: NatsServer
    streams: Streams
    store: Store
    causes: Iterator[str] = field(default_factory=lambda: iter(new_id, ""))

    async def move(self, number: int) -> None:
        await self.at.shell.committer.commit(MOVERS.move(number, next(self.causes)))

    async def set_deadline(self, due_at: datetime = NOW) -> None:
        row = put(Deadline("due|1", "due", id_of(1), due_at))
        change = Change([DUE(id_of(1))], lambda _: Decision([New(DUE(id_of(1)), Moved())], rows=[row]), NOW, new_id())
        await self.at.shell.committer.commit(change)

    def long_ago(self) -> None:
        """What has not come to an end has been there for a minute more."""
        for consumer in self.at.app.state.operations.figures.consumers.each:
            seen = consumer.figures.waiting._seen
            seen.update({place: each._replace(since=each.since - 60) for place, each in seen.items()})

    async def page(self) -> str:
        """What is on ``/metrics`` once everything was looked at."""
        await self.at.app.state.samples.look()
        answer = await self.at.http.get("/metrics")
        assert answer.status_code == 200
        return answer.text

    async def until(self, name: str, good: Callable[[float], bool], seconds: float = 30, **labels: str) -> str:
        """The page as soon as a figure of it is good."""
        page = ""

        async def is_good() -> bool:
            nonlocal page
            page = await self.page()
            found = figure(page, name, **labels)
            return found is not None and good(found)

        await until(is_good, seconds)
        return page


@asynccontextmanager
async def planted(folder: Path, service: Service = SERVICE, **parts: Any) -> AsyncIterator[Planted]:
    """The service, ready, on a mongod and a nats-server that the test may end."""
    mongo, nats = MongoServer(folder / "mongod"), NatsServer(folder / "nats-server")
    async with AsyncExitStack() as ending:
        ending.enter_context(as_it_was())
        for server in (mongo, nats):
            await server.start()
            ending.push_async_callback(server.stop)
        streams = await Streams.connected(nats.url)
        ending.push_async_callback(streams.client.close)
        await streams.of("intake")
        await streams.durable(STREAM, DURABLE)
        store = Store.connected(mongo.url, "planted")
        ending.callback(store.close)
        await store.prepare((), INDEXES)
        found = Surroundings.of(folder, mongo_url=mongo.url, mongo_database="planted", nats_url=nats.url)
        async with serving(found.settings(ServiceSettings, service="intake"), replace(service, **parts)) as at:
            yield Planted(at, mongo, nats, streams, store)


@contextmanager
def as_it_was() -> Iterator[None]:
    """Logging, which a service in this process sets up for itself."""
    handlers = list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
