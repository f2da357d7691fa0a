"""The storms, each with what it does to the stand and what it is meant to show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from nats.js.errors import NotFoundError
from tests.chaos import gathering
from tests.chaos.faults import (
    Ballast,
    holder_of_the_relay,
    kill_at,
    kill_now,
    kill_server,
    stopped,
)
from tests.chaos.history import Poison
from tests.chaos.link import Link, Mode, link_to
from tests.chaos.stand import DOMAIN_TIME, WITNESS, Replica
from tests.chaos.storm import Fault, Storm, revived
from tests.chaos.witness.main import POISONED_EDITION

from relevo_chassis.delivery.republish import Range, republish
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_chassis.servers import Server
from relevo_chassis.testing.failpoints import POINTS
from relevo_contracts import Envelope, Requirements, Wire, derived_id, encode, stream_of
from relevo_contracts.intake import ParticipantEnrolled
from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.jetstream import JetStream

POISON_SHARE = 0.01
_SCHEDULING, _TRACKING = "scheduling", "multiplier_tracking"


def kills_at(point: str, rounds: int) -> Fault:
    """Every service in turn ends at this point, several times."""

    async def fault(storm: Storm) -> None:
        for _ in range(rounds):
            for service in storm.stand.services:
                await kill_at(storm, service, point)

    return fault


async def kills_at_every_point(storm: Storm) -> None:
    """One kill at each point, each of another service: the short form of them all."""
    services = storm.stand.services
    for number, point in enumerate(POINTS):
        await kill_at(storm, services[number % len(services)], point)


def kills_anywhere(rounds: int) -> Fault:
    """kill -9 at no point in particular."""

    async def fault(storm: Storm) -> None:
        for _ in range(rounds):
            await asyncio.sleep(storm.chance.uniform(0.1, 0.5))
            await kill_now(storm, storm.stand.one(storm.chance.choice(storm.stand.services)))

    return fault


def kills_of_the_relay(rounds: int) -> Fault:
    """kill -9 of whoever holds the relay's lease; another takes it over."""

    async def fault(storm: Storm) -> None:
        for number in range(rounds):
            service = storm.stand.services[number % len(storm.stand.services)]
            if holder := await holder_of_the_relay(storm, service):
                await kill_now(storm, holder)

    return fault


def kills_of_nats(rounds: int) -> Fault:
    async def fault(storm: Storm) -> None:
        for _ in range(rounds):
            await kill_server(storm, storm.stand.nats[0])
            await asyncio.sleep(storm.chance.uniform(0.2, 1.0))

    return fault


def kills_of_mongod(rounds: int) -> Fault:
    async def fault(storm: Storm) -> None:
        for _ in range(rounds):
            await kill_server(storm, storm.stand.mongo[0])
            await asyncio.sleep(storm.chance.uniform(0.2, 1.0))

    return fault


async def a_stopped_replica(storm: Storm) -> None:
    """A consumer that holds messages, and perhaps a lease, does nothing for a while; its fellow takes over.

    When it goes on, what it does late does no harm.
    """
    seconds = 12 if storm.short else 60
    replica = storm.stand.one(_SCHEDULING)
    async with stopped(replica.process.pid if replica.process else None):
        until = time.monotonic() + seconds
        took = await storm.load.passes(storm.edition, 30)
        storm.notes.append(f"an enrolment passed {took:.1f} s after SIGSTOP")
        await asyncio.sleep(max(until - time.monotonic(), 0))
    storm.recovered(await storm.load.passes(storm.edition))


async def a_stopped_relay(storm: Storm) -> None:
    """Whoever holds the relay's lease sleeps past it, and wakes up with rows in hand that another has published."""
    for service in (WITNESS, _SCHEDULING):
        holder = await holder_of_the_relay(storm, service)
        if holder is None or holder.process is None:
            continue
        async with stopped(holder.process.pid):
            await asyncio.sleep(9)
    storm.recovered(await storm.load.passes(storm.edition))


def bad_links(mode: Mode, seconds: float) -> Fault:
    """One replica of scheduling loses NATS in this way, one of multiplier tracking MongoDB; their fellows carry on."""

    async def fault(storm: Storm) -> None:
        stand = storm.stand
        cut_off = (stand.replicas[_SCHEDULING][0], stand.replicas[_TRACKING][0])
        async with AsyncExitStack() as stack:
            to_nats = await stack.enter_async_context(link_to(stand.nats[0].port))
            to_mongo = await stack.enter_async_context(link_to(stand.mongo[0].port))
            cut_off[0].others["NATS_URL"] = f"nats://127.0.0.1:{to_nats.port}"
            cut_off[1].others["MONGO_URL"] = (
                f"mongodb://127.0.0.1:{to_mongo.port}/?directConnection=true&authSource=admin"
            )
            try:
                await asyncio.gather(*(replica.restart() for replica in cut_off))
                fellows = (stand.replicas[_SCHEDULING][1], stand.replicas[_TRACKING][1])
                await asyncio.gather(*(replica.restart() for replica in fellows))  # so that those cut off hold leases
                await _through(storm, mode, seconds, (to_nats, to_mongo), cut_off)
            finally:
                for replica in cut_off:
                    replica.others.clear()
            storm.load.stop()
            await asyncio.gather(*(replica.restart() for replica in cut_off))

    return fault


async def _through(
    storm: Storm, mode: Mode, seconds: float, links: Sequence[Link], replicas: Sequence[Replica]
) -> None:
    for link in links:
        link.turn(mode)
    began = time.monotonic()
    took = await storm.load.passes(storm.edition, 40)
    storm.notes.append(f"an enrolment passed {took:.1f} s after the links turned {mode}")
    await asyncio.sleep(max(began + seconds - time.monotonic(), 0))
    noticed = await replicas[1].readiness()
    if mode in ("cut", "silent") and noticed is not None and noticed["ready"]:
        storm.notes.append(f"{replicas[1].name} calls itself ready without MongoDB")
    for link in links:
        link.turn("open")
    healed = time.monotonic()
    await asyncio.gather(*(replica.ready(40) for replica in replicas))
    await storm.load.passes(storm.edition)
    storm.recovered(time.monotonic() - healed)


async def poisoned(storm: Storm) -> None:
    """One message in a hundred cannot be taken, each in another way; it is set aside and all else flows."""
    until = time.monotonic() + (6 if storm.short else 40)
    number = 0
    while time.monotonic() < until:
        for wire, head in _poisons(storm, number):
            stream = stream_of("intake")
            storm.planted[head.id] = time.time()
            await storm.stand.operator.jetstream().publish(wire.subject, wire.body, headers=wire.headers, stream=stream)
            record = gathering.poison(head.id, "participant", head.event.aggregate_id, storm.stand, stream)
            if head.event.model_dump()["edition_id"] == POISONED_EDITION:
                record = Poison(**{**record.model_dump(), "consumers": (f"{WITNESS}_intake",)})
            storm.history.add(record)
        number += 1
        await asyncio.sleep(1.0)
    storm.notes.append(f"{len(storm.planted)} messages were poison")
    storm.settle_seconds = 90


def _poisons(storm: Storm, number: int) -> list[tuple[Wire, Envelope]]:
    """A body that is none, a version from the future with a sound event behind it, one whose handler fails."""
    edition_id = POISONED_EDITION if number % 3 == 2 else storm.edition.edition_id
    participant_id = new_id()
    envelopes = [_enrolment(participant_id, edition_id, sequence) for sequence in (1, 2)]
    wires = [encode(each) for each in envelopes]
    if number % 3 == 0:
        return [(wires[0]._replace(body=b'{"participant_id": '), envelopes[0])]
    if number % 3 == 1:
        wires[0].headers["ce-type"] = wires[0].headers["ce-type"].replace(".v1", ".v9")
        return [*zip(wires, envelopes, strict=True)]
    return [(wires[0], envelopes[0])]


def _enrolment(participant_id: str, edition_id: str, sequence: int) -> Envelope:
    event = ParticipantEnrolled(
        participant_id=participant_id,
        application_id=derived_id("application", participant_id),
        call_id=derived_id("call", edition_id),
        edition_id=edition_id,
        enrolled_at=DOMAIN_TIME,
        requirements=Requirements(),
    )
    id = derived_id("poison", participant_id, sequence)
    return Envelope(id=id, sequence=sequence, time=DOMAIN_TIME, cause_id=id, chain_id=id, event=event)


async def repeats(storm: Storm) -> None:
    """Everything told so far comes again, three times within the duplicate window and then long after it."""
    await asyncio.sleep(3 if storm.short else 10)
    wires = await _all_told(storm)
    for _ in range(3):
        await _published_again(storm, wires)
    await _with_windows(storm, 10**8)
    await asyncio.sleep(0.5)
    before = await _lengths(storm)
    storm.chance.shuffle(wires)
    await _published_again(storm, wires)
    await _with_windows(storm, None)
    storm.notes.append(f"{await _lengths(storm) - before} messages stand in the streams that were there before")


async def _all_told(storm: Storm) -> list[Wire]:
    found = []
    wanted = {"subject": {"$gte": "events.", "$lt": "events/"}, "sent": True}
    for service in storm.stand.services:
        async for row in storm.stand.database[service]["outbox"].find(wanted).sort("order", 1).limit(5_000):
            found.append(Wire(row["subject"], row["headers"], bytes(row["body"])))
    return found


async def _published_again(storm: Storm, wires: Sequence[Wire]) -> None:
    jetstream = storm.stand.operator.jetstream(timeout=10)
    for first in range(0, len(wires), 100):
        await asyncio.gather(
            *(jetstream.publish(each.subject, each.body, headers=each.headers) for each in wires[first : first + 100])
        )


async def _with_windows(storm: Storm, nanoseconds: int | None) -> None:
    """Streams with another duplicate window, or with their own again."""
    topology = storm.stand.topology
    streams = [{**each, **({"duplicate_window": nanoseconds} if nanoseconds else {})} for each in topology.streams]
    await JetStream(storm.stand.operator).apply(Topology(streams, [], []))


async def _lengths(storm: Storm) -> int:
    jetstream, total = storm.stand.operator.jetstream(), 0
    for service in storm.stand.services:
        if service != WITNESS:
            total += (await jetstream.stream_info(stream_of(service))).state.messages
    return total


async def a_deleted_durable(storm: Storm) -> None:
    """The durables of two services are deleted in the midst of it all; made anew, they begin at the beginning."""
    jetstream = storm.stand.operator.jetstream()
    services = (_SCHEDULING, _TRACKING)
    for service in services:
        await jetstream.delete_consumer(stream_of("intake"), f"{service}_intake")
    await asyncio.sleep(3)
    for service in services:
        found = await storm.stand.one(service).readiness()
        if found is None or found["ready"]:
            storm.notes.append(f"{service} calls itself ready without its durable")
    began = time.monotonic()
    await storm.stand.apply_topology()
    await storm.load.passes(storm.edition, 40)
    storm.recovered(time.monotonic() - began)


async def a_lost_stream(storm: Storm) -> None:
    """Scheduling's stream is gone with everything in it and rebuilt from the outbox, while commands keep coming."""
    stream = stream_of(_SCHEDULING)
    await asyncio.sleep(2)
    before = (await storm.stand.operator.jetstream().stream_info(stream)).state.messages
    await storm.stand.operator.jetstream().delete_stream(stream)
    url = storm.stand.mongo[0].url
    store = Store.connected(url, _SCHEDULING)
    await asyncio.sleep(1)
    try:
        rows, after = 0, 0
        while True:
            part = await republish(store, Range(), after=after)
            rows += part.told
            if part.next is None:
                break
            after = part.next
    finally:
        store.close()
    await storm.stand.apply_topology()
    storm.mark.places = {**storm.mark.places, stream: 0}
    await _regrown(storm, stream, rows)
    storm.notes.append(f"{before} messages were lost, {rows} rows of the outbox published again")


async def _regrown(storm: Storm, stream: str, rows: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await storm.stand.operator.jetstream().stream_info(stream)).state.messages >= rows:
                    break
            except NotFoundError:
                pass
            await asyncio.sleep(0.1)
    await storm.load.passes(storm.edition)


async def a_full_disk_under_nats(storm: Storm) -> None:
    """No room is left under NATS: the outboxes keep what must be told until there is room and a server again."""
    nats, folder = storm.stand.nats[0], storm.stand.layout.nats_folder
    if folder is None:
        raise RuntimeError("NATS has to lie on a small disk for this")
    ballast = Ballast(folder)
    free = await asyncio.to_thread(ballast.fill)
    await asyncio.sleep(8)
    waiting = sum([await _unsent(storm, service) for service in storm.stand.services])
    storm.notes.append(f"{free >> 20} MB were filled; {waiting} rows waited in the outboxes after 8 s")
    ballast.drop()
    began = time.monotonic()
    await nats.kill()
    storm.kills += 1
    await nats.start()
    await storm.load.passes(storm.edition, 60)
    storm.recovered(time.monotonic() - began)


async def _unsent(storm: Storm, service: str) -> int:
    return await storm.stand.database[service]["outbox"].count_documents({"sent": False})


async def a_full_disk_under_mongod(storm: Storm) -> None:
    """No room is left under MongoDB: nothing is acknowledged that is not kept, and nothing is half written."""
    mongod, folder = storm.stand.mongo[0], storm.stand.layout.mongo_folder
    if folder is None:
        raise RuntimeError("MongoDB has to lie on a small disk for this")
    ballast = Ballast(folder)
    free = await asyncio.to_thread(ballast.fill)
    for _ in range(5):
        await asyncio.sleep(2)
        await asyncio.to_thread(ballast.fill)
    ended = mongod.pid is None
    storm.notes.append(f"{free >> 20} MB were filled; mongod {'ended by itself' if ended else 'went on'}")
    ballast.drop()
    began = time.monotonic()
    if not ended:
        await mongod.kill()
    storm.kills += 1
    await mongod.start(60)
    await revived(storm.stand)
    await storm.load.passes(storm.edition, 60)
    storm.recovered(time.monotonic() - began)


def kills_of_a_primary(rounds: int) -> Fault:
    """The primary of a replica set of three ends as by kill -9, and comes back as a secondary."""

    async def fault(storm: Storm) -> None:
        for _ in range(rounds):
            hello = await storm.stand.database.admin.command("hello")
            primary = next(each for each in storm.stand.mongo if each.address == hello["primary"])
            await _killed_and_passed_on(storm, primary)

    return fault


def kills_of_a_leader(rounds: int) -> Fault:
    """The leader of a stream with three replicas ends as by kill -9, and comes back as a follower."""

    async def fault(storm: Storm) -> None:
        for number in range(rounds):
            leader = await _leader(storm, stream_of(("intake", _SCHEDULING)[number % 2]))
            await _killed_and_passed_on(storm, leader)

    return fault


async def a_stopped_leader(storm: Storm) -> None:
    """The leader of a stream does nothing for a while; the others elect another."""
    leader = await _leader(storm, stream_of("intake"))
    async with stopped(leader.pid):
        took = await storm.load.passes(storm.edition, 60)
        storm.notes.append(f"an enrolment passed {took:.1f} s after SIGSTOP")
        await asyncio.sleep(3)
    storm.recovered(await storm.load.passes(storm.edition))


async def _killed_and_passed_on(storm: Storm, server: Server) -> None:
    """Without the member all goes on; with it again as well."""
    await server.kill()
    storm.kills += 1
    storm.recovered(await storm.load.passes(storm.edition, 60))
    await server.start(60)
    await asyncio.sleep(3)


async def _leader(storm: Storm, stream: str) -> Server:
    async with asyncio.timeout(30):
        while True:
            info = await storm.stand.operator.jetstream().stream_info(stream)
            found = [each for each in storm.stand.nats if info.cluster and each.server_name == info.cluster.leader]
            if found:
                return found[0]
            await asyncio.sleep(0.2)
