"""Consuming: events per second through a real consumer, beside the floor and beside what people write by hand."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import uvloop
from faststream import AckPolicy
from faststream.nats import JStream, NatsMessage, PullSub
from nats.js.api import ConsumerConfig

from benchmarks.stage import Stage, published, wires
from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.consume import Consumers, Subscription
from relevo_chassis.delivery.lease import Lease
from relevo_chassis.delivery.relay import JetStream, Relay
from relevo_chassis.edge.memory import collect_rarely
from relevo_chassis.testing.behaviour import PARTICIPANT, Seat, withdrawn
from relevo_chassis.testing.waiting import until
from relevo_contracts import Envelope, decode, encode
from relevo_contracts.intake import ParticipantEnrolled

IN, OUT = "BENCH_IN", "BENCH_OUT"


def _handle(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """State, sequence and one event of its own."""
    ref = PARTICIPANT(event.participant_id)

    def decide(found: Found) -> Decision:
        seat = found[ref] or Seat()
        told = withdrawn(int(event.participant_id, 16))
        return Decision(states=[New(ref, Seat(moves=seat.moves + 1))], events=[told])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


async def ours(stage: Stage, events: int, durable: str) -> float:
    """Through the chassis: FastStream subscriber, committer, relay draining."""
    store, broker = await stage.store(), await stage.broker()
    committer = Committer(store)
    committer.start()
    relay = Relay(store, JetStream(lambda: broker.connection), Lease(store, "relay", "bench"), committer.told)
    relay.start()
    consumers = Consumers(
        broker, [Subscription(durable, IN, {ParticipantEnrolled: _handle})], committer, inbox_prefix=b"_INBOX"
    )
    collect_rarely()
    started = time.perf_counter()
    consumers.start()
    await until(lambda: consumers.each[0].figures.handled >= events, 600)
    seconds = time.perf_counter() - started
    backlog = await store.count_rows("outbox", {"sent": False})
    await consumers.stop()
    print(f"    backlog {backlog}")
    await committer.close()
    await relay.close()
    await broker.stop()
    store.close()
    return events / seconds


async def floor(stage: Stage, events: int, durable: str) -> float:
    """Raw: fetch, bulk insert, acknowledge."""
    store = await stage.store()
    subscription = await stage.streams.jetstream.pull_subscribe_bind(durable=durable, stream=IN)
    collection = store._database["raw"]
    started, done = time.perf_counter(), 0
    while done < events:
        messages = await subscription.fetch(256, timeout=5)
        await collection.insert_many([{"_id": each.reply, "body": each.data} for each in messages], ordered=False)
        await asyncio.gather(*(each.ack() for each in messages))
        done += len(messages)
    seconds = time.perf_counter() - started
    await subscription.unsubscribe()
    store.close()
    return events / seconds


async def by_hand(stage: Stage, events: int, durable: str) -> float:
    """What people write: a FastStream handler, one transaction for each message with the same three writes."""
    store, broker = await stage.store(), await stage.broker()
    client, database = store._client, store._database
    done = 0

    @broker.subscriber(
        durable=durable,
        config=ConsumerConfig(durable_name=durable),
        stream=JStream(IN, declare=False),
        pull_sub=PullSub(batch_size=256, timeout=5),
        max_workers=256,
        ack_policy=AckPolicy.MANUAL,
        decoder=_same,
    )
    async def handle(message: NatsMessage) -> None:
        nonlocal done
        envelope = decode(message.raw_message.headers or {}, message.raw_message.data)
        await _one_transaction(client, database, envelope)
        await message.ack()
        done += 1

    started = time.perf_counter()
    await broker.start()
    await until(lambda: done >= events, 600)
    seconds = time.perf_counter() - started
    await broker.stop()
    store.close()
    return events / seconds


async def _same(message: Any) -> Any:
    return message


async def _one_transaction(client: Any, database: Any, envelope: Envelope) -> None:
    id = envelope.event.aggregate_id
    told = Envelope(
        id=envelope.id,
        sequence=envelope.sequence,
        time=envelope.time,
        cause_id=envelope.id,
        chain_id=envelope.chain_id,
        event=withdrawn(int(id, 16)),
    )

    async def write(session: Any) -> None:
        found = await database["participant"].find_one({"_id": id}, session=session)
        moves = (found or {"state": {"moves": 0}})["state"]["moves"] + 1
        await database["positions"].replace_one(
            {"_id": id}, {"_id": id, "sequence": envelope.sequence}, upsert=True, session=session
        )
        await database["participant"].replace_one(
            {"_id": id}, {"_id": id, "state": {"moves": moves}}, upsert=True, session=session
        )
        wire = encode(told)
        await database["outbox"].insert_one(
            {"_id": envelope.id, "headers": wire.headers, "body": wire.body, "sent": False}, session=session
        )

    async with await client.start_session() as session:
        await session.with_transaction(write)


async def main(stage: Stage, events: int, hand: int, rounds: int) -> None:
    await stage.streams.make(OUT, ["events.intake.participant.withdrawn.>"])
    await stage.streams.make(IN, ["events.intake.participant.enrolled.>"])
    await published(stage.streams, wires(events, events // 5))
    for number in range(rounds):
        for name, measure, count in (("floor", floor, events), ("ours", ours, events), ("by hand", by_hand, hand)):
            durable = f"{name.replace(' ', '_')}_{number}"
            await stage.streams.durable(IN, durable)
            print(name, round(await measure(stage, count, durable)))


if __name__ == "__main__":
    from benchmarks.stage import staged

    async def go() -> None:
        async with staged() as stage:
            await main(stage, 20_000, 1500, 2)

    uvloop.run(go())
