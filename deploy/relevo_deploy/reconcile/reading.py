"""Reads the evidence: MongoDB and JetStream as somebody who may read and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from sys import intern
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from relevo_chassis.delivery.digest import digest_of
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.stream import messages, place_of
from relevo_contracts import SERVICES, Unreadable, decode_head, stream_of
from relevo_deploy.reconcile.evidence import Durable, Evidence, OutboxRow, ParkedMessage, Position, Stored, Stream
from relevo_deploy.reconcile.scope import AGGREGATES, PARKED_FIELDS, WHOLE, Share, audited
from relevo_deploy.topology.files import Consumer, Topology
from relevo_deploy.topology.jetstream import JetStream


async def count_events(stores: Mapping[str, Store]) -> int:
    """How many there are to read. Raises ``Busy``."""
    return sum([await store.count_rows("outbox", {}) for store in stores.values()])


async def read(topology: Topology, stores: Mapping[str, Store], client: Client, share: Share = WHOLE) -> Evidence:
    """All about a share of the aggregates of the services whose stores are given.

    Raises ``Busy``, ``StreamUnread`` or ``NatsError``.
    """
    services = tuple(stores)
    jetstream = JetStream(client)
    durables = [await _durable(jetstream, each) for each in topology.consumers if _is_between(each, services)]
    positions = {each.name: await _positions(stores[each.service], each.name, share) for each in durables}
    parked = {each.name: await _parked(stores[each.service], each.name, share) for each in durables}
    aggregates = {service: await _aggregates(store, service, share) for service, store in stores.items()}
    read_at = datetime.now(UTC)
    outboxes = {service: await _outbox(store, share) for service, store in stores.items()}
    streams = {service: await _stream(jetstream, client, stream_of(service), share) for service in services}
    return Evidence(read_at, services, outboxes, aggregates, streams, tuple(durables), positions, parked)


def _is_between(consumer: Consumer, services: tuple[str, ...]) -> bool:
    """Whether a durable leads from one of these services to one of these."""
    return bool(_service_of(consumer) in services and _producer_of(consumer) in services)


def _service_of(consumer: Consumer) -> str | None:
    return next((each for each in SERVICES if consumer.name.startswith(f"{each}_")), None)


def _producer_of(consumer: Consumer) -> str | None:
    return next((each for each in SERVICES if stream_of(each) == consumer.stream), None)


async def _durable(jetstream: JetStream, consumer: Consumer) -> Durable:
    found = await jetstream.durable(consumer.stream, consumer.name)
    return Durable(
        consumer.name,
        _service_of(consumer) or "",
        _producer_of(consumer) or "",
        frozenset(subject.split(".")[2] for subject in consumer.config["filter_subjects"]),
        found is not None,
        int(found["ack_floor"]["stream_seq"]) if found else 0,
    )


async def _positions(store: Store, durable: str, share: Share) -> dict[str, Position]:
    mine = {"consumer": durable, "_id": share.where("[^/]+/")}
    rows = store.every("positions", mine, ("sequence", "parked", "taken"))
    return {row["_id"].partition("|")[2]: _position(row) async for row in rows}


def _position(row: Mapping[str, Any]) -> Position:
    return Position(row["sequence"], bool(row["parked"]), row.get("taken"))


async def _parked(store: Store, durable: str, share: Share) -> dict[str, ParkedMessage]:
    rows = store.every(audited("parked"), {"consumer": durable}, PARKED_FIELDS)
    return {row["_id"]: _parked_message(row) async for row in rows if share.has(_aggregate_id(row["position_id"]))}


def _aggregate_id(lane: str | None) -> str | None:
    return lane.partition("/")[2] if lane else None


def _parked_message(row: Mapping[str, Any]) -> ParkedMessage:
    if row["position_id"] is None:
        return ParkedMessage(f"message {row['stream_sequence']} ({row['code']})")
    lane, sequence = row["position_id"].partition("|")[2], row["sequence"]
    return ParkedMessage(f"{lane} {sequence} ({row['code']})", lane, sequence, row["digest"])


async def _aggregates(store: Store, service: str, share: Share) -> dict[str, int]:
    counted = {}
    for kind in AGGREGATES[service]:
        some = {"sequence": {"$gt": 0}, "_id": share.where("")}
        async for row in store.every(audited(kind), some, ("sequence",)):
            counted[f"{kind}/{row['_id']}"] = int(row["sequence"])
    return counted


async def _outbox(store: Store, share: Share) -> dict[str, tuple[OutboxRow, ...]]:
    fields = ("lane", "sequence", "sent", "sent_at", "committed_at", "republished_at", "subject", "headers", "body")
    lanes: dict[str, list[OutboxRow]] = defaultdict(list)
    async for row in store.every("outbox", {"sequence": {"$exists": True}, "lane": share.where("[^/]+/")}, fields):
        again = row.get("republished_at")
        moved = (row.get("sent_at") if row["sent"] else again) or row["committed_at"]
        published = OutboxRow(
            row["_id"], int(row["sequence"]), row["sent"], again is not None, moved, digest_of_row(row)
        )
        lanes[row["lane"]].append(published)
    return {lane: tuple(rows) for lane, rows in lanes.items()}


def digest_of_row(row: Mapping[str, Any]) -> bytes | None:
    """The digest of what a row of an outbox says; nothing when that cannot be read."""
    try:
        return digest_of(row["subject"], decode_head(row["headers"]), row["body"])
    except (Unreadable, KeyError, TypeError, AttributeError):
        return None


async def _stream(jetstream: JetStream, client: Client, name: str, share: Share) -> Stream:
    found = await jetstream.stream(name)
    if found is None:
        return Stream(name)
    last, keeps_seconds = found["state"]["last_seq"], found["config"].get("max_age", 0) / 10**9
    stored = [
        one async for each in messages(client, name, last) if share.has(_aggregate_id((one := _stored(each)).lane))
    ]
    return Stream(name, True, keeps_seconds, tuple(stored), found["created"])


def _stored(message: Msg) -> Stored:
    place = place_of(message)
    try:
        head = decode_head(message.headers or {})
    except Unreadable:
        return Stored(place, None, None, None)
    digest = digest_of((message.headers or {})["Nats-Subject"], head, message.data)
    return Stored(place, head.id, intern(f"{head.aggregate}/{head.aggregate_id}"), head.sequence, digest)
