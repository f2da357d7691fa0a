"""Storms in which a bit flips on a disk while a nats-server is down."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.chaos.ends import SCHEDULING
from tests.chaos.faults import passed
from tests.chaos.history import Unsettled
from tests.chaos.mishaps import republish_all
from tests.chaos.storm import Storm

from relevo_chassis.delivery.store import Store
from relevo_contracts import stream_of
from relevo_deploy.reconcile.judgement import Check, judge, lasting
from relevo_deploy.reconcile.reading import read
from relevo_servers import NatsServer

STREAM = stream_of(SCHEDULING)
CAUGHT_UP_SECONDS = 30.0


async def a_flipped_bit(storm: Storm) -> None:
    """Where there is one server, part of a stream is lost: ``relevo verify`` says so, and the outbox fills the gap."""
    await asyncio.sleep(6)
    await _flipped_while_down(storm, storm.stand.nats[0])
    async with _stores(storm) as stores:
        lost = await _lost(storm, stores)
        if not lost:
            storm.history.add(Unsettled(what="a bit flipped in a stream, and nothing said so"))
        rows = await republish_all(stores[SCHEDULING])
        async with asyncio.timeout(CAUGHT_UP_SECONDS):
            while await _lost(storm, stores):
                continue
    storm.mark.places = {**storm.mark.places, STREAM: 0}  # what was lost left its places to others
    storm.notes.append(f"verify missed {lost} events in {STREAM}, {rows} rows of the outbox published again")


async def a_flipped_bit_in_a_cluster(storm: Storm) -> None:
    """Where there are three, nothing is lost: the stream is read from the damaged node in the end."""
    await asyncio.sleep(6)
    leader = (await storm.stand.operator.jetstream().stream_info(STREAM)).cluster
    damaged = next(each for each in storm.stand.nats if leader is None or each.server_name != leader.leader)
    await _flipped_while_down(storm, damaged)
    await _leads(storm, damaged)


async def _flipped_while_down(storm: Storm, server: NatsServer) -> None:
    killed_at = time.monotonic()
    await server.kill()
    storm.kills += 1
    await asyncio.to_thread(_flip, server.folder, storm.chance)
    await server.start(60)
    await passed(storm, server.name, killed_at, answering=time.monotonic())


def _flip(folder: Path, chance: random.Random) -> None:
    """A bit in the second quarter of the stream's largest file."""
    path = max(folder.rglob(f"{STREAM}/msgs/*.blk"), key=lambda each: each.stat().st_size)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content) // 4, len(content) // 2)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


@asynccontextmanager
async def _stores(storm: Storm) -> AsyncIterator[Mapping[str, Store]]:
    store = Store.connected(storm.stand.mongo[0].url, SCHEDULING)
    try:
        yield {SCHEDULING: store}
    finally:
        store.close()


async def _lost(storm: Storm, stores: Mapping[str, Store]) -> int:
    """How many events ``relevo verify`` misses in the stream, in two looks so that none was merely on its way."""
    first = await _judged(storm, stores)
    await asyncio.sleep(0.5)
    last = lasting(first, await _judged(storm, stores))
    return sum(len(each.offences) for each in last if (each.name, each.of) == ("outbox against stream", SCHEDULING))


async def _judged(storm: Storm, stores: Mapping[str, Store]) -> list[Check]:
    return judge(await read(storm.stand.topology, stores, storm.stand.operator))


async def _leads(storm: Storm, node: NatsServer) -> None:
    """Make a node the leader of the stream, which it can be once it has caught up. Raises ``TimeoutError``."""
    asked: dict[str, Any] = {"placement": {"preferred": node.server_name}}
    async with asyncio.timeout(CAUGHT_UP_SECONDS):
        while True:
            info = await storm.stand.operator.jetstream().stream_info(STREAM)
            if info.cluster and info.cluster.leader == node.server_name:
                return
            step_down = f"$JS.API.STREAM.LEADER.STEPDOWN.{STREAM}"
            await storm.stand.operator.request(step_down, json.dumps(asked).encode(), timeout=5)
            await asyncio.sleep(2)
