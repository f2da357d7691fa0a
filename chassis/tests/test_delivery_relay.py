"""What the relay does with rows that the server will not take, and with rows that are committed while it reads."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from faststream.nats import NatsBroker
from pymongo import MongoClient, monitoring

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.outgoing import Outgoing
from relevo_chassis.delivery.publisher import JetStream, NotPublished
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.republish import Range, republish
from relevo_chassis.delivery.store import Store
from relevo_contracts import Envelope, Wire
from relevo_contracts.intake import ParticipantEnrolled
from relevo_servers import MongoServer, NatsServer
from relevo_testkit.fakes import FakeStore, FakeStream
from relevo_testkit.movers import NOW, Movers, id_of
from relevo_testkit.streams import Streams
from relevo_testkit.waiting import until

MOVERS = Movers(ParticipantEnrolled)


def row(aggregate: int, sequence: int, order: int) -> dict[str, Any]:
    id = id_of(aggregate * 1000 + sequence)
    envelope = Envelope(id=id, sequence=sequence, time=NOW, cause_id=id, chain_id=id, event=MOVERS.event_of(aggregate))
    return outbox.row(envelope, order)


def letter(number: int) -> dict[str, Any]:
    wire = Wire("dlq.here_there", {"Nats-Msg-Id": id_of(10**6 + number)}, b"")
    return outbox.notice(id_of(10**6 + number), "dlq/here_there", number, wire)


Start = Callable[..., Relay]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts relays with the lease of their own; closes them in the end."""
    started: list[Relay] = []

    def starting(store: Any, publisher: Any, **options: Any) -> Relay:
        relay = Relay(store, publisher, Lease(store, "relay", "one"), Outgoing(), poll_seconds=0.02, **options)
        relay.start()
        started.append(relay)
        return relay

    yield starting
    await asyncio.gather(*(relay.close() for relay in started))


async def test_a_row_that_is_not_taken_holds_up_its_own_aggregate_and_nothing_else(start: Start) -> None:
    store, stream = FakeStore(), FakeStream()
    refused = row(1, 2, 2)
    stream.refuse = lambda wire: NotPublished("no") if wire.headers["ce-id"] == refused["_id"] else None
    for document in (row(1, 1, 1), refused, row(1, 3, 3), row(2, 1, 4), row(2, 2, 5)):
        await store.insert("outbox", document)
    relay = start(store, stream)
    await until(lambda: relay.figures.published == 3, 5)
    assert [each["_id"] for each in await store.rows("outbox", {"sent": False}, sort=[("order", 1)])] == [
        id_of(1002),
        id_of(1003),
    ]
    stream.refuse = lambda _: None
    await until(lambda: relay.figures.published == 5, 5)
    sequences = [wire.headers["ce-sequence"] for wire in stream.messages if wire.headers["ce-subject"].endswith("1")]
    assert sequences == ["1", "2", "3"]


async def test_more_rows_than_one_batch_that_are_not_taken_hold_up_nothing_else(start: Start) -> None:
    store, stream = FakeStore(), FakeStream()
    stream.refuse = lambda wire: NotPublished("no such stream") if wire.subject.startswith("dlq.") else None
    for number in range(30):
        await store.insert("outbox", letter(number))
    for sequence in range(1, 31):
        await store.insert("outbox", row(1, sequence, 100 + sequence))
    relay = start(store, stream, batch_max=10)
    await until(lambda: relay.figures.published == 30, 5)
    assert relay.figures.last_failure == "no such stream"


class _Halting(FakeStream):
    """A stream that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def publish_together(self, wires: Sequence[Wire]) -> None:
        await self.let.wait()
        await super().publish_together(wires)


async def test_while_more_than_a_batch_is_to_be_told_nothing_is_asked_for_but_now_and_then(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relevo_chassis.delivery.relay.BEHIND_SECONDS_MAX", 60.0)
    store, stream = FakeStore(), _Halting()
    for sequence in range(1, 6):
        await store.insert("outbox", row(1, sequence, sequence))
    relay = start(store, stream, batch_max=2)
    await until(lambda: store.reads > 0, 5)
    behind = asyncio.create_task(relay.caught_up())
    assert not (await asyncio.wait({behind}, timeout=0.1))[0]
    monkeypatch.setattr("relevo_chassis.delivery.relay.BEHIND_SECONDS_MAX", 0.01)
    async with asyncio.timeout(5):
        await relay.caught_up()
    assert not behind.done()
    stream.let.set()
    async with asyncio.timeout(5):
        await behind
    await until(lambda: relay.figures.published == 5, 5)


async def test_who_lost_the_lease_is_not_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relevo_chassis.delivery.relay.BEHIND_SECONDS_MAX", 60.0)
    store, stream = cast(Any, FakeStore()), _Halting()
    for sequence in range(1, 4):
        await store.insert("outbox", row(1, sequence, sequence))
    lease = Lease(store, "relay", "one")
    relay = Relay(store, stream, lease, Outgoing(), batch_max=2, poll_seconds=0.02)
    relay.start()
    await until(lambda: store.reads > 0, 5)
    stream.refuse = lambda _: NotPublished("no")
    await lease.release()
    assert await Lease(store, "relay", "another").acquire()
    stream.let.set()
    async with asyncio.timeout(5):
        await relay.caught_up()
    await relay.close()


class _Marking(FakeStore):
    """A store that marks when it is let, and fails once when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.fails = False

    async def update_rows(self, collection: str, where: Any, values: Any) -> int:
        if values["sent"]:
            await self.let.wait()
        if self.fails:
            self.fails = False
            raise Busy("away")
        return await super().update_rows(collection, where, values)


async def test_what_is_committed_here_is_published_while_what_was_published_is_being_marked() -> None:
    store, stream = _Marking(), FakeStream()
    of_store = cast(Any, store)
    committer = Committer(store)
    relay = Relay(of_store, stream, Lease(of_store, "relay", "one"), committer.outgoing, batch_max=2, poll_seconds=60)
    committer.start()
    relay.start()
    await until(lambda: store.reads > 0, 5)
    for number in range(10):
        await committer.commit(MOVERS.move(1, id_of(number)))
    await until(lambda: len(stream.messages) == 10, 5)
    assert (relay.figures.published, await store.count_rows("outbox", {"sent": False})) == (0, 10)
    store.let.set()
    await asyncio.gather(committer.close(), relay.close())
    assert [wire.headers["ce-sequence"] for wire in stream.messages] == [str(number) for number in range(1, 11)]
    assert (relay.figures.published, await store.count_rows("outbox", {"sent": False})) == (10, 0)


async def test_what_could_not_be_marked_is_published_again(start: Start) -> None:
    store, stream = _Marking(), FakeStream()
    store.fails = True
    store.let.set()
    await store.insert("outbox", row(1, 1, 1))
    tried: list[str] = []
    stream.refuse = lambda wire: tried.append(wire.headers["ce-sequence"])
    relay = start(store, stream)
    await until(lambda: relay.figures.published == 1, 5)
    await relay.close()
    assert (relay.figures.failures, tried) == (1, ["1", "1"])


async def test_what_is_to_be_told_again_while_it_is_being_marked_is_told_again(start: Start) -> None:
    store, stream = _Marking(), FakeStream()
    await store.insert("outbox", row(1, 1, 1))
    relay = start(store, stream)
    await until(lambda: len(stream.messages) == 1, 5)
    stream.messages.clear()
    stream.forget_repeats()
    assert (await republish(cast("Store", store), Range())).republished == 1
    store.let.set()
    await until(lambda: len(stream.messages) == 1, 5)
    await relay.close()
    assert await store.count_rows("outbox", {"sent": False}) == 0


class _Followed(FakeStore):
    """A store in which another replica commits a row as soon as the outbox was read once."""

    async def rows(self, collection: str, where: Any, **options: Any) -> list[dict[str, Any]]:
        found = await super().rows(collection, where, **options)
        if collection == "outbox" and row(1, 2, 2)["_id"] not in self.collections["outbox"]:
            await self.insert("outbox", row(1, 2, 2))
        return found


async def test_what_other_replicas_commit_is_read_soon_while_they_do() -> None:
    store, stream = _Followed(), FakeStream()
    of_store = cast(Any, store)
    await store.insert("outbox", row(1, 1, 1))
    relay = Relay(of_store, stream, Lease(of_store, "relay", "one"), Outgoing(), poll_seconds=60)
    relay.start()
    await until(lambda: len(stream.messages) == 2, 5)
    await relay.close()


async def test_a_relay_that_ends_has_marked_what_it_published(start: Start) -> None:
    store, stream = _Marking(), FakeStream()
    await store.insert("outbox", row(1, 1, 1))
    relay = start(store, stream)
    await until(lambda: len(stream.messages) == 1, 5)
    ending = asyncio.create_task(relay.close())
    await asyncio.sleep(0.1)
    assert not ending.done()
    store.let.set()
    await ending
    assert await store.count_rows("outbox", {"sent": False}) == 0


async def test_a_relay_that_cannot_reach_the_server_lets_another_try() -> None:
    store, reached, away = FakeStore(), FakeStream(), FakeStream()
    away.refuse = lambda _: NotPublished("cut off")
    await store.insert("outbox", row(1, 1, 1))
    relays = [
        Relay(
            cast("Store", store),
            stream,
            Lease(cast("Store", store), "relay", holder),
            Outgoing(),
            poll_seconds=0.02,
        )
        for holder, stream in (("cut off", away), ("fellow", reached))
    ]
    relays[0].start()
    await until(lambda: relays[0].figures.failures > 0, 5)
    relays[1].start()
    await until(lambda: len(reached.messages) == 1, 3)
    away.refuse = lambda _: None
    await asyncio.gather(*(relay.close() for relay in relays))


async def test_letters_without_a_stream_hold_up_no_event(
    mongo_store: Store, broker: NatsBroker, streams: Streams, start: Start
) -> None:
    await streams.make("EVENTS_INTAKE", ["events.intake.>"])
    committer = Committer(mongo_store)
    await mongo_store.prepare(("participant",), {})
    committer.start()
    await mongo_store.insert("outbox", letter(1))
    await asyncio.gather(*(committer.commit(MOVERS.move(number, id_of(number))) for number in range(20)))
    relay = start(mongo_store, JetStream(lambda: broker.connection, seconds=0.5))
    await until(lambda: relay.figures.published == 20, 5)
    assert len(await streams.stored("EVENTS_INTAKE")) == 20
    await streams.make("DLQ", ["dlq.>"])
    await until(lambda: relay.figures.published == 21, 10)
    await committer.close()


class _Committing(monitoring.CommandListener):
    """Commits rows at the moment that a reader asks for the rest of what it reads."""

    def __init__(self, url: str, database: str, rows: list[dict[str, Any]]) -> None:
        self._collection = MongoClient[Any](url)[database]["outbox"]
        self._rows = rows

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name == "getMore" and self._rows:
            for each in self._rows:
                self._collection.insert_one(each)
            self._rows = []
            self._collection.database.client.close()

    @property
    def done(self) -> bool:
        return not self._rows

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


async def test_what_is_committed_while_the_outbox_is_read_is_not_told_without_its_predecessor(
    mongo_server: MongoServer, mongo_database: str, start: Start
) -> None:
    """Design, rule 6: the first of the two was decided long ago and sorts where the reader has been already.

    The rows are so large that one answer of the store cannot hold them all.
    """
    late = [row(1, 1, order=5), row(1, 2, order=5000)]
    listener = _Committing(mongo_server.url, mongo_database, late)
    store = Store.connected(mongo_server.url, mongo_database, event_listeners=[listener])
    await store.prepare((), INDEXES)
    for number in range(200):
        await store.insert("outbox", {**row(2 + number, 1, order=1000 + number), "body": bytes(100_000)})
    stream = FakeStream()
    relay = start(store, cast(Any, stream))
    await until(lambda: relay.figures.published == 202, 10)
    await relay.close()
    mine = [each.headers["ce-sequence"] for each in stream.messages if each.headers["ce-subject"].endswith(id_of(1))]
    assert (mine, listener.done) == (["1", "2"], True)
    await store.drop_database()
    store.close()


async def test_a_bus_that_was_killed_and_is_back_is_told_within_seconds(
    tmp_path: Path, mongo_store: Store, start: Start
) -> None:
    """Trust, fault matrix: kill -9 of NATS, stall below 5 s. What was on its way then is never acknowledged."""
    server = NatsServer(tmp_path)
    await server.start()
    broker = NatsBroker(
        server.url,
        apply_types=False,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=2,
        logger=None,
    )
    await broker.connect()
    operator = await Streams.connected(server.url)
    await operator.make("EVENTS_INTAKE", ["events.intake.>"])
    relay = start(mongo_store, JetStream(lambda: broker.connection))
    await mongo_store.insert("outbox", row(1, 1, 1))
    await until(lambda: relay.figures.published == 1)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    await mongo_store.insert("outbox", row(1, 2, 2))
    await asyncio.sleep(0.5)
    await server.kill()
    await server.start()
    started = time.monotonic()
    await until(lambda: relay.figures.published == 2)
    assert time.monotonic() - started < 3.5
    assert [each.headers["ce-sequence"] for each in await operator.stored("EVENTS_INTAKE")] == ["1", "2"]
    await relay.close()
    await operator.close()
    await broker.stop()
    await server.stop()
