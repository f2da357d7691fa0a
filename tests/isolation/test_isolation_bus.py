"""No identity of the bus reaches beyond its own subjects: by no reply, acknowledgement, header, body or direct get.

Every identity tries, on every subject that it may publish to, every dangerous thing that we know of. What is looked at
is everything that arrives where the streams are, and what became of streams, durables and accounts.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from tests.bus.buses import BusOfTests, a_bus
from tests.bus.wiretap import arrived, everything, fits, wiretapped

from relevo_chassis.people.erasures import STREAM as ERASURES
from relevo_contracts import CONTRACTS, SERVICES
from relevo_contracts.intake import PersonErased
from relevo_contracts.table import LOOK
from relevo_deploy.partners import commands
from relevo_deploy.topology import tokens
from relevo_deploy.topology.files import Consumer, default_folder, read_topology
from relevo_deploy.topology.rights import STREAMS
from relevo_testkit.waiting import until

PARTNER = "observatory"
"""As ``relevo partner add`` makes one, with two of the public events."""
RELEASE = [each.name for each in read_topology(default_folder()).identities if not each.administer]
IDENTITIES = [*RELEASE, "partner", PARTNER]
OTHERS_STREAM, OTHERS_DURABLE = "EVENTS_INTAKE", "certification_intake"
MAKES_A_CONSUMER = {
    "stream_name": OTHERS_STREAM,
    "config": {"durable_name": "mine", "name": "mine", "ack_policy": "explicit"},
    "action": "create",
}
BODIES = [b"", b"{}", b'{"batch":1,"no_wait":true}', b'{"seq":1}', json.dumps(MAKES_A_CONSUMER).encode()]
ANSWERS = [b"+ACK", b"-NAK", b"+TERM", b"+WPI", b"+NXT", b'+NXT {"batch":1,"no_wait":true}']
REQUESTS = [
    "$JS.API.STREAM.DELETE.DLQ",
    f"$JS.API.STREAM.DELETE.{OTHERS_STREAM}",
    f"$JS.API.STREAM.PURGE.{OTHERS_STREAM}",
    f"$JS.API.STREAM.UPDATE.{OTHERS_STREAM}",
    "$JS.API.STREAM.CREATE.MINE",
    f"$JS.API.STREAM.MSG.GET.{OTHERS_STREAM}",
    f"$JS.API.STREAM.MSG.DELETE.{OTHERS_STREAM}",
    f"$JS.API.STREAM.SNAPSHOT.{OTHERS_STREAM}",
    f"$JS.API.STREAM.LEADER.STEPDOWN.{OTHERS_STREAM}",
    f"$JS.API.CONSUMER.CREATE.{OTHERS_STREAM}",
    f"$JS.API.CONSUMER.CREATE.{OTHERS_STREAM}.mine",
    f"$JS.API.CONSUMER.DURABLE.CREATE.{OTHERS_STREAM}.mine",
    f"$JS.API.CONSUMER.DELETE.{OTHERS_STREAM}.{OTHERS_DURABLE}",
    f"$JS.API.CONSUMER.MSG.NEXT.{OTHERS_STREAM}.{OTHERS_DURABLE}",
    f"$JS.API.CONSUMER.INFO.{OTHERS_STREAM}.{OTHERS_DURABLE}",
    f"{LOOK}.CONSUMER.INFO.{OTHERS_STREAM}.{OTHERS_DURABLE}",
    f"$JS.API.CONSUMER.PAUSE.{OTHERS_STREAM}.{OTHERS_DURABLE}",
    f"$JS.API.DIRECT.GET.{OTHERS_STREAM}",
    "$JS.API.META.LEADER.STEPDOWN",
    "$JS.API.ACCOUNT.PURGE.X",
    f"$JS.ACK.{OTHERS_STREAM}.{OTHERS_DURABLE}.1.1.1.1.0",
    f"$JS.FC.{OTHERS_STREAM}.x",
    "events.nobody.thing.happened.v1",
    *(f"events.{service}.thing.happened.v1" for service in SERVICES),
    f"dlq.{OTHERS_DURABLE}",
    "$SYS.REQ.CLAIMS.DELETE",
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.SERVER.PING",
    "$SRV.PING",
    "_R_.anything",
    "_INBOX_operator.anything",
]
HEADERS: list[Mapping[str, str]] = [
    *({"Nats-Trace-Dest": subject} for subject in REQUESTS),
    *({"Nats-Trace-Dest": subject, "Nats-Trace-Only": "true"} for subject in REQUESTS[:2]),
    *({"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": subject} for subject in REQUESTS),
    {"Nats-Rollup": "all"},
    {"Nats-Rollup": "sub"},
    {"Nats-TTL": "1s"},
    {"Nats-Incr": "+1"},
    {"Nats-Marker-Reason": "Purge"},
    {"Nats-Expected-Stream": OTHERS_STREAM},
    {"Nats-Subject": f"dlq.{OTHERS_DURABLE}"},
    {"Nats-Stream-Source": "EVENTS_INTAKE 1 > >"},
    {"Status": "100", "Description": "FlowControl Request", "Nats-Consumer-Stalled": REQUESTS[0]},
]


class Attempt(NamedTuple):
    """One thing that somebody may send, and should not gain by."""

    subject: str
    body: bytes = b""
    reply: str = ""
    headers: Mapping[str, str] | None = None


@pytest_asyncio.fixture(params=[1, 3], ids=["one_server", "three_servers"])
async def bus(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BusOfTests]:
    """A bus for each attacker: what one asked for and was not answered yet would be seen when the next is looked at."""
    async with a_bus(tmp_path, servers=request.param) as bus:
        for service in SERVICES:
            publisher = await bus.connected(service)
            for contract in (each for each in CONTRACTS if each.model.service == service):
                body = b"" if contract.model is PersonErased else b"{}"
                await publisher.jetstream(timeout=10).publish(contract.subject, body)
        await until(lambda: _sourced(bus))
        await bus.add_partner(PARTNER, "CallOpened", "ProgrammePublished")
        yield bus


async def _sourced(bus: BusOfTests) -> bool:
    erasures = await bus.bus.streams.stream(ERASURES)
    return erasures is not None and erasures["state"]["messages"] == 1 + len(SERVICES)


def allowed_to(bus: BusOfTests, name: str) -> list[str]:
    """The patterns of subjects that an identity may publish to, as its account says it."""
    [role] = bus.secrets.bus.claims(bus.topology)[name]["signing_keys"]
    return list(role["template"]["pub"].get("allow", ()))


def one_of(pattern: str) -> str:
    """A subject under a pattern."""
    return pattern.replace(">", "1.1.1.1.0" if "ACK" in pattern else "thing.happened.v1").replace("*", "DLQ")


def consumed_by(bus: BusOfTests, name: str) -> list[Consumer]:
    [identity] = [each for each in bus.topology.identities if each.name == name]
    return [each for each in bus.topology.consumers if each.name in identity.take]


def as_it_arrives(subject: str) -> str:
    return subject.replace(f"{LOOK}.", "$JS.API.")


def attempts(name: str, subjects: Sequence[str], forged: Sequence[Mapping[str, str]]) -> Iterator[Attempt]:
    replies = [*REQUESTS, *(f"_INBOX_{other}.of_{name}" for other in IDENTITIES)]
    for subject in subjects:
        bodies = ANSWERS if subject.startswith("$JS.ACK.") else BODIES
        yield from (Attempt(subject, body, reply) for body, reply in product(bodies, replies))
        yield from (Attempt(subject, bodies[0], headers=headers) for headers in (*HEADERS, *forged))
        yield from (Attempt(subject, bodies[-1], REQUESTS[0], headers) for headers in forged)
    yield from (Attempt(request, body, "_INBOX_operator.x") for request, body in product(replies, BODIES))


async def attack(client: Client, tried: Iterator[Attempt]) -> int:
    count = 0
    for count, each in enumerate(tried, 1):
        headers = dict(each.headers) if each.headers else None
        await client.publish(each.subject, each.body, each.reply, headers=headers)
        if count % 500 == 0:
            await client.flush()
    await arrived(client)
    return count


async def delivered(client: Client, subjects: Sequence[str], out_at_once: Mapping[str, int]) -> list[str]:
    """Where messages that this identity holds are to be answered: acknowledgements of their own, and not invented.

    ``out_at_once`` says how many a durable gives before it wants an answer; two are enough.
    """
    answers = []
    for subject in subjects:
        if subject.startswith("$JS.API.CONSUMER.MSG.NEXT."):
            stream, durable = subject.split(".")[-2:]
            pull = await client.jetstream().pull_subscribe_bind(durable, stream)
            answers += [message.reply for message in await pull.fetch(min(2, out_at_once[durable]), timeout=5)]
            await pull.unsubscribe()
    return answers


@pytest.mark.parametrize("name", IDENTITIES)
async def test_nobody_reaches_beyond_their_own_subjects(bus: BusOfTests, name: str) -> None:
    await nothing_is_reached_by(bus, name)


async def test_a_partner_reaches_no_more_with_new_credentials_and_nothing_with_those_that_were_taken_back(
    bus: BusOfTests, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.creds", tmp_path / "second.creds"
    first.write_bytes(bus.credentials(PARTNER).read_bytes())
    connected = [
        await nats.connect(each.url, user_credentials=str(first), allow_reconnect=False, error_cb=_ignored)
        for each in bus.servers
    ]
    assert await commands.rotate(PARTNER, where=bus.where, files_of_release=bus.files) == 0
    await until(lambda: _none_is_in(connected))
    for each in connected:
        await each.close()
    assert await let_in(bus, first) == []
    await nothing_is_reached_by(bus, PARTNER)
    second.write_bytes(bus.credentials(PARTNER).read_bytes())
    assert await commands.remove(PARTNER, where=bus.where, files_of_release=bus.files) == 0
    assert await let_in(bus, first) == await let_in(bus, second) == []
    assert await bus.bus.differences(bus.files.read(bus.where.partners)) == []


async def _none_is_in(clients: Sequence[Client]) -> bool:
    return not any(each.is_connected for each in clients)


async def let_in(bus: BusOfTests, credentials: Path) -> list[str]:
    """The servers that let somebody in with these credentials."""
    found = []
    for server in bus.servers:
        client = Client()
        try:
            await client.connect(
                server.url, user_credentials=str(credentials), allow_reconnect=False, error_cb=_ignored
            )
            found.append(server.url)
        except NatsError:  # it says no more than that
            continue
        finally:
            await client.close()
    return found


async def nothing_is_reached_by(bus: BusOfTests, name: str) -> None:
    """Have an identity try all that we know of: it has no effect but what it may have."""
    operator = await bus.connected("operator")
    client = await bus.connected(name, server=len(bus.servers) - 1)
    patterns = allowed_to(bus, name)
    subjects = [*map(one_of, patterns)]
    out_at_once = {each.name: int(each.config["max_ack_pending"]) for each in consumed_by(bus, name)}
    subjects += await delivered(client, subjects, out_at_once)
    accounts = [bus.secrets.bus.account(each).id for each in (STREAMS, name)]
    forged = [
        {"Nats-Request-Info": json.dumps({"acc": account, "svc": accounts[0], "svr": "n"})} for account in accounts
    ]
    others = [await bus.connected(each) for each in IDENTITIES if each != name]
    overheard: list[str] = []
    for each in others:
        await each.subscribe(f"{each._inbox_prefix.decode()}.>", cb=_noting(overheard))
        await arrived(each)
    before = await everything(operator, bus.bus.accounts, bus.topology)
    async with wiretapped(operator) as tap:
        assert await attack(client, attempts(name, subjects, forged)) > 150
    own = [f"a delivery of {each.name} from {each.stream}" for each in consumed_by(bus, name)]
    assert tap.strange([*own, *map(as_it_arrives, patterns)]) == set()
    assert [each for each in overheard if each.endswith(f".of_{name}")] == []
    await unharmed(bus, operator, name, before)
    for each in others:
        assert await works(bus, each, each._inbox_prefix.decode().removeprefix("_INBOX_"))


async def unharmed(bus: BusOfTests, operator: Client, name: str, before: Mapping[str, Any]) -> None:
    """All is as it was, apart from what the identity may do: its own events, dead letters and durables."""
    after = await everything(operator, bus.bus.accounts, bus.topology)
    [identity] = [each for each in bus.topology.identities if each.name == name]
    own = {f"EVENTS_{name.upper()}", *identity.take}
    if name in SERVICES:
        own.add(ERASURES)  # what each ended itself; erasures are intake's alone
    if any(each.startswith("dlq.") for each in identity.publish):
        own.add("DLQ")
    changed = {what for what in before if before[what] != after[what]}
    assert changed <= own
    assert after.keys() == before.keys()
    # What an identity takes it may have stored again where it may publish; it keeps the subject that it had.
    may_stand_there = [
        *identity.publish,
        *(s for each in consumed_by(bus, name) for s in each.config["filter_subjects"]),
    ]
    for what in own & before.keys():
        old, new = before[what], after[what]
        assert new["config"] == old["config"]
        subjects, as_before = new.get("subjects", {}), old.get("subjects", {})
        assert all(subjects.get(each, 0) >= count for each, count in as_before.items())
        more = {each for each in subjects if subjects[each] > as_before.get(each, 0)}
        assert {each for each in more if not any(fits(each, pattern) for pattern in may_stand_there)} == set()


async def works(bus: BusOfTests, client: Client, name: str) -> bool:
    """An identity can still do what it may: tell, take, see how its durables stand."""
    if name in SERVICES:
        await client.jetstream(timeout=10).publish(f"events.{name}.participant.enrolled.v1", b"{}")
    for durable in consumed_by(bus, name):
        info = await client.jetstream(prefix=LOOK, timeout=10).consumer_info(durable.stream, durable.name)
        assert info.num_pending is not None
    return True


async def test_what_is_tried_here_does_harm_where_an_account_is_shared(bus: BusOfTests) -> None:
    """The same rights in the account of the streams, as permissions: so the attempts are real, and are seen."""
    operator = await bus.connected("operator")
    subjects = [each for each in allowed_to(bus, "partner") if "MSG.NEXT" in each]
    shared = bus.servers[0].folder / "shared.creds"
    keys, user = bus.secrets.bus, tokens.Key.new(tokens.USER)
    streams = dict(keys.claims(bus.topology)[STREAMS])
    signer = tokens.Key.new(tokens.ACCOUNT)
    rights = {"pub": {"allow": subjects}, "sub": {"allow": ["_INBOX_shared.>"]}, "subs": -1, "data": -1, "payload": -1}
    role = {"kind": "user_scope", "key": signer.id, "role": "shared", "template": rights}
    await bus.bus.accounts.give(STREAMS, {**streams, "signing_keys": [*streams["signing_keys"], role]})
    claims = {"type": "user", "version": 2, "issuer_account": keys.account(STREAMS).id}
    shared.write_text(tokens.credentials(signer.sign(user.id, "shared", claims), user))
    client = await nats.connect(
        bus.servers[-1].url, user_credentials=str(shared), inbox_prefix=b"_INBOX_shared", error_cb=_ignored
    )
    async with client, wiretapped(operator) as tap:
        await attack(client, (Attempt(each, BODIES[2], REQUESTS[0]) for each in subjects * 9))
        await until(lambda: _heard(tap.strange(subjects)))
    await until(lambda: _gone(operator, "DLQ"))


async def _heard(strange: set[str]) -> bool:
    return REQUESTS[0] in strange


async def _gone(operator: Client, stream: str) -> bool:
    """Three servers agree upon a deletion after they were asked for it."""
    answer = await operator.request("$JS.API.STREAM.NAMES", b"", timeout=5)
    return stream not in json.loads(answer.data)["streams"]


def _noting(subjects: list[str]) -> Callable[[Msg], Awaitable[None]]:
    async def note(message: Msg) -> None:
        subjects.append(message.subject)

    return note


async def _ignored(_: Exception) -> None:
    return None
