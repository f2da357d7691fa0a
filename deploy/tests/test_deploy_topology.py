"""The topology against a real nats-server: applied once for each test, asked as each identity."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout

from relevo_chassis.delivery.stream import messages
from relevo_chassis.people.erasures import STREAM as ERASURES
from relevo_contracts import BY_MODEL, CONTRACTS, SERVICES, stream_of, subjects_of
from relevo_contracts.intake import ParticipantEnrolled, PersonErased
from relevo_contracts.table import LOOK
from relevo_deploy.deployed import PORTAL, WEBHOOKS
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology import tokens
from relevo_deploy.topology.bus import Bus, BusAway, reached
from relevo_deploy.topology.files import Identity, Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStreamRefused
from relevo_deploy.topology.keys import BusKeys
from relevo_deploy.topology.rights import STREAMS
from relevo_deploy.topology.server_config import authorization
from relevo_servers import NatsServer
from relevo_testkit.waiting import until

TOPOLOGY = read_topology(default_folder())
SOON = 0.3


class Place(NamedTuple):
    """A server, and the keys that it believes."""

    server: NatsServer
    keys: BusKeys

    async def connected(self, name: str) -> Client:
        return await nats.connect(
            self.server.url,
            user_credentials=str(self.keys.credentials(name, TOPOLOGY)),
            inbox_prefix=f"_INBOX_{name}".encode(),
            error_cb=_remember,
            max_reconnect_attempts=1,
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    keys = SecretFiles(tmp_path / "secrets").bus
    async with NatsServer(tmp_path, config=authorization(keys, TOPOLOGY, tmp_path / "accounts")) as server:
        yield Place(server, keys)


@pytest.fixture
async def bus(place: Place) -> AsyncIterator[Bus]:
    async with reached(place.server.url, place.keys, TOPOLOGY) as bus:
        yield bus


@pytest.fixture
async def operator(place: Place, bus: Bus) -> AsyncIterator[Client]:
    await bus.apply(TOPOLOGY)
    async with await place.connected("operator") as client:
        yield client


async def refused(place: Place, credentials: Path | None) -> None:
    client = Client()
    try:
        with pytest.raises(NatsError, match="Authorization Violation"):
            await client.connect(
                place.server.url,
                user_credentials=credentials and str(credentials),
                allow_reconnect=False,
                error_cb=_remember,
            )
    finally:
        await client.close()


async def _arrived(client: Client) -> None:
    """Return when the server has what was sent: in nats-py 2.16 a ping overtakes what waits to be sent, so twice."""
    await client.flush()
    await client.flush()


async def _remember(_: Exception) -> None:
    """Refusals show as time-outs in the tests."""


def _noting(subjects: set[str]) -> Callable[[Msg], Awaitable[None]]:
    async def note(message: Msg) -> None:
        subjects.add(message.subject)

    return note


def with_stream(name: str, **settings: object) -> Topology:
    streams = [{**each, **settings} if each["name"] == name else each for each in TOPOLOGY.streams]
    return TOPOLOGY._replace(streams=streams)


def with_identity(name: str, **rights: object) -> Topology:
    identities = [each.model_copy(update=rights) if each.name == name else each for each in TOPOLOGY.identities]
    return TOPOLOGY._replace(identities=identities)


async def test_applying_twice_does_nothing_the_second_time(bus: Bus) -> None:
    made = await bus.apply(TOPOLOGY)
    assert {each.action for each in made} == {"create"}
    administered = [each for each in TOPOLOGY.identities if each.administer]
    identities = len(TOPOLOGY.identities) - len(administered)
    assert len(made) == len(TOPOLOGY.streams) + len(TOPOLOGY.consumers) + identities
    assert await bus.apply(TOPOLOGY) == []
    assert await bus.differences(TOPOLOGY) == []


async def test_a_changed_setting_is_told_and_applied_and_other_settings_are_left_alone(bus: Bus) -> None:
    await bus.apply(TOPOLOGY)
    await bus.apply(with_stream("DLQ", max_bytes=10_000_000))
    wanted = with_stream("DLQ", max_msg_size=1000)
    [difference] = await bus.differences(wanted)
    assert str(difference) == "~ stream DLQ: max_msg_size: 294912 -> 1000"
    await bus.apply(wanted)
    assert await bus.differences(wanted) == []
    assert await bus.differences(with_stream("DLQ", max_msg_size=1000, max_bytes=10_000_000)) == []


@pytest.mark.parametrize("setting", ["allow_msg_ttl", "allow_rollup_hdrs", "no_ack"])
async def test_what_a_header_could_make_a_stream_do_is_told(bus: Bus, setting: str) -> None:
    await bus.apply(with_stream("DLQ", **{setting: True}))
    differences = {str(each) for each in await bus.differences(TOPOLOGY)}
    assert any(line.startswith("~ stream DLQ:") and f"{setting}: True -> False" in line for line in differences)


async def test_every_right_of_every_identity_is_compared(bus: Bus) -> None:
    await bus.apply(TOPOLOGY)
    for identity in TOPOLOGY.identities:
        if identity.administer:
            continue
        for more in ({"publish": (*identity.publish, "dlq.more")}, {"look": not identity.look}, {"read": ("DLQ",)}):
            [difference] = await bus.differences(with_identity(identity.name, **more))
            assert (difference.action, difference.what) == ("update", f"identity {identity.name}")
    await bus.apply(with_identity("observer", hear=("events.intake.>",)))
    [difference] = await bus.differences(TOPOLOGY)
    assert "imports events.scheduling.>: None -> " in str(difference)
    assert [str(each) for each in await bus.apply(TOPOLOGY)] == [str(difference)]


async def test_what_is_open_to_imports_is_compared_as_well(place: Place, bus: Bus) -> None:
    await bus.apply(TOPOLOGY)
    claims = {**place.keys.claims(TOPOLOGY)[STREAMS], "exports": [{"name": ">", "subject": ">", "type": "service"}]}
    await bus.accounts.give(STREAMS, claims)
    [difference] = await bus.differences(TOPOLOGY)
    assert (difference.what, "exports >" in difference.changes) == (f"identity {STREAMS}", True)
    await bus.apply(TOPOLOGY)
    assert await bus.differences(TOPOLOGY) == []


async def test_what_no_file_names_is_told_and_never_removed(place: Place, bus: Bus, operator: Client) -> None:
    stray = Identity(name="stray", hear=("events.>",))
    await bus.accounts.apply(TOPOLOGY._replace(identities=[*TOPOLOGY.identities, stray]))
    await operator.jetstream().add_stream(name="STRAY", subjects=["stray"])
    await operator.jetstream().add_consumer("EVENTS_INTAKE", durable_name="stray_one")
    expected = ["? consumer stray_one of EVENTS_INTAKE: on the server and in no file"]
    expected += [f"? identity stray ({place.keys.account('stray').id}): on the server and in no file"]
    expected += ["? stream STRAY: on the server and in no file"]
    assert sorted(str(each) for each in await bus.apply(TOPOLOGY)) == expected
    assert sorted(str(each) for each in await bus.differences(TOPOLOGY)) == expected


async def test_a_change_that_a_stream_cannot_take_is_refused_with_the_servers_words(bus: Bus) -> None:
    await bus.apply(TOPOLOGY)
    with pytest.raises(JetStreamRefused, match=r"STREAM\.UPDATE\.EVENTS_INTAKE"):
        await bus.apply(with_stream("EVENTS_INTAKE", deny_delete=False))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_its_own_events_and_takes_from_its_own_durables(
    place: Place, operator: Client, service: str
) -> None:
    mine = [each for each in TOPOLOGY.consumers if each.name.startswith(f"{service}_")]
    for consumer in mine:
        await operator.jetstream().publish(consumer.config["filter_subjects"][0].replace(">", "happened.v1"), b"{}")
    async with await place.connected(service) as client:
        stored = await client.jetstream().publish(f"events.{service}.thing.happened.v1", b"{}")
        assert stored.stream == stream_of(service)
        for consumer in mine:
            pull = await client.jetstream().pull_subscribe_bind(consumer.name, consumer.stream)
            [message] = await pull.fetch(1, timeout=2)
            await message.ack_sync()
            info = await client.jetstream(prefix=LOOK).consumer_info(consumer.stream, consumer.name)
            assert info.num_ack_pending == 0
            await client.jetstream().publish(f"dlq.{consumer.name}", b"{}", stream="DLQ")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_can_do_nothing_else(place: Place, operator: Client, service: str) -> None:
    other = next(each for each in SERVICES if each != service)
    theirs = next(each for each in TOPOLOGY.consumers if each.name.startswith(f"{other}_"))
    stream = stream_of(service)
    forbidden = [
        f"events.{other}.thing.happened.v1",
        f"dlq.{theirs.name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{theirs.stream}.{theirs.name}",
        f"$JS.API.CONSUMER.INFO.{theirs.stream}.{theirs.name}",
        f"{LOOK}.CONSUMER.INFO.{theirs.stream}.{theirs.name}",
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
    async with await place.connected(service) as client:
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
async def test_every_service_reads_who_was_erased_and_what_ended_before_and_nothing_else(
    place: Place, bus: Bus, operator: Client, service: str
) -> None:
    erased, other = BY_MODEL[PersonErased].subject, BY_MODEL[ParticipantEnrolled].subject
    for subject in (other, erased, other, erased):
        await operator.jetstream().publish(subject, b"{}", stream=stream_of("intake"))
    destroyed = sorted(each.subject for each in CONTRACTS if each.model.verb == "destroyed")
    assert len(destroyed) == len(SERVICES)
    for each in CONTRACTS:
        if each.subject in destroyed:
            await operator.jetstream().publish(each.subject, b"{}", stream=each.stream)

    async def sourced() -> bool:
        found = await bus.streams.stream(ERASURES)
        return found is not None and found["state"]["messages"] == 2 + len(SERVICES)

    await until(sourced)
    async with await place.connected(service) as client:
        found = [each async for each in messages(client, ERASURES)]
        assert sorted((each.headers or {})["Nats-Subject"] for each in found) == sorted([erased, erased, *destroyed])


async def test_an_observer_hears_every_event_and_publishes_nothing(place: Place, operator: Client) -> None:
    async with await place.connected("observer") as client, await place.connected("intake") as intake:
        heard = await client.subscribe("events.>")
        await _arrived(client)
        await intake.jetstream().publish("events.intake.application.submitted.v1", b"{}")
        assert (await heard.next_msg(timeout=2)).subject == "events.intake.application.submitted.v1"
        await client.publish("events.intake.application.submitted.v1", b"{}")
        await _arrived(client)
        with pytest.raises((NatsTimeout, NatsError)):
            await heard.next_msg(timeout=SOON)


async def test_credentials_taken_back_are_worth_nothing_and_a_new_signer_needs_new_ones(
    place: Place, bus: Bus, operator: Client
) -> None:
    client = await place.connected("observer")
    assert await bus.accounts.remove("observer")
    await until(lambda: _is(not client.is_connected))
    await client.close()
    await refused(place, place.keys.credentials("observer", TOPOLOGY))
    assert not await bus.accounts.remove("observer")
    [made] = await bus.apply(TOPOLOGY)
    assert str(made) == "+ identity observer"
    await (await place.connected("observer")).close()


async def _is(true: bool) -> bool:
    return true


async def test_nobody_connects_without_a_token_that_the_bus_has_signed(place: Place, tmp_path: Path) -> None:
    strangers = SecretFiles(tmp_path / "others").bus
    await refused(place, None)
    await refused(place, strangers.credentials("operator", TOPOLOGY))
    with pytest.raises(BusAway, match="Authorization Violation"):
        async with reached(place.server.url, strangers, TOPOLOGY):
            pass


async def test_who_signs_users_cannot_give_them_more_than_the_account_has(place: Place, operator: Client) -> None:
    account, user = place.keys.account("observer"), tokens.Key.new(tokens.USER)
    more = {
        "type": "user",
        "version": 2,
        "issuer_account": account.id,
        "pub": {"allow": [">"]},
        "sub": {"allow": [">"]},
    }
    path = place.server.folder / "more.creds"
    path.write_text(tokens.credentials(account.signer.sign(user.id, "more", more), user))
    await refused(place, path)


def test_every_durable_of_a_service_is_of_whole_aggregates_so_that_sequences_have_no_holes() -> None:
    for consumer in TOPOLOGY.consumers:
        service, _, producer = consumer.name.partition("_")
        if service in (PORTAL, WEBHOOKS):
            continue
        producer = consumer.stream.removeprefix("EVENTS_").lower()
        assert consumer.name.endswith(f"_{producer}")
        aggregates = [subject.split(".")[2] for subject in consumer.config["filter_subjects"]]
        assert tuple(consumer.config["filter_subjects"]) == subjects_of(producer, *aggregates)
        assert set(aggregates) <= {each.model.aggregate for each in CONTRACTS if each.model.service == producer}


def test_a_service_may_publish_no_more_than_its_events_durables_dead_letters_and_erasures_need() -> None:
    for service in SERVICES:
        [identity] = [each for each in TOPOLOGY.identities if each.name == service]
        mine = [each.name for each in TOPOLOGY.consumers if each.name.startswith(f"{service}_")]
        needed = Identity(
            name=service,
            description=identity.description,
            publish=(f"events.{service}.>", *(f"dlq.{each}" for each in mine)),
            take=tuple(mine),
            read=(ERASURES,),
        )
        assert identity == needed


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
        ({"identities": [{"name": "a"}, {"name": "a"}]}, "named twice: identity a"),
        ({"identities": [{"name": "a", "take": ["a_b"], "read": ["A"]}]}, "a is to have what no file has: a_b, A"),
        ({"identities": [{"name": "a", "publish": ["$JS.API.STREAM.DELETE.A"]}]}, "publish"),
        ({"identities": [{"name": "a", "publish": [">"]}]}, "publish"),
        ({"identities": [{"name": "a", "publish": ["dlq.>"]}]}, "publish"),
        ({"identities": [{"name": "a", "hear": ["$JS.ACK.>"]}]}, "hear"),
        ({"identity": []}, "identity"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, file: dict[str, object], what: str) -> None:
    (tmp_path / "defaults.json").write_text("{}")
    (tmp_path / "broken.json").write_text(json.dumps(file))
    with pytest.raises(TopologyBroken, match=what):
        read_topology(tmp_path)
