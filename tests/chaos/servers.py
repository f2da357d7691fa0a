"""Storms over the servers: full disks, and members of a replica set and of a cluster that end."""

from __future__ import annotations

import asyncio
import time

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from pymongo.errors import PyMongoError
from tests.chaos.ends import SCHEDULING
from tests.chaos.faults import Ballast, kill_server, passed, stopped
from tests.chaos.history import Unsettled
from tests.chaos.storm import Fault, Storm, revived

from relevo_contracts import stream_of
from relevo_servers import Server

PARTED_SECONDS = 25.0
"""Longer than a leader takes to notice that it has lost its followers (10 s), and clients that nobody answers."""


async def a_full_disk_under_nats(storm: Storm) -> None:
    """No room is left under NATS: the outboxes keep what must be told until there is room and a server again."""
    server, folder = storm.stand.nats[0], storm.stand.layout.nats_folder
    if folder is None:
        raise RuntimeError("NATS has to lie on a small disk for this")
    ballast = Ballast(folder)
    free = await asyncio.to_thread(ballast.fill)
    await asyncio.sleep(8)
    waiting = sum([await _unsent(storm, service) for service in storm.stand.services])
    storm.notes.append(f"{free >> 20} MB were filled; {waiting} rows waited in the outboxes after 8 s")
    ballast.drop()
    await kill_server(storm, server)


async def _unsent(storm: Storm, service: str) -> int:
    return await storm.stand.database[service]["outbox"].count_documents({"sent": False})


async def a_full_disk_under_mongod(storm: Storm) -> None:
    """No room is left under MongoDB: nothing is acknowledged that is not kept, and nothing is half written."""
    mongod, folder = storm.stand.mongo[0], storm.stand.layout.mongo_folder
    if folder is None:
        raise RuntimeError("MongoDB has to lie on a small disk for this")
    ballast = Ballast(folder)
    free = await asyncio.to_thread(ballast.fill)
    await asyncio.sleep(4)
    await _checkpointed(storm)
    await asyncio.sleep(4)
    exited = mongod.pid is None
    storm.notes.append(f"{free >> 20} MB were filled; mongod {'exited by itself' if exited else 'went on'}")
    ballast.drop()
    began = time.monotonic()
    if not exited:
        await mongod.kill()
    storm.kills += 1
    await mongod.start(60)
    answered_at = time.monotonic()
    await revived(storm.stand)
    await passed(storm, mongod.name, began, answering=answered_at, revived=time.monotonic())


async def _checkpointed(storm: Storm) -> None:
    """Have mongod write its files at once, as it does every minute, and find that there is no room."""
    try:
        async with asyncio.timeout(10):
            await storm.stand.database.admin.command("fsync")
    except (PyMongoError, TimeoutError):
        return


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
            leader = await _leader(storm, stream_of(("intake", SCHEDULING)[number % 2]))
            await _killed_and_passed_on(storm, leader)

    return fault


async def a_stopped_leader(storm: Storm) -> None:
    """The leader of a stream does nothing for a while; the others elect another."""
    leader = await _leader(storm, stream_of("intake"))
    async with stopped(leader.pid):
        seconds = await storm.load.passes(storm.edition, 60)
        storm.notes.append(f"an enrolment passed {seconds:.1f} s after SIGSTOP")
        await asyncio.sleep(3)
    await passed(storm, leader.name, time.monotonic())


async def a_minority(storm: Storm) -> None:
    """One server of three is parted from the others with its clients: it acknowledges nothing, the others go on."""
    cluster = storm.stand.cluster
    if cluster is None:
        raise RuntimeError("this takes a cluster")
    alone = await nats.connect(
        cluster.minority.url,
        user_credentials=str(storm.stand.place.secrets.path("operator", "nats.creds")),
        allow_reconnect=False,
    )
    if not await _acknowledges(alone):
        raise RuntimeError("a whole cluster acknowledges nothing")
    parted_at = time.monotonic()
    cluster.part()
    try:
        passing = asyncio.create_task(storm.load.passes(storm.edition, 2 * PARTED_SECONDS))
        while time.monotonic() < parted_at + PARTED_SECONDS:
            if await _acknowledges(alone):
                storm.history.add(Unsettled(what="a server that was parted from the others acknowledged"))
            await asyncio.sleep(1)
    finally:
        cluster.join()
        await alone.close()
    joined_at = time.monotonic()
    storm.notes.append(
        f"an enrolment passed {await passing:.1f} s after one server of three was parted from the others"
    )
    await passed(storm, "cluster", joined_at)


async def _acknowledges(client: Client) -> bool:
    try:
        await client.jetstream(timeout=2).publish("dlq.storm", b"", stream="DLQ")
    except (NatsError, TimeoutError):
        return False
    return True


async def _killed_and_passed_on(storm: Storm, server: Server) -> None:
    """Without the member all goes on; with it again as well."""
    killed_at = time.monotonic()
    await server.kill()
    storm.kills += 1
    await passed(storm, server.name, killed_at)
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
