"""Storms in which processes end or stop, or lose each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from tests.chaos.faults import (
    holder_of_the_relay,
    kill_at,
    kill_now,
    kill_server,
    passed,
    stopped,
)
from tests.chaos.link import Link, Mode, link_to
from tests.chaos.stand import WITNESS, Replica
from tests.chaos.storm import Fault, Storm

from relevo_testkit.failpoints import POINTS

SCHEDULING, TRACKING = "scheduling", "multiplier_tracking"


def kills_at(point: str, rounds: int) -> Fault:
    """Every service ends at this point, several times, two of them at a time."""

    async def fault(storm: Storm) -> None:
        services = [service for _ in range(rounds) for service in storm.stand.services]
        for number in range(0, len(services), 2):
            await asyncio.gather(*(kill_at(storm, each, point) for each in services[number : number + 2]))

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
    replica = storm.stand.one(SCHEDULING)
    async with stopped(replica.process.pid if replica.process else None):
        until = time.monotonic() + seconds
        delay = await storm.load.passes(storm.edition, 30)
        storm.notes.append(f"an enrolment passed {delay:.1f} s after SIGSTOP")
        await asyncio.sleep(max(until - time.monotonic(), 0))
    await passed(storm, replica.name, time.monotonic())


async def a_stopped_relay(storm: Storm) -> None:
    """Whoever holds the relay's lease sleeps past it, and wakes up with rows in hand that another has published."""
    for service in (WITNESS, SCHEDULING):
        holder = await holder_of_the_relay(storm, service)
        if holder is None or holder.process is None:
            continue
        async with stopped(holder.process.pid):
            await asyncio.sleep(9)
        await passed(storm, holder.name, time.monotonic())


def bad_links(mode: Mode, seconds: float) -> Fault:
    """One replica of scheduling loses NATS in this way, one of multiplier tracking MongoDB; their fellows carry on."""

    async def fault(storm: Storm) -> None:
        stand = storm.stand
        cut_off = (stand.replicas[SCHEDULING][0], stand.replicas[TRACKING][0])
        async with AsyncExitStack() as stack:
            to_nats = await stack.enter_async_context(link_to(stand.nats[0].port))
            to_mongo = await stack.enter_async_context(link_to(stand.mongo[0].port))
            cut_off[0].others["NATS_URL"] = f"nats://127.0.0.1:{to_nats.port}"
            cut_off[1].others["MONGO_URL"] = (
                f"mongodb://127.0.0.1:{to_mongo.port}/?directConnection=true&authSource=admin"
            )
            try:
                await asyncio.gather(*(replica.restart() for replica in cut_off))
                fellows = (stand.replicas[SCHEDULING][1], stand.replicas[TRACKING][1])
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
    delay = await storm.load.passes(storm.edition, 40)
    storm.notes.append(f"an enrolment passed {delay:.1f} s after the links turned {mode}")
    await asyncio.sleep(max(began + seconds - time.monotonic(), 0))
    noticed = await replicas[1].readiness()
    if mode in ("cut", "silent") and noticed is not None and noticed["ready"]:
        storm.notes.append(f"{replicas[1].name} calls itself ready without MongoDB")
    for link in links:
        link.turn("open")
    healed = time.monotonic()
    await asyncio.gather(*(replica.ready(40) for replica in replicas))
    await passed(storm, f"{mode} links", healed, ready=time.monotonic())
