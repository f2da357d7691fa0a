"""How everything stands: read from the services' own doors and from NATS, and what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from nats.errors import Error as NatsError

from relevo_contracts import SERVICES, stream_of
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.operations.doors import DoorRefused, Doors, DoorShut
from relevo_deploy.operations.reach import Reach, Unreached
from relevo_deploy.reconcile.scope import AUDITOR
from relevo_deploy.servers.administration import MongodSettings, MongoRefused, members_away, settings_of
from relevo_deploy.topology.files import Consumer, Topology
from relevo_deploy.topology.jetstream import Difference, JetStream, JetStreamRefused
from relevo_servers import TRANSACTION_SECONDS

QUIET_SECONDS = 60
AWAY_SECONDS = 10
_REASON_MAX = 120
FULL = 0.8

Level = Literal["wrong", "unknown", "note"]


class Finding(NamedTuple):
    """Something that an operator should know: where, what it is, and what to do next."""

    level: Level
    where: str
    says: str
    do: str


class DurableLine(NamedTuple):
    """A durable as NATS tells of it. ``quiet_seconds`` is how long ago it last delivered or was made."""

    name: str
    stream: str
    exists: bool
    pending: int = 0
    in_hand: int = 0
    in_hand_max: int = 0
    quiet_seconds: float = 0


class StreamLine(NamedTuple):
    """A stream as NATS tells of it; ``full`` is the share of its limits that is used, 0 without limits.

    ``away`` are the servers whose copy does not follow.
    """

    name: str
    exists: bool
    messages: int = 0
    last: int = 0
    full: float = 0
    away: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All that was read. A service's status is ``None`` when it does not answer."""

    services: Mapping[str, Mapping[str, Any] | None]
    refusals: Mapping[str, str] = field(default_factory=dict)
    nats: str | None = None
    """Why NATS cannot be asked, or ``None``."""
    streams: Sequence[StreamLine] = ()
    durables: Sequence[DurableLine] = ()
    differences: Sequence[Difference] = ()
    mongo: MongodSettings | str | None = None
    """How MongoDB is set, or why it does not say; ``None``: not asked."""
    members_away: Sequence[str] = ()
    """Members of MongoDB's replica set that do not answer."""
    stopped: Collection[str] = ()
    """Servers of the embedded stack that were stopped by command."""

    @property
    def findings(self) -> list[Finding]:
        return [*_of_stopped(self), *_of_nats(self), *_of_mongo(self), *_of_services(self), *_of_durables(self)]

    @property
    def exit_code(self) -> int:
        """0 all is well, 1 something is wrong, 2 it cannot be told."""
        levels = {each.level for each in self.findings}
        return 1 if "wrong" in levels else 2 if "unknown" in levels else 0


async def look(reach: Reach) -> Overview:
    """Ask everybody. Raises ``Failed`` when it is not known whom."""
    async with Doors(reach) as doors:
        answers = await asyncio.gather(*(_service(doors, service) for service in doors.services))
    services = {service: status for service, (status, _) in zip(doors.services, answers, strict=True)}
    refusals = {service: reason for service, (_, reason) in zip(doors.services, answers, strict=True) if reason}
    (mongo, away), stopped = await _mongo(reach), reach.stack.stopped if reach.stack else ()
    try:
        async with reach.nats() as client:
            jetstream, files = JetStream(client), reach.files
            streams = [await _stream(jetstream, each["name"]) for each in files.streams]
            durables = [await _durable(jetstream, each) for each in reach.topology.consumers]
            differences = await jetstream.differences(files)
    except (Unreached, JetStreamRefused, NatsError, OSError) as unreached:
        why = str(unreached) or type(unreached).__name__
        return Overview(services, refusals, why, mongo=mongo, members_away=away, stopped=stopped)
    absent = set(DEPLOYED) - set(services)
    ours = [each for each in differences if not any(f"consumer {name}_" in each.what for name in absent)]
    return Overview(services, refusals, None, streams, durables, _whole(ours, files), mongo, away, stopped)


async def _mongo(reach: Reach) -> tuple[MongodSettings | str | None, Sequence[str]]:
    if not reach.knows_mongo:
        return None, ()
    url = reach.mongo_as(AUDITOR)
    try:
        return await asyncio.to_thread(settings_of, url), await asyncio.to_thread(members_away, url)
    except MongoRefused as refused:
        return str(refused)[:_REASON_MAX], ()


async def _service(doors: Doors, service: str) -> tuple[Mapping[str, Any] | None, str]:
    try:
        return await doors.get(service, "/status"), ""
    except DoorShut as shut:
        return None, str(shut)
    except DoorRefused as refused:
        if refused.status in _NO_OPERATOR:
            return {}, str(refused)
        return None, await _unready(doors, service, refused)


async def _unready(doors: Doors, service: str, refused: DoorRefused) -> str:
    """Why a service that answers cannot tell how it stands."""
    try:
        failing = (await doors.ready(service))["failing"]
    except DoorShut as shut:
        return str(shut)
    return "; ".join(failing.values()) or str(refused)


_NO_OPERATOR = (401, 403)


async def _stream(jetstream: JetStream, name: str) -> StreamLine:
    found = await jetstream.stream(name)
    if found is None:
        return StreamLine(name, False)
    state, config = found["state"], found["config"]
    shares = [state[used] / config[most] for used, most in _LIMITS if config.get(most, -1) > 0]
    return StreamLine(name, True, state["messages"], state["last_seq"], max(shares, default=0.0), _away(found))


def _away(stream: Mapping[str, Any]) -> Sequence[str]:
    """Followers that are offline, or of which the leader has heard nothing for too long: it does ten times a second."""
    replicas = stream.get("cluster", {}).get("replicas", ())
    return [each["name"] for each in replicas if each.get("offline") or each.get("active", 0) > AWAY_SECONDS * 1e9]


_LIMITS = (("bytes", "max_bytes"), ("messages", "max_msgs"))


async def _durable(jetstream: JetStream, consumer: Consumer) -> DurableLine:
    found = await jetstream.durable(consumer.stream, consumer.name)
    if found is None:
        return DurableLine(consumer.name, consumer.stream, False)
    active = found["delivered"].get("last_active") or found["created"]
    quiet = (datetime.now(UTC) - datetime.fromisoformat(active)).total_seconds()
    return DurableLine(
        consumer.name,
        consumer.stream,
        True,
        found["num_pending"],
        found["num_ack_pending"],
        found["config"].get("max_ack_pending", 0),
        round(quiet, 1),
    )


def _whole(differences: Sequence[Difference], files: Topology) -> list[Difference]:
    """Without the durables of streams that are gone: they are gone because the stream is."""
    gone = {each.what.removeprefix("stream ") for each in differences if each.action == "create"}
    lost = {f"consumer {each.name} of {each.stream}" for each in files.consumers if each.stream in gone}
    return [each for each in differences if each.what not in lost]


def _of_stopped(overview: Overview) -> Iterator[Finding]:
    for name in sorted(overview.stopped):
        yield Finding("wrong", name, "was stopped by command", f"relevo start {name}")


def _of_nats(overview: Overview) -> Iterator[Finding]:
    if overview.nats is not None:
        yield Finding("wrong", "nats", f"cannot be asked: {overview.nats}", "see whether it runs, and its log")
    for each in overview.differences:
        if each.action == "unmanaged":
            yield Finding("note", each.what, "is on the server and in no file", "delete it, or write it into a file")
        elif each.action == "update":
            yield Finding("wrong", each.what, f"is not as the files say: {each}", "relevo topology apply")
        elif each.what.startswith("stream EVENTS_"):
            [service] = [name for name in SERVICES if f"stream {stream_of(name)}" == each.what]
            do = f"relevo topology apply, then relevo republish {service}, then relevo verify"
            yield Finding("wrong", each.what, "does not exist: its events are lost from the bus, not from MongoDB", do)
        else:
            yield Finding("wrong", each.what, "does not exist", "relevo topology apply")
    for server in sorted({each for stream in overview.streams for each in stream.away}):
        says = "holds copies of streams and does not answer: with one more away nothing is published"
        yield Finding("wrong", f"nats {server}", says, "start it again, and see its log")
    for stream in overview.streams:
        if stream.full >= FULL:
            do = "raise its limit in the topology file and apply it, before it refuses events"
            yield Finding("wrong", f"stream {stream.name}", f"is {stream.full:.0%} full", do)


def _of_mongo(overview: Overview) -> Iterator[Finding]:
    for member in overview.members_away:
        says = "is a member of the replica set and does not answer: without a majority nothing is acknowledged"
        yield Finding("wrong", f"mongodb {member}", says, "start it again, and see its log")
    found = overview.mongo
    if isinstance(found, str):
        says = f"does not say how it is set: {found}"
        yield Finding("note", "mongodb", says, "relevo mongo-init gives the user of relevo verify leave to ask")
        return
    if found and found.transaction_seconds != TRANSACTION_SECONDS:
        says = f"holds the documents of an abandoned transaction for {found.transaction_seconds} s"
        do = f"start mongod with --setParameter transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"
        yield Finding("note", "mongodb", says, do)
    if found and found.scripting:
        says = "runs JavaScript that a query brings along, which the product never sends"
        yield Finding("note", "mongodb", says, "start mongod with security.javascriptEnabled: false (--noscripting)")


def _of_services(overview: Overview) -> Iterator[Finding]:
    for service, status in overview.services.items():
        if status is None and service in overview.stopped:
            continue
        if status is None:
            yield Finding("wrong", service, overview.refusals[service], "see whether it runs, and its log")
        elif service in overview.refusals:
            do = f"bring a token with the role operator and the audience of {service}"
            yield Finding("unknown", service, overview.refusals[service], do)
        else:
            yield from _of_service(service, status)


def _of_service(service: str, status: Mapping[str, Any]) -> Iterator[Finding]:
    missing = any(each["exists"] is False for each in status["durables"])
    for name, reason in {**status["failing"], **status["degraded"]}.items():
        if not (name == "bus" and missing):
            yield Finding("wrong", f"{service} {name}", reason, f"see the log of {service}")
    if status["deadlines"]["failing"]:
        says = f"{status['deadlines']['failing']} deadlines keep failing"
        yield Finding("wrong", service, says, f"look for deadline_failed in the log of {service}")
    for name in status["rebuilding"]:
        says = f"the rebuilding of {name} was begun and not finished"
        yield Finding("wrong", service, says, f"relevo rebuild {service} {name}")
    for each in status.get("remarks", ()):
        yield Finding("note", service, f"{each['count']} {each['what']}", each["do"])
    for each in status["durables"]:
        if each["parked"]:
            says = f"{each['parked']} events were set aside and have not taken effect"
            do = f"relevo dead-letters list --durable {each['durable']}; mend the cause; relevo dead-letters retry"
            yield Finding("wrong", each["durable"], says, do)
        if each["longest_held_seconds"] > QUIET_SECONDS and each["gaps"]:
            says = f"{each['held']} events wait for one before them, first {each['gaps'][0]}"
            yield Finding("wrong", each["durable"], says, "relevo verify says whether that one is lost, and what to do")


def _of_durables(overview: Overview) -> Iterator[Finding]:
    for each in overview.durables:
        service = next((name for name in DEPLOYED if each.name.startswith(f"{name}_")), None)
        if not each.exists or not (each.pending or each.in_hand):
            continue
        if service is None:
            says = f"{each.pending} events wait for a partner"
            yield Finding(
                "note", each.name, says, "nothing; relevo partner list says for how long: then ask the partner"
            )
        elif each.pending and each.quiet_seconds > QUIET_SECONDS:
            says = f"{each.pending} events wait and none was taken for {each.quiet_seconds:.0f} s"
            yield Finding("wrong", each.name, says, f"see whether {service} runs, and its log")
        elif each.in_hand_max and each.in_hand >= each.in_hand_max:
            says = f"all of {each.in_hand} that may be in hand are; nothing new is delivered"
            yield Finding("wrong", each.name, says, f"see the log of {service} for what it cannot finish")
