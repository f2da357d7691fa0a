"""The way between accounts delivers as the way within one does: while partners come and go, servers take their
configuration anew and leaders change; in batches of the largest size; and however an answer ends."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.bus.buses import BusOfTests, a_bus
from tests.bus.load import DURABLE, STREAM, SUBJECT, Load, rows, under_load

from relevo_chassis.delivery.feed import Feed
from relevo_chassis.delivery.publisher import BatchRefused, JetStream, publish_in_order
from relevo_contracts.table import LOOK
from relevo_deploy.topology.files import Consumer, Identity
from relevo_deploy.topology.rights import STREAMS
from relevo_testkit.waiting import until

STALL_SECONDS = 5
TIMES = 3

Disturb = Callable[[BusOfTests], Awaitable[None]]


@pytest_asyncio.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[BusOfTests]:
    async with a_bus(tmp_path, servers=3) as bus:
        yield bus


@pytest_asyncio.fixture
async def bus(tmp_path: Path) -> AsyncIterator[BusOfTests]:
    async with a_bus(tmp_path) as bus:
        yield bus


async def partners_come_and_go(bus: BusOfTests) -> None:
    """A partner is given to all servers, takes from each of them, and is taken back from each of them."""
    [like] = [each for each in bus.topology.consumers if each.name == "partner_intake"]
    config = {**like.config, "name": "guest_intake", "durable_name": "guest_intake"}
    guest = Identity(name="guest", take=("guest_intake",), hear=("events.intake.call.opened.v1",))
    alone = bus.topology
    bus.topology = alone._replace(
        consumers=[*alone.consumers, Consumer(STREAM, config)], identities=[*alone.identities, guest]
    )
    made = {str(each) for each in await bus.bus.apply(bus.topology)}
    assert made == {f"+ consumer guest_intake of {STREAM}", "+ identity guest"}
    assert await bus.bus.differences(bus.topology) == []
    guests = [await bus.connected("guest", number) for number in range(len(bus.servers))]
    for client in guests:
        info = await client.jetstream(prefix=LOOK, timeout=5).consumer_info(STREAM, "guest_intake")
        assert info.name == "guest_intake"
    bus.topology = alone
    assert await bus.bus.accounts.remove("guest")
    await bus.bus.streams.delete(Consumer(STREAM, config))
    await until(lambda: _all_cut_off(guests), 5)
    for client in guests:
        await client.close()


async def _all_cut_off(clients: Sequence[Client]) -> bool:
    return not any(client.is_connected for client in clients)


async def servers_reload_their_configuration(bus: BusOfTests) -> None:
    for server in bus.servers:
        assert server.process
        server.process.signal(signal.SIGHUP)
        await asyncio.sleep(0.3)  # meanwhile batches are in the midst of being told


async def the_leader_changes(bus: BusOfTests) -> None:
    operator = await bus.connected("operator")
    for place in (f"STREAM.LEADER.STEPDOWN.{STREAM}", f"CONSUMER.LEADER.STEPDOWN.{STREAM}.{DURABLE}"):
        await operator.request(f"$JS.API.{place}", b"", timeout=5)
        await asyncio.sleep(0.5)  # another is elected


@pytest.mark.parametrize(
    "disturb",
    [partners_come_and_go, servers_reload_their_configuration, the_leader_changes],
    ids=lambda f: f.__name__,
)
async def test_on_three_servers_nothing_is_lost_and_nothing_stalls_while(cluster: BusOfTests, disturb: Disturb) -> None:
    async with under_load(cluster) as load:
        await until(lambda: _some_received(load), 30)
        load.longest_seconds = 0.0
        for _ in range(TIMES):
            await disturb(cluster)
        before = len(load.received)
        await until(lambda: _more_received(load, before), 10)
    assert load.longest_seconds < STALL_SECONDS
    assert load.received >= set(load.published)
    assert await cluster.bus.differences(cluster.topology) == []
    await _published_once_each(cluster, len(load.published))


async def _published_once_each(bus: BusOfTests, count: int) -> None:
    """The stream has each at least once; repeats have the same id and may stand there."""
    operator = await bus.connected("operator")
    state = (await operator.jetstream(timeout=10).stream_info(STREAM)).state
    assert state.messages >= count


async def _some_received(load: Load) -> bool:
    return len(load.received) > 200


async def _more_received(load: Load, before: int) -> bool:
    return len(load.received) > before + 200


async def test_five_hundred_near_the_largest_with_a_repeat_among_them_are_each_told_once(bus: BusOfTests) -> None:
    intake = await bus.connected("intake")
    publisher = JetStream(lambda: intake)
    batch = rows(range(500), bytes_each=270_000)
    await publisher.publish(batch[250].wire)
    with pytest.raises(BatchRefused):
        await publisher.publish_together([each.wire for each in batch])
    left = list(batch)
    while left:  # what a busy server does not answer in time is published again, as a relay does
        outcome = await publish_in_order(publisher, left)
        left = [each for each in left if each.lane in outcome.failed]
    operator = await bus.connected("operator")
    assert (await operator.jetstream().stream_info(STREAM)).state.messages == 500
    again = rows(range(1_000, 1_500), bytes_each=270_000)
    await publisher.publish_together([each.wire for each in again])
    assert (await operator.jetstream().stream_info(STREAM)).state.messages == 1_000


async def test_a_batch_whose_account_lost_its_import_is_not_believed(bus: BusOfTests) -> None:
    intake = await bus.connected("intake")
    publisher = JetStream(lambda: intake, seconds=1)
    claims = dict(bus.secrets.bus.claims(bus.topology)["intake"])
    claims["imports"] = [each for each in claims["imports"] if not each["subject"].startswith("events.")]
    await bus.bus.accounts.give("intake", claims)
    outcome = await publish_in_order(publisher, rows(range(10)))
    assert (outcome.acknowledged, len(outcome.failed)) == ([], 10)
    [difference] = await bus.bus.differences(bus.topology)
    assert "imports events.intake.>: None -> " in str(difference)
    await bus.bus.apply(bus.topology)
    assert len((await publish_in_order(publisher, rows(range(10)))).acknowledged) == 10


async def test_however_an_answer_ends_the_feed_asks_again(bus: BusOfTests) -> None:
    """404 and 408 are the end of a request, 409 of a durable that is deleted meanwhile; none is the end of the feed."""
    scheduling, intake = await bus.connected("scheduling"), await bus.connected("intake")
    statuses: list[str] = []
    inbox = scheduling.new_inbox()
    await scheduling.subscribe(inbox, cb=_noting(statuses))
    for asked in ({"batch": 1, "no_wait": True}, {"batch": 1, "expires": 2 * 10**8}):
        await scheduling.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{DURABLE}", json.dumps(asked).encode(), inbox)
    await until(lambda: _among(statuses, "404", "408"))
    load = Load()
    feed = Feed(lambda: scheduling, STREAM, DURABLE, load.receive, inbox_prefix=b"_INBOX_scheduling")
    feed.start()
    publisher = JetStream(lambda: intake)
    [durable] = [each for each in bus.topology.consumers if each.name == DURABLE]
    for number in range(2):
        await publish_in_order(publisher, rows([number]))
        await until(partial(_is_received, load, number))
        await bus.bus.streams.delete(durable)
        assert await bus.bus.apply(bus.topology)
    await publish_in_order(publisher, rows([2]))
    await until(lambda: _is_received(load, 2), 10)
    await feed.stop()


async def test_a_message_without_body_and_headers_loses_nothing_that_came_with_it(bus: BusOfTests) -> None:
    """Between accounts it ends the answer in whose midst it comes; what came after it is delivered again."""
    scheduling, intake = await bus.connected("scheduling"), await bus.connected("intake")
    received: list[bytes] = []

    async def receive(messages: Sequence[Msg]) -> bool:
        for message in messages:
            received.append(message.data)
            await message.ack()
        return True

    feed = Feed(lambda: scheduling, STREAM, DURABLE, receive, inbox_prefix=b"_INBOX_scheduling")
    bodies = [b"a", b"", b"", b"b", b"", b"c"]
    for body in bodies:
        await intake.jetstream().publish(SUBJECT, body)
    feed.start()
    await until(lambda: _all(received, bodies), 25)
    await feed.stop()


async def test_answers_to_many_pulls_are_forgotten_by_the_server(bus: BusOfTests) -> None:
    """An account holds an answer's way for a minute, or until whoever asked listens no more; so it cannot grow."""
    scheduling = await bus.connected("scheduling")
    inbox = scheduling.new_inbox()
    subscription = await scheduling.subscribe(f"{inbox}.*")
    for number in range(2_000):
        asked = b'{"batch":1,"no_wait":true}'
        await scheduling.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{DURABLE}", asked, f"{inbox}.{number}")
    for _ in range(2_000):
        await subscription.next_msg(timeout=5)
    assert answers_kept(bus) >= 1_000
    await subscription.unsubscribe()
    await until(lambda: _none_kept(bus))


def answers_kept(bus: BusOfTests) -> int:
    """For how many requests the account of the streams keeps a way back."""
    account = bus.secrets.bus.account(STREAMS).id
    address = f"http://127.0.0.1:{bus.servers[0].monitor_port}/accountz?acc={account}"
    with urllib.request.urlopen(address) as answer:
        return len(json.load(answer)["account_detail"].get("responses") or {})


async def _none_kept(bus: BusOfTests) -> bool:
    return answers_kept(bus) <= 10


async def _is_received(load: Load, number: int) -> bool:
    return number in load.received


async def _among(found: Sequence[str], *wanted: str) -> bool:
    return set(wanted) <= {*found}


async def _all(found: Sequence[bytes], wanted: Sequence[bytes]) -> bool:
    return all(found.count(each) >= wanted.count(each) for each in wanted)


def _noting(statuses: list[str]) -> Callable[[Msg], Awaitable[None]]:
    async def note(message: Msg) -> None:
        statuses.append((message.headers or {}).get("Status", ""))

    return note
