"""The raw parts of a hop, one at a time on quiet servers: what it would take if nothing came between them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from nats.js import JetStreamContext
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from benchmarks.events import wires
from benchmarks.place import Place
from relevo_contracts import Wire

WARM = 20
PAUSE_SECONDS = 0.002
COLLECTIONS = ("participant", "positions", "outbox")
_MAJORITY = WriteConcern(w="majority", j=True)

Seconds = dict[str, list[float]]


async def timed(place: Place, *, stream: str, durable: str, times: int) -> dict[str, Any]:
    """Seconds of each part, so many times: a majority journaled insert, a publish to a stream that syncs until it is
    acknowledged, from then until a fetch that waits has it, a majority journaled transaction as an effect has it."""
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(place.mongo_url)
    database = client.get_database(place.database, write_concern=_MAJORITY)
    for collection in COLLECTIONS:
        await database.create_collection(collection)
    broker = await place.broker()
    jetstream = broker.connection.jetstream()
    subscription = await jetstream.pull_subscribe_bind(durable=durable, stream=stream)
    parts: Seconds = {"insert": [], "publish": [], "delivery": [], "transaction": []}
    for number, wire in enumerate(wires(range(WARM + times), WARM + times)):
        parts["insert"].append(await _insert(database, number, wire))
        for name, seconds in zip(("publish", "delivery"), await _handed_on(jetstream, subscription, wire), strict=True):
            parts[name].append(seconds)
        parts["transaction"].append(await _effect(client, database, number, wire))
        await asyncio.sleep(PAUSE_SECONDS)
    await broker.stop()
    client.close()
    return {name: seconds[WARM:] for name, seconds in parts.items()}


async def _insert(database: AsyncIOMotorDatabase[Any], number: int, wire: Wire) -> float:
    began = time.perf_counter()
    await database["outbox"].insert_one(_row(f"told {number}", wire))
    return time.perf_counter() - began


async def _handed_on(
    jetstream: JetStreamContext, subscription: JetStreamContext.PullSubscription, wire: Wire
) -> tuple[float, float]:
    fetching = asyncio.create_task(_fetched(subscription))
    await asyncio.sleep(PAUSE_SECONDS)  # it waits at the server by now
    began = time.perf_counter()
    await jetstream.publish(wire.subject, wire.body, headers=wire.headers)
    acknowledged = time.perf_counter()
    return acknowledged - began, max(0.0, await fetching - acknowledged)


async def _fetched(subscription: JetStreamContext.PullSubscription) -> float:
    """When it came."""
    [message] = await subscription.fetch(1, timeout=5)
    came = time.perf_counter()
    await message.ack()
    return came


async def _effect(
    client: AsyncIOMotorClient[Any], database: AsyncIOMotorDatabase[Any], number: int, wire: Wire
) -> float:
    began = time.perf_counter()
    async with await client.start_session() as session:
        session.start_transaction(read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY)
        await database["participant"].insert_one({"_id": number, "state": {"moves": 1}}, session=session)
        await database["positions"].insert_one({"_id": number, "sequence": 1}, session=session)
        await database["outbox"].insert_one(_row(f"answered {number}", wire), session=session)
        await session.commit_transaction()
    return time.perf_counter() - began


def _row(id: str, wire: Wire) -> dict[str, Any]:
    return {"_id": id, "subject": wire.subject, "headers": wire.headers, "body": wire.body, "sent": False}
