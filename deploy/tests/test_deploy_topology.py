"""The topology against a real nats-server: applied once for the module, asked as each user."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout

from relevo_chassis.edge.erasures import STREAM as ERASURES
from relevo_chassis.edge.stream import messages
from relevo_chassis.servers import NatsServer
from relevo_chassis.testing.waiting import until
from relevo_contracts import BY_MODEL, CONTRACTS, SERVICES, stream_of, subjects_of
from relevo_contracts.intake import ParticipantEnrolled, PersonErased
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStream, JetStreamRefused
from relevo_deploy.topology.server_config import PasswordMissing, authorization, user_names

TOPOLOGY = read_topology(default_folder())
PASSWORDS = {name: f"the-{name}-one" for name in user_names(TOPOLOGY)}
SOON = 0.3


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with NatsServer(tmp_path, config=authorization(TOPOLOGY, PASSWORDS)) as server:
        yield server


@pytest.fixture
async def operator(server: NatsServer) -> AsyncIterator[Client]:
    async with await as_user(server, "operator") as client:
        yield client


async def as_user(server: NatsServer, name: str) -> Client:
    return await nats.connect(
        server.url,
        user=name,
        password=PASSWORDS[name],
        inbox_prefix=f"_INBOX_{name}".encode(),
        error_cb=_remember,
        max_reconnect_attempts=1,
    )


async def _arrived(client: Client) -> None:
    """Return when the server has what was sent: in nats-py 2.16 a ping overtakes what waits to be sent, so twice."""
    await client.flush()
    await client.flush()


async def _remember(_: Exception) -> None:
    """Refusals show as time-outs in the tests."""


def with_stream(name: str, **settings: object) -> Topology:
    streams = [{**each, **settings} if each["name"] == name else each for each in TOPOLOGY.streams]
    return TOPOLOGY._replace(streams=streams)


async def test_applying_twice_does_nothing_the_second_time(operator: Client) -> None:
    jetstream = JetStream(operator)
    made = await jetstream.apply(TOPOLOGY)
    assert {each.action for each in made} == {"create"}
    assert len(made) == len(TOPOLOGY.streams) + len(TOPOLOGY.consumers)
    assert await jetstream.apply(TOPOLOGY) == []
    assert await jetstream.differences(TOPOLOGY) == []


async def test_a_changed_setting_is_told_and_applied_and_other_settings_are_left_alone(operator: Client) -> None:
    jetstream = JetStream(operator)
    await jetstream.apply(TOPOLOGY)
    await jetstream.apply(with_stream("DLQ", max_bytes=10_000_000))
    wanted = with_stream("DLQ", max_msg_size=1000)
    [difference] = await jetstream.differences(wanted)
    assert str(difference) == "~ stream DLQ: max_msg_size: 294912 -> 1000"
    await jetstream.apply(wanted)
    assert await jetstream.differences(wanted) == []
    assert await jetstream.differences(with_stream("DLQ", max_msg_size=1000, max_bytes=10_000_000)) == []


async def test_what_no_file_names_is_told_and_never_removed(operator: Client) -> None:
    jetstream = JetStream(operator)
    await jetstream.apply(TOPOLOGY)
    await operator.jetstream().add_stream(name="STRAY", subjects=["stray"])
    await operator.jetstream().add_consumer("EVENTS_INTAKE", durable_name="stray_one")
    expected = ["? consumer stray_one of EVENTS_INTAKE: on the server and in no file"]
    expected += ["? stream STRAY: on the server and in no file"]
    assert sorted(str(each) for each in await jetstream.apply(TOPOLOGY)) == expected
    assert sorted(str(each) for each in await jetstream.differences(TOPOLOGY)) == expected


async def test_a_change_that_a_stream_cannot_take_is_refused_with_the_servers_words(operator: Client) -> None:
    jetstream = JetStream(operator)
    await jetstream.apply(TOPOLOGY)
    with pytest.raises(JetStreamRefused, match=r"STREAM\.UPDATE\.EVENTS_INTAKE"):
        await jetstream.apply(with_stream("EVENTS_INTAKE", deny_delete=False))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_its_own_events_and_takes_from_its_own_durables(
    server: NatsServer, operator: Client, service: str
) -> None:
    await JetStream(operator).apply(TOPOLOGY)
    mine = [each for each in TOPOLOGY.consumers if each.name.startswith(f"{service}_")]
    for consumer in mine:
        await operator.jetstream().publish(consumer.config["filter_subjects"][0].replace(">", "happened.v1"), b"{}")
    async with await as_user(server, service) as client:
        stored = await client.jetstream().publish(f"events.{service}.thing.happened.v1", b"{}")
        assert stored.stream == stream_of(service)
        for consumer in mine:
            pull = await client.jetstream().pull_subscribe_bind(consumer.name, consumer.stream)
            [message] = await pull.fetch(1, timeout=2)
            await message.ack_sync()
            assert (await pull.consumer_info()).num_ack_pending == 0
            await client.jetstream().publish(f"dlq.{consumer.name}", b"{}", stream="DLQ")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_can_do_nothing_else(server: NatsServer, operator: Client, service: str) -> None:
    await JetStream(operator).apply(TOPOLOGY)
    other = next(each for each in SERVICES if each != service)
    theirs = next(each for each in TOPOLOGY.consumers if each.name.startswith(f"{other}_"))
    stream = stream_of(service)
    forbidden = [
        f"events.{other}.thing.happened.v1",
        f"dlq.{theirs.name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{theirs.stream}.{theirs.name}",
        f"$JS.API.CONSUMER.INFO.{theirs.stream}.{theirs.name}",
        f"$JS.API.CONSUMER.CREATE.{stream}.mine",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.mine",
        f"$JS.API.CONSUMER.DELETE.{theirs.stream}.{theirs.name}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.STREAM.UPDATE.{stream}",
        f"$JS.API.STREAM.PURGE.{stream}",
        f"$JS.API.STREAM.DELETE.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        "$JS.API.INFO",
    ]
    async with await as_user(server, service) as client:
        for subject in forbidden:
            with pytest.raises(NatsTimeout):
                await client.request(subject, b"{}", timeout=SOON / 3)
        for subject in (f"events.{other}.>", f"events.{service}.>", "_INBOX.>", f"_INBOX_{other}.>", ">"):
            heard = await client.subscribe(subject)
            await _arrived(client)
            await operator.publish(subject.replace(">", "x"), b"{}")
            with pytest.raises((NatsTimeout, NatsError)):
                await heard.next_msg(timeout=SOON / 3)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_reads_who_was_erased_and_nothing_else_of_intake(
    server: NatsServer, operator: Client, service: str
) -> None:
    await JetStream(operator).apply(TOPOLOGY)
    erased, other = BY_MODEL[PersonErased].subject, BY_MODEL[ParticipantEnrolled].subject
    for subject in (other, erased, other, erased):
        await operator.jetstream().publish(subject, b"{}", stream=stream_of("intake"))

    async def sourced() -> bool:
        found = await JetStream(operator).stream(ERASURES)
        return found is not None and found["state"]["messages"] == 2

    await until(sourced)
    async with await as_user(server, service) as client:
        found = [each async for each in messages(client, ERASURES)]
        assert [(each.headers or {})["Nats-Subject"] for each in found] == [erased, erased]


async def test_a_partner_hears_the_public_events_and_no_other(server: NatsServer, operator: Client) -> None:
    await JetStream(operator).apply(TOPOLOGY)
    public = {each.subject for each in CONTRACTS if each.audience == "public"}
    for contract in CONTRACTS:
        await operator.jetstream().publish(contract.subject, b"{}")
    heard = set()
    async with await as_user(server, "partner") as client:
        for consumer in (each for each in TOPOLOGY.consumers if each.name.startswith("partner_")):
            pull = await client.jetstream().pull_subscribe_bind(consumer.name, consumer.stream)
            for message in await pull.fetch(100, timeout=1):
                heard.add(message.subject)
                await message.ack_sync()
        assert heard == public
        with pytest.raises(NatsTimeout):
            await client.request("events.intake.call.opened.v1", b"{}", timeout=SOON)
        with pytest.raises(NatsTimeout):
            await client.request("$JS.API.CONSUMER.CREATE.EVENTS_INTAKE", b"{}", timeout=SOON)


async def test_an_observer_hears_every_event_and_publishes_nothing(server: NatsServer, operator: Client) -> None:
    await JetStream(operator).apply(TOPOLOGY)
    async with await as_user(server, "observer") as client:
        heard = await client.subscribe("events.>")
        await _arrived(client)
        await operator.jetstream().publish("events.intake.application.submitted.v1", b"{}")
        assert (await heard.next_msg(timeout=2)).subject == "events.intake.application.submitted.v1"
        await client.publish("events.intake.application.submitted.v1", b"{}")
        await _arrived(client)
        with pytest.raises((NatsTimeout, NatsError)):
            await heard.next_msg(timeout=SOON)


async def test_nobody_connects_without_a_password(server: NatsServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await reader.readline()
    writer.write(b"CONNECT {}\r\nPING\r\n")
    assert await reader.readline() == b"-ERR 'Authorization Violation'\r\n"
    writer.close()
    await writer.wait_closed()


def test_every_durable_of_a_service_takes_whole_aggregates_so_that_sequences_have_no_holes() -> None:
    for consumer in TOPOLOGY.consumers:
        service, _, producer = consumer.name.partition("_")
        if service == "partner":
            continue
        producer = consumer.stream.removeprefix("EVENTS_").lower()
        assert consumer.name.endswith(f"_{producer}")
        aggregates = [subject.split(".")[2] for subject in consumer.config["filter_subjects"]]
        assert tuple(consumer.config["filter_subjects"]) == subjects_of(producer, *aggregates)
        assert set(aggregates) <= {each.model.aggregate for each in CONTRACTS if each.model.service == producer}


def test_a_service_may_publish_no_more_than_its_events_durables_dead_letters_and_erasures_need() -> None:
    for service in SERVICES:
        [user] = [each for each in TOPOLOGY.users if each.name == service]
        mine = [each for each in TOPOLOGY.consumers if each.name.startswith(f"{service}_")]
        needed = {f"events.{service}.>", f"$JS.API.DIRECT.GET.{ERASURES}"}
        for each in mine:
            place = f"{each.stream}.{each.name}"
            needed |= {f"$JS.API.CONSUMER.{verb}.{place}" for verb in ("INFO", "MSG.NEXT")}
            needed |= {f"$JS.ACK.{place}.>", f"dlq.{each.name}"}
        assert set(user.publish) == needed
        assert user.subscribe == (f"_INBOX_{service}.>",)


def test_the_production_overlay_keeps_three_copies() -> None:
    production = read_topology(default_folder(), "production")
    assert {each["num_replicas"] for each in production.streams} == {3}
    assert {each["num_replicas"] for each in TOPOLOGY.streams} == {1}


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ({"streams": [{"name": "A", "max_age": "400"}]}, "max_age is '400'"),
        ({"consumers": [{"name": "a_b", "stream": "A"}]}, "consumers of streams that no file has: a_b"),
        ({"consumers": [{"name": "a_b"}]}, "a consumer lacks 'stream'"),
        ({"users": [{"name": "a"}, {"name": "a"}]}, "named twice: user a"),
        ({"user": []}, "user"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, file: dict[str, object], what: str) -> None:
    (tmp_path / "defaults.json").write_text("{}")
    (tmp_path / "broken.json").write_text(json.dumps(file))
    with pytest.raises(TopologyBroken, match=what):
        read_topology(tmp_path)


def test_a_user_without_a_password_is_named() -> None:
    with pytest.raises(PasswordMissing, match="no password for operator, system"):
        authorization(TOPOLOGY, {name: "x" for name in PASSWORDS if name not in ("operator", "system")})
