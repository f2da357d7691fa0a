"""The bridge as a process on a real nats-server and a real mongod, killed again and again, with whoever it sends to."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from nats.js.api import AckPolicy, ConsumerConfig
from standardwebhooks.webhooks import Webhook

from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_contracts import CONTRACTS, Envelope, Requirements, Wire, derived_id, encode
from relevo_contracts.intake import CallExtended, CallOpened
from relevo_servers import LOOPBACK, MongoServer, NatsServer, free_port
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


class Receiver:
    """A small HTTP server that verifies what comes, has each effect once by its id, and fails as a real one does."""

    def __init__(self) -> None:
        self.port = free_port()
        self.secret = ""
        self.came: list[str] = []
        self.effects: dict[str, tuple[str, int]] = {}
        self.refused = 0
        self._random = random.Random(27)
        self._failed: set[str] = set()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/relevo"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for each in self._connections:
            each.close()
        await until(lambda: not self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while self._server:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                answer = self._answer(headers, body)
                if not answer:
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._connections.discard(writer)
            writer.close()

    def _answer(self, headers: dict[str, str], body: bytes) -> bytes:
        document = json.loads(body)
        if "challenge" in document:
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        Webhook(self.secret).verify(body, headers)
        id = headers["webhook-id"]
        self.came.append(id)
        fails = id not in self._failed and self._random.random() < 0.2
        if fails:
            self._failed.add(id)
            if self._random.random() < 0.5:
                self.refused += 1
                return b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        self.effects.setdefault(id, (document["subject"], int(document["sequence"])))
        return b"" if fails else b"HTTP/1.1 204 No Content\r\n\r\n"  # it had its effect, and nobody hears of it

    def came_more(self, before: int) -> bool:
        return len(self.came) > before + 5

    @property
    def in_order(self) -> bool:
        """Whether each call's events had their first effects in the order of their sequences."""
        lanes: dict[str, list[int]] = defaultdict(list)
        for subject, sequence in self.effects.values():
            lanes[subject].append(sequence)
        return all(each == sorted(each) for each in lanes.values())


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


async def subscribed(served: Served, receiver: Receiver) -> str:
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


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()


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


@pytest.mark.timeout(180)
async def test_through_kills_of_the_bridge_the_bus_and_the_endpoint_nothing_is_missed_doubled_or_overtaken(
    tmp_path: Path, mongo_server: MongoServer, mongo_database: str
) -> None:
    nats = NatsServer(tmp_path / "nats")
    await nats.start()
    port = free_port()
    surroundings = Surroundings.of(
        tmp_path, mongo_url=mongo_server.url, mongo_database=mongo_database, nats_url=nats.url
    )
    own = {"webhooks_allowed_networks": f"{LOOPBACK}/32", "webhooks_plain_http": True}
    settings = surroundings.settings(WebhooksSettings, **own)
    streams = await Streams.connected(nats.url)
    await made(streams)
    bridge = ServiceProcess(
        ("-m", "relevo_webhooks"), surroundings.environment(http_port=port, **own), tmp_path / "log"
    )
    published = wires()
    try:
        async with receiving() as receiver:
            async with serving(settings, SERVICE) as served:
                await subscribed(served, receiver)
            for start in range(0, len(published), 20):
                bridge.start()
                for wire in published[start : start + 20]:
                    await streams.publish(wire)
                await until(partial(receiver.came_more, len(receiver.came)), 30)
                await bridge.kill()
            await nats.kill()
            bridge.start()
            await receiver.stop()
            await nats.start()
            await bridge.until_ready()
            await receiver.start()
            await until(lambda: _all_kept(mongo_server, mongo_database, len(published)), 30)
            await bridge.kill()
            async with serving(settings, SERVICE) as served:
                await finish(served)
        assert set(receiver.effects) == {wire.headers["ce-id"] for wire in published}
        assert receiver.in_order
        assert len(receiver.came) > len(published)  # there were repetitions, and none had an effect
        assert receiver.refused
    finally:
        await bridge.close()
        await streams.client.close()
        await nats.stop()


async def _all_kept(mongo_server: MongoServer, mongo_database: str, count: int) -> bool:
    store = Store.connected(mongo_server.url, mongo_database)
    try:
        return await store.count_rows("public_event", {}) == count
    finally:
        store.close()
