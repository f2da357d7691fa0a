"""The bridge as a process on a real nats-server and a real mongod, killed again and again, with whoever it sends to."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from relevo_chassis.delivery.lease import COLLECTION as LEASES
from relevo_chassis.delivery.lease import SECONDS as LEASE_SECONDS
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_contracts import CONTRACTS, Envelope, Requirements, Wire, derived_id, encode
from relevo_contracts.intake import CallExtended, CallOpened
from relevo_servers import LOOPBACK, MongoServer, NatsServer, free_port
from relevo_testkit.endpoint import Endpoint, receiving
from relevo_testkit.serving import Served, ServiceProcess, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until
from relevo_webhooks.consumers import SUBSCRIPTIONS
from relevo_webhooks.equipment import office_of
from relevo_webhooks.main import SERVICE
from relevo_webhooks.sending.sender import Sender, process_time
from relevo_webhooks.settings import WebhooksSettings
from relevo_webhooks.store import DELIVERIES

AT = datetime(2026, 10, 1, tzinfo=UTC)
CALLS, EVENTS_OF_A_CALL = 12, 5


def wires() -> list[Wire]:
    """Some calls, each opened and extended, among one another."""
    found = []
    for sequence in range(1, EVENTS_OF_A_CALL + 1):
        for number in range(CALLS):
            call_id, edition_id = derived_id("call", number), derived_id("edition", number)
            closes_at = AT + timedelta(days=30 + sequence)
            event = (
                CallOpened(
                    call_id=call_id,
                    edition_id=edition_id,
                    seats=30,
                    opens_at=AT,
                    closes_at=closes_at,
                    travel_grants=5,
                    requirements=Requirements(),
                )
                if sequence == 1
                else CallExtended(call_id=call_id, edition_id=edition_id, extended_at=AT, closes_at=closes_at)
            )
            id = derived_id("event", number, sequence)
            found.append(encode(Envelope(id=id, sequence=sequence, time=AT, cause_id=id, chain_id=id, event=event)))
    return found


async def made(streams: Streams) -> None:
    """Streams and durables as the operators' files have them."""
    await streams.of("intake", "scheduling", "multiplier_tracking", "certification")
    await streams.make("DEAD_LETTERS", ["dlq.>"])
    for each in SUBSCRIPTIONS:
        public = [one.subject for one in CONTRACTS if one.stream == each.stream and one.audience == "public"]
        config = ConsumerConfig(
            durable_name=each.durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=2,
            max_deliver=-1,
            max_ack_pending=1,
            filter_subjects=public,
        )
        await streams.jetstream.add_consumer(each.stream, config)


async def subscribed(served: Served, receiver: Endpoint) -> str:
    operator = served.tokens.bearer("operator-1", "operator")

    async def post(path: str, content: object = None) -> dict[str, str]:
        headers = {**operator, "Idempotency-Key": new_id()}
        answer = await served.http.post(path, json=content, headers=headers)
        assert answer.is_success, answer.text
        found: dict[str, str] = answer.json()
        return found

    added = await post("/subscriptions", {"partner": "Observatory", "url": receiver.url})
    receiver.secret = added["secret"]
    subscription: dict[str, str] = added["subscription"]  # type: ignore[assignment]
    await post(f"/subscriptions/{subscription['subscription_id']}/check")
    return subscription["subscription_id"]


async def finish(served: Served) -> None:
    """Send what is left, with nothing waiting for its next try."""
    office, rounds = office_of(served.shell), 0
    while await office.store.count_rows(DELIVERIES, {"state": {"$in": ["waiting", "parked"]}}):
        rounds += 1
        assert rounds < 12, "what waits does not get less"
        await office.store.update_rows(DELIVERIES, {"state": "waiting"}, {"next_at": process_time()})
        await Sender(office.store, office.key, office.post, never).send_due()


async def never(subscription_id: str) -> None:
    raise AssertionError(subscription_id)


@dataclass(frozen=True)
class Ground:
    """A bus, a database, and what processes of the bridge are told to find them."""

    nats: NatsServer
    streams: Streams
    store: Store
    surroundings: Surroundings
    folder: Path
    OWN: ClassVar[Mapping[str, Any]] = {
        "webhooks_allowed_networks": f"{LOOPBACK}/32",
        "webhooks_plain_http": True,
    }

    def replica(self, name: str) -> ServiceProcess:
        environment = self.surroundings.environment(**{**self.OWN, "http_port": free_port()})
        return ServiceProcess(("-m", "relevo_webhooks"), environment, self.folder / f"{name}.log")

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Served]:
        async with serving(self.surroundings.settings(WebhooksSettings, **self.OWN), SERVICE) as served:
            yield served

    async def has_kept(self, count: int) -> bool:
        return await self.store.count_rows("public_event", {}) == count

    async def sender(self) -> str:
        """Who sends, by the lease."""
        row = await self.store.row(LEASES, "sender")
        return str(row["holder"]) if row else ""


@pytest.fixture
async def ground(tmp_path: Path, mongo_server: MongoServer, mongo_database: str) -> AsyncIterator[Ground]:
    nats = NatsServer(tmp_path / "nats")
    await nats.start()
    surroundings = Surroundings.of(
        tmp_path, mongo_url=mongo_server.url, mongo_database=mongo_database, nats_url=nats.url
    )
    streams = await Streams.connected(nats.url)
    await made(streams)
    store = Store.connected(mongo_server.url, mongo_database)
    yield Ground(nats, streams, store, surroundings, tmp_path)
    await streams.client.close()
    await store.drop_database()
    store.close()
    await nats.stop()


@pytest.mark.timeout(180)
async def test_through_kills_of_the_bridge_the_bus_and_the_endpoint_nothing_is_missed_doubled_or_overtaken(
    ground: Ground,
) -> None:
    bridge, published = ground.replica("bridge"), wires()
    try:
        async with receiving() as receiver:
            async with ground.served() as served:
                await subscribed(served, receiver)
            for start in range(0, len(published), 20):
                bridge.start()
                for wire in published[start : start + 20]:
                    await ground.streams.publish(wire)
                await until(more_than(receiver, len(receiver.came) + 5), 30)
                await bridge.kill()
            await ground.nats.kill()
            bridge.start()
            await receiver.stop()
            await ground.nats.start()
            await bridge.until_ready()
            await receiver.start()
            await until(lambda: ground.has_kept(len(published)), 30)
            await bridge.kill()
            async with ground.served() as served:
                await finish(served)
        assert set(receiver.effects) == {wire.headers["ce-id"] for wire in published}
        assert receiver.in_order
        assert len(receiver.came) > len(published)  # there were repetitions, and none had an effect
        assert receiver.refused
    finally:
        await bridge.close()


@pytest.mark.timeout(180)
async def test_of_two_replicas_one_sends_and_when_it_is_killed_the_other_goes_on_where_it_was(ground: Ground) -> None:
    replicas, published, senders = [ground.replica("one"), ground.replica("two")], wires(), set()
    try:
        async with receiving() as receiver:
            async with ground.served() as served:
                await subscribed(served, receiver)
            for each in replicas:
                each.start()
            for turn, start in enumerate(range(0, len(published), 15)):
                for wire in published[start : start + 15]:
                    await ground.streams.publish(wire)
                await until(more_than(receiver, len(receiver.came) + 5), 30)
                senders.add(await ground.sender())
                await replicas[turn % 2].kill()
                replicas[turn % 2].start()
            await until(lambda: ground.has_kept(len(published)), 30)
            for each in replicas:
                await each.kill()
            async with ground.served() as served:
                await finish(served)
        assert len(senders) > 1, "the lease went over"
        assert set(receiver.effects) == {wire.headers["ce-id"] for wire in published}
        assert none_came_again_behind_a_later_one(receiver, published)
    finally:
        for each in replicas:
            await each.close()


@pytest.mark.timeout(180)
async def test_a_sender_that_slept_past_its_lease_repeats_what_it_had_in_hand_and_overtakes_nothing(
    ground: Ground,
) -> None:
    replicas, published = [ground.replica("one"), ground.replica("two")], wires()
    try:
        async with receiving() as receiver:
            async with ground.served() as served:
                await subscribed(served, receiver)
            for each in replicas:
                each.start()
                await each.until_ready()
            for turn, start in enumerate(range(0, len(published), 30)):
                for wire in published[start : start + 30]:
                    await ground.streams.publish(wire)
                await until(more_than(receiver, len(receiver.came) + 3), 30)
                replicas[turn].signal(signal.SIGSTOP)
                await asyncio.sleep(LEASE_SECONDS + 1)
                replicas[turn].signal(signal.SIGCONT)
            await until(lambda: ground.has_kept(len(published)), 30)
            for each in replicas:
                await each.kill()
            async with ground.served() as served:
                await finish(served)
        assert set(receiver.effects) == {wire.headers["ce-id"] for wire in published}
        assert receiver.in_order
    finally:
        for each in replicas:
            await each.close()


def more_than(receiver: Endpoint, count: int) -> Callable[[], bool]:
    return lambda: len(receiver.came) > count


def none_came_again_behind_a_later_one(receiver: Endpoint, published: Sequence[Wire]) -> bool:
    places = {
        wire.headers["ce-id"]: (wire.headers["ce-subject"], int(wire.headers["ce-sequence"])) for wire in published
    }
    lanes = defaultdict[str, list[int]](list)
    for id in receiver.came:
        subject, sequence = places[id]
        lanes[subject].append(sequence)
    return all(each == sorted(each) for each in lanes.values())
