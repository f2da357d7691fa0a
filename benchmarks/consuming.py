"""Consuming: events per second through a real consumer, beside the floor and beside what people write by hand."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsMessage, PullSub
from motor.motor_asyncio import AsyncIOMotorClient
from nats.js.api import ConsumerConfig
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from benchmarks.events import ANSWERED, ENROLLED, PARTICIPANT, answer_to, answered, noted, wires
from benchmarks.parts import running
from benchmarks.place import Place
from benchmarks.report import Entry, Goal, in_turn, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting, staged
from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.service.memory import collect_rarely
from relevo_chassis.service.turns import keep_turns_short
from relevo_contracts import Envelope, decode, encode
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.waiting import until

STREAM = "BENCH_CONSUME"
ANSWERS = {"BENCH_ANSWERED": ANSWERED}
"""Made anew for every round: the same events are answered with the same ids, and the server remembers those for two
minutes."""
MOVES = 5
FETCH = 256
LONGEST_SECONDS = 300.0
_MAJORITY = WriteConcern(w="majority", j=True)


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``consume_vs_floor`` and ``consume_vs_per_message``."""
    counts = {"consume_raw": size.events, "consume": size.events, "consume_by_hand": size.events_by_hand}
    rates: dict[str, list[float]] = {name: [] for name in counts}
    seen: list[dict[str, Any]] = []
    async with (
        staged(setting) as stage,
        stage.streams(**{STREAM: ENROLLED}),
        stage.workers(*counts) as workers,
    ):
        await stage.publish(wires(range(size.events), size.events // MOVES))
        for number in range(-1, size.rounds):
            for job in in_turn(number, list(counts)):
                durable, place = f"{job}_{number + 1}", stage.place(with_the_streams=job != "consume")
                events = counts[job] if number >= 0 else counts[job] // 4  # the first warms up
                await stage.durable(STREAM, durable)
                async with stage.streams(**ANSWERS):
                    did = await workers[job].do(job, place, stream=STREAM, durable=durable, events=events)
                if number >= 0:
                    rates[job].append(events / did["seconds"])
                    setting.report(f"round {number + 1}/{size.rounds}: {job} {rates[job][-1]:,.0f} events/s")
                    if job == "consume":
                        once = await took_effect_once(place, events=events, moves=MOVES, published=events)
                        seen.append({**did, "once": once})
                await stage.drop(place)
    return _entries(rates, seen)


def _entries(rates: dict[str, list[float]], seen: list[dict[str, Any]]) -> list[Entry]:
    backlogs = [did["backlog"] for did in seen]
    within = all(backlog <= rate for backlog, rate in zip(backlogs, rates["consume"], strict=True))
    conditions = {"backlog_within_one_second": within, "all_took_effect_once": all(did["once"] for did in seen)}
    raw = {f"{job}_events_per_second": spread(found) for job, found in rates.items()} | {"backlog": backlogs}
    return [
        Entry(
            "consume_vs_floor",
            "events/s with state, sequence and outbox, its relay draining ÷ raw fetch, bulk insert, acknowledge",
            sides(rates["consume"], rates["consume_raw"], "events/s"),
            ratios(rates["consume"], rates["consume_raw"]),
            Goal(0.4),
            conditions=conditions,
            measured=raw,
        ),
        Entry(
            "consume_vs_per_message",
            "the same ÷ what people write by hand: a FastStream handler, one transaction per message",
            sides(rates["consume"], rates["consume_by_hand"], "events/s"),
            ratios(rates["consume"], rates["consume_by_hand"]),
            Goal(8),
            conditions=conditions,
            measured=raw,
        ),
    ]


async def took_effect_once(place: Place, *, events: int, moves: int, published: int) -> bool:
    """Whether so many events moved each aggregate so often, and so many events were told."""
    store = await place.store()
    moved = await store.count(PARTICIPANT, {"moves": moves})
    rows = await store.count_rows(outbox.COLLECTION, {})
    store.close()
    return moved * moves == events and rows == published


async def consume(place: Place, *, stream: str, durable: str, events: int, publishes: bool = True) -> dict[str, Any]:
    """Through the chassis; the clock stops when all is handled, and what waits to be told is counted then."""
    subscription = Subscription(durable, stream, {ParticipantEnrolled: answered if publishes else noted})
    async with running(place, subscription) as parts:
        started, used = time.perf_counter(), time.process_time()
        parts.start()
        await until(lambda: parts.figures.handled >= events, LONGEST_SECONDS)
        seconds = time.perf_counter() - started
        backlog = await parts.backlog()
        await until(parts.all_published, LONGEST_SECONDS)
        used = time.process_time() - used
    return {"seconds": seconds, "cpu_seconds": used, "backlog": backlog}


async def consume_raw(place: Place, *, stream: str, durable: str, events: int) -> dict[str, Any]:
    """The floor: fetch, bulk insert, acknowledge."""
    broker = await place.broker()
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(place.mongo_url)
    collection = client[place.database].get_collection("raw", write_concern=_MAJORITY)
    jetstream = broker.connection.jetstream()
    subscription = await jetstream.pull_subscribe_bind(durable=durable, stream=stream)
    await client.admin.command("ping")
    collect_rarely()
    keep_turns_short()
    started, done = time.perf_counter(), 0
    while done < events:
        messages = await subscription.fetch(FETCH, timeout=5)
        await collection.insert_many([{"_id": each.reply, "body": each.data} for each in messages], ordered=False)
        await asyncio.gather(*(each.ack() for each in messages))
        done += len(messages)
    seconds = time.perf_counter() - started
    await broker.stop()
    client.close()
    return {"seconds": seconds}


async def consume_by_hand(place: Place, *, stream: str, durable: str, events: int) -> dict[str, Any]:
    """What people write: a FastStream handler, one transaction for each message with the same three writes."""
    broker = await place.broker()
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(place.mongo_url)
    store = await place.store()  # makes the collections and indexes
    done = 0

    @broker.subscriber(
        durable=durable,
        config=ConsumerConfig(durable_name=durable),
        stream=JStream(stream, declare=False),
        pull_sub=PullSub(batch_size=FETCH, timeout=5),
        max_workers=FETCH,
        ack_policy=AckPolicy.MANUAL,
        decoder=_undecoded,
    )
    async def handle(message: NatsMessage) -> None:
        nonlocal done
        envelope = decode(message.raw_message.headers or {}, message.raw_message.data)
        await _one_transaction(client, place.database, envelope)
        await message.ack()
        done += 1

    collect_rarely()
    keep_turns_short()
    started = time.perf_counter()
    await broker.start()
    await until(lambda: done >= events, LONGEST_SECONDS)
    seconds = time.perf_counter() - started
    await broker.stop()
    store.close()
    client.close()
    return {"seconds": seconds}


async def _undecoded(message: Any) -> Any:
    return message


async def _one_transaction(client: AsyncIOMotorClient[Any], database: str, envelope: Envelope) -> None:
    event = envelope.event
    if not isinstance(event, ParticipantEnrolled):
        raise TypeError(f"{type(event).__name__} is not what this stream carries")
    id, into = event.aggregate_id, client[database]
    published = encode(
        Envelope(
            id=envelope.id,
            sequence=envelope.sequence,
            time=envelope.time,
            cause_id=envelope.id,
            chain_id=envelope.chain_id,
            event=answer_to(event),
        )
    )
    position = {"_id": id, "sequence": envelope.sequence}
    row = {
        "_id": envelope.id,
        "subject": published.subject,
        "headers": published.headers,
        "body": published.body,
        "sent": False,
    }

    async def write(session: Any) -> None:
        found = await into["participant"].find_one({"_id": id}, session=session)
        moves = (found or {"state": {"moves": 0}})["state"]["moves"] + 1
        state = {"_id": id, "state": {"moves": moves}}
        await into["positions"].replace_one({"_id": id}, position, upsert=True, session=session)
        await into["participant"].replace_one({"_id": id}, state, upsert=True, session=session)
        await into["outbox"].insert_one(row, session=session)

    async with await client.start_session() as session:
        await session.with_transaction(write, read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY)
