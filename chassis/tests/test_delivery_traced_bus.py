"""A trace over a real nats-server and a real mongod, and what becomes of it when something is told or taken again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from faststream.nats import NatsBroker

from relevo_chassis import traces
from relevo_chassis.delivery import consume, traced
from relevo_chassis.delivery.change import Change
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import Consumers, Subscription
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.publisher import JetStream
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.delivery.repair import Repair
from relevo_chassis.delivery.republish import Range, republish
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.traced import TracedCommits, TracedPublisher
from relevo_contracts import Envelope
from relevo_contracts.intake import ParticipantEnrolled
from relevo_contracts.traceparent import HEADER
from relevo_testkit.failpoints import FailingDelivery, Failpoints
from relevo_testkit.movers import Movers, id_of
from relevo_testkit.spans import Kept, kept, links_of, parent_of, place_of
from relevo_testkit.streams import Streams
from relevo_testkit.waiting import until

MOVERS = Movers(ParticipantEnrolled)
STREAM, DURABLE, LAST = "EVENTS_INTAKE", "here_intake", 3


def passed_on(event: ParticipantEnrolled, envelope: Envelope) -> Change[int] | None:
    """The first one's move makes the second move, and the second's the third: each is told and heard in turn."""
    number = int(event.participant_id, 16)
    return replace(MOVERS.move(number + 1, envelope.id), chain_id=envelope.chain_id) if number < LAST else None


@pytest.fixture
def spans() -> Iterator[Kept]:
    with kept() as made:
        yield made


@pytest.fixture
async def commits(mongo_store: Store, broker: NatsBroker, streams: Streams) -> AsyncIterator[TracedCommits]:
    """A committer with its relay, which tells at once."""
    await mongo_store.prepare(("participant",), {})
    await streams.make(STREAM, ["events.intake.>"], duplicate_window_seconds=0.1)
    await streams.durable(STREAM, DURABLE, ack_wait_seconds=1)
    committer = Committer(mongo_store)
    committer.start()
    publisher = TracedPublisher(JetStream(lambda: broker.connection))
    relay = Relay(mongo_store, publisher, Lease(mongo_store, "relay", "one"), committer.outgoing)
    relay.start()
    yield TracedCommits(committer)
    await committer.close()
    await relay.close()


@asynccontextmanager
async def consuming(
    broker: NatsBroker,
    commits: TracedCommits,
    handler: Callable[..., Change[int] | None] = passed_on,
    points: Failpoints | None = None,
) -> AsyncIterator[Consumers]:
    points = points or Failpoints()
    consumers = Consumers(
        broker,
        [Subscription(DURABLE, STREAM, {ParticipantEnrolled: handler})],
        commits,
        inbox_prefix=b"_INBOX",
        between=lambda delivered: FailingDelivery(delivered, points),
    )
    consumers.start()
    yield consumers
    await consumers.stop()


async def asked(commits: TracedCommits) -> None:
    with traces.within(traces.begun("POST /seats/{number}")):
        await commits.commit(MOVERS.move(1, id_of(1)))


def at_least(spans: Kept, start: str, count: int) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        return len(spans.named(start)) >= count

    return there


async def test_one_trace_goes_over_the_bus_and_back_as_often_as_it_is_passed_on(
    spans: Kept, broker: NatsBroker, commits: TracedCommits, streams: Streams
) -> None:
    async with consuming(broker, commits):
        await asked(commits)
        await until(at_least(spans, "process", LAST))
    stored = await streams.stored(STREAM)
    made = [place_of(each) for each in spans.named("commit")][:LAST]
    assert [each.headers[HEADER] for each in stored] == [f"{each}-01" for each in made]
    assert [parent_of(each) for each in spans.named("process")] == made
    assert [parent_of(each) for each in spans.named("publish")] == made
    assert len({each.context.trace_id for each in spans.all if each.context}) == 1


async def test_what_is_delivered_again_after_its_replica_ended_is_linked(
    spans: Kept, broker: NatsBroker, commits: TracedCommits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traced, "AGAIN_SECONDS", 0.5)  # as ack_wait is shorter here
    points = Failpoints()
    points.arm("before_ack")
    async with consuming(broker, commits, points=points):
        await asked(commits)
        await until(at_least(spans, "process", LAST))  # the first one ends never, as in a crash
    again = next(each for each in spans.named("process") if each.links)
    first = spans.named("commit")[0]
    assert (parent_of(again), links_of(again)) == (None, [place_of(first)])
    assert (again.attributes or {})["relevo.outcome"] == "Already"


@pytest.mark.parametrize("way", ["told again", "delivered anew"])
async def test_what_is_told_again_or_replayed_is_linked(
    way: str,
    spans: Kept,
    broker: NatsBroker,
    commits: TracedCommits,
    streams: Streams,
    mongo_store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await asked(commits)
    await until(at_least(spans, "publish", 1))
    await asyncio.sleep(0.3)  # the window of repeats is over
    monkeypatch.setattr(traced, "PROMPT_SECONDS", 0.1)
    if way == "told again":
        await until(lambda: _is_published(mongo_store))
        assert (await republish(mongo_store, Range())).republished == 1
        await until(at_least(spans, "publish", 2))
        again = spans.named("publish")[-1]
        assert (parent_of(again), links_of(again)) == (None, [place_of(spans.named("commit")[0])])
        assert len(await streams.stored(STREAM)) == 2
    async with consuming(broker, commits):
        await until(at_least(spans, "process", 1))
    process, first = spans.named("process")[0], spans.named("commit")[0]
    assert (parent_of(process), links_of(process)) == (None, [place_of(first)])


async def _is_published(store: Store) -> bool:
    return await store.count_rows("outbox", {"sent": True}) == 1


async def test_what_was_parked_and_is_retried_is_linked_within_the_order_to_retry_it(
    spans: Kept, broker: NatsBroker, commits: TracedCommits, mongo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "FAILURES_MAX", 1)
    broken = True

    def mended(event: ParticipantEnrolled, envelope: Envelope) -> Change[int] | None:
        if broken:
            raise ValueError("cannot")
        return passed_on(event, envelope)

    async with consuming(broker, commits, mended) as consumers:
        await asked(commits)
        await until(at_least(spans, "process", 1))
        repair = Repair(mongo_store, commits, consumers.each)
        await until(lambda: _parked(repair))
        (listed,) = await repair.listed()
        broken = False
        with traces.within(traces.begun("POST /operations/parked/{id}/retry")):
            assert await repair.retry(listed.id) == 1
    retry, order = spans.one("retry"), spans.one("POST /operations")
    assert (parent_of(retry), links_of(retry)) == (place_of(order), [place_of(spans.named("commit")[0])])
    assert place_of(retry) in [parent_of(each) for each in spans.named("commit")]


async def _parked(repair: Repair) -> bool:
    return len(await repair.listed()) == 1
