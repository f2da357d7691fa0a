"""Waits until everything has come to rest, and writes down what is in the stores and the streams then."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from tests.chaos.history import (
    Consumes,
    Emitted,
    Overview,
    Parked,
    Poison,
    Position,
    Record,
    State,
    Stored,
    Unsettled,
)
from tests.chaos.stand import WITNESS, Stand

from relevo_contracts import BY_TYPE, SERVICES, decode_head, stream_of
from relevo_deploy.deployed import PORTAL

REST_SECONDS = 60.0
READ_SECONDS = 30.0
_WITHOUT_EVENTS = ("roster", "reach", "followed")
_EVENTS = {"subject": {"$gte": "events.", "$lt": "events/"}}


@dataclass
class Mark:
    """Where a storm began: what was there before is none of its business."""

    at: datetime
    places: Mapping[str, int] = field(default_factory=dict)


async def mark(stand: Stand) -> Mark:
    """Remember how long each stream is now."""
    places = {}
    for service in SERVICES:
        info = await stand.operator.jetstream().stream_info(stream_of(service))
        places[stream_of(service)] = info.state.last_seq
    return Mark(datetime.now(UTC), places)


async def come_to_rest(stand: Stand, seconds: float = REST_SECONDS) -> list[Unsettled]:
    """Wait until nothing waits to be told and nothing to be handled; what still does when the time is over."""
    until = time.monotonic() + seconds
    calm = 0
    while True:
        waits = [each async for each in _waiting(stand)]
        calm = 0 if waits else calm + 1
        if calm >= 2:
            return []
        if time.monotonic() > until:
            return [Unsettled(what=each) for each in waits]
        await asyncio.sleep(0.25)


async def _waiting(stand: Stand) -> AsyncIterator[str]:
    for service in stand.services:
        unsent = await stand.database[service]["outbox"].count_documents({"sent": False})
        if unsent:
            yield f"{unsent} rows of the outbox of {service} are unsent"
    for consumer in stand.topology.consumers:
        try:
            info = await stand.operator.jetstream().consumer_info(consumer.stream, consumer.name)
        except (NatsError, TimeoutError) as away:
            yield f"{consumer.name} cannot be seen ({type(away).__name__})"
            continue
        if pending := (info.num_pending or 0) + (info.num_ack_pending or 0):
            yield f"{consumer.name} has {pending} messages before it"


async def gathered(stand: Stand, since: Mark, planted: Mapping[str, float]) -> list[Record]:
    """The records of what was told since, and of everything that it touched.

    ``planted`` are the ids of poison messages and when they were put into their stream.
    """
    emitted = [each for service in stand.services for each in await _born_since(stand, service, since)]
    concerned = {(each.service, each.aggregate, each.aggregate_id) for each in emitted}
    editions = {str(each.facts.get("edition_id")) for each in emitted}
    records: list[Record] = [*emitted]
    for service in stand.services:
        records += [each async for each in _states(stand, service, concerned, editions)]
        records += [each async for each in _positions(stand, service, concerned)]
        records += [each async for each in _parked(stand, service, since, planted)]
    for service in SERVICES:
        records += await _stored(stand, stream_of(service), since, concerned, emitted)
    records += _consumes(stand)
    if PORTAL in stand.services:
        begun = {str(each.facts["edition_id"]) for each in emitted if each.type == "ProgrammePublished"}
        records += [await _overview(stand, edition_id) for edition_id in sorted(begun)]
    return records


async def _born_since(stand: Stand, service: str, since: Mark) -> list[Emitted]:
    """What was told since of aggregates that are not older: the whole of their lives."""
    emitted = [each async for each in _emitted(stand, service, since)]
    lanes = {f"{each.aggregate}/{each.aggregate_id}" for each in emitted}
    first = {f"{each.aggregate}/{each.aggregate_id}" for each in emitted if each.sequence == 1}
    before = {"lane": {"$in": [*(lanes - first)]}, "committed_at": {"$lt": since.at}}
    old = set(await stand.database[service]["outbox"].distinct("lane", before)) if lanes - first else set()
    return [each for each in emitted if f"{each.aggregate}/{each.aggregate_id}" not in old]


async def _emitted(stand: Stand, service: str, since: Mark) -> AsyncIterator[Emitted]:
    wanted = {**_EVENTS, "committed_at": {"$gte": since.at}}
    async for row in stand.database[service]["outbox"].find(wanted):
        head = decode_head(row["headers"])
        yield Emitted(
            service=service,
            event_id=head.id,
            type=BY_TYPE[head.type].model.__name__,
            aggregate=head.aggregate,
            aggregate_id=head.aggregate_id,
            sequence=head.sequence,
            order=row["order"],
            cause_id=head.cause_id,
            sent=row["sent"],
            again="republished_at" in row,
            facts=json.loads(row["body"]),
        )


async def _states(
    stand: Stand, service: str, concerned: set[tuple[str, str, str]], editions: set[str]
) -> AsyncIterator[State]:
    database = stand.database[service]
    for name in {aggregate for of, aggregate, _ in concerned if of == service} | {*_WITHOUT_EVENTS}:
        ids = [id for of, aggregate, id in concerned if (of, aggregate) == (service, name)]
        if name in ("roster", "reach"):
            ids = [*editions]
        elif name == "followed":
            ids = [f"{aggregate}/{id}" for _, aggregate, id in concerned]
        async for row in database[name].find({"_id": {"$in": ids}}):
            yield _state(service, name, row)
    if service != WITNESS:
        async for state in _onlookers(stand, service, concerned):
            yield state


async def _onlookers(stand: Stand, service: str, concerned: set[tuple[str, str, str]]) -> AsyncIterator[State]:
    """States that follow from others' events and have told nothing of their own."""
    name = {"scheduling": "attendance", "multiplier_tracking": "commitment", "certification": "certificate"}.get(
        service
    )
    if name is None:
        return
    known = [id for of, aggregate, id in concerned if (of, aggregate) == (service, name)]
    people = [id for of, aggregate, id in concerned if aggregate == "participant"]
    wanted = {"_id": {"$nin": known}, "state.participant_id": {"$in": people}}
    async for row in stand.database[service][name].find(wanted):
        yield _state(service, name, row)


def _state(service: str, aggregate: str, row: Mapping[str, Any]) -> State:
    return State(
        service=service,
        aggregate=aggregate,
        aggregate_id=row["_id"],
        version=row["version"],
        sequence=row["sequence"],
        facts=json.loads(json.dumps(row["state"], default=str)),
    )


async def _positions(stand: Stand, service: str, concerned: set[tuple[str, str, str]]) -> AsyncIterator[Position]:
    places = {f"{aggregate}/{id}" for _, aggregate, id in concerned}
    async for row in stand.database[service]["positions"].find({}):
        place = row["_id"].partition("|")[2]
        if place in places:
            aggregate, _, id = place.partition("/")
            yield Position(
                consumer=row["consumer"],
                aggregate=aggregate,
                aggregate_id=id,
                sequence=row["sequence"],
                parked=row["parked"],
            )


async def _parked(stand: Stand, service: str, since: Mark, planted: Mapping[str, float]) -> AsyncIterator[Parked]:
    async for row in stand.database[service]["parked"].find({"parked_at": {"$gte": since.at}}):
        id = row["headers"].get("Nats-Msg-Id", row["headers"].get("ce-id", ""))
        after = row["parked_at"].timestamp() - planted[id] if id in planted else None
        yield Parked(consumer=row["consumer"], event_id=id, code=row["code"], after_seconds=after)


async def _stored(
    stand: Stand, stream: str, since: Mark, concerned: set[tuple[str, str, str]], emitted: Iterable[Emitted]
) -> list[Record]:
    """The stream from where the storm began, or from its first message when it is shorter now than it was then."""
    state = (await stand.operator.jetstream().stream_info(stream)).state
    first = since.places.get(stream, 0)
    places = {(aggregate, id) for _, aggregate, id in concerned}
    ids = {each.event_id for each in emitted}
    found: list[Record] = []
    strangers: dict[str, Stored] = {}
    async for place, headers in _read(stand, stream, first + 1 if state.last_seq >= first else 1, state.last_seq):
        id = headers.get("Nats-Msg-Id", "")
        head = decode_head(headers) if "ce-subject" in headers and "ce-sequence" in headers else None
        if head is None:
            continue
        record = Stored(
            stream=stream,
            place=place,
            event_id=head.id or id,
            aggregate=head.aggregate,
            aggregate_id=head.aggregate_id,
            sequence=head.sequence,
        )
        if head.id in ids or (head.aggregate, head.aggregate_id) in places:
            found.append(record)
        else:
            strangers[head.id] = record
    known = await _known(stand, strangers)
    return [*found, *(each for id, each in strangers.items() if id not in known)]


async def _known(stand: Stand, ids: Iterable[str]) -> set[str]:
    """Those of the ids that stand in an outbox: repeats of what was told before the storm."""
    wanted = [*ids]
    known: set[str] = set()
    for service in stand.services if wanted else ():
        async for row in stand.database[service]["outbox"].find({"_id": {"$in": wanted}}, {"_id": 1}):
            known.add(row["_id"])
    return known


async def _read(stand: Stand, stream: str, first: int, last: int) -> AsyncIterator[tuple[int, Mapping[str, str]]]:
    """Headers, each at its place; goes on where it was interrupted, because a cluster may be electing."""
    place, until = first - 1, time.monotonic() + READ_SECONDS
    while place < last:
        try:
            async for at, headers in _read_once(stand, stream, place + 1, last):
                place = at
                yield place, headers
        except (NatsError, TimeoutError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.5)


async def _read_once(stand: Stand, stream: str, first: int, last: int) -> AsyncIterator[tuple[int, Mapping[str, str]]]:
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        headers_only=True,
        inactive_threshold=30,
    )
    reader = await stand.operator.jetstream().pull_subscribe(
        f"events.{stream[7:].lower()}.>", stream=stream, config=config
    )
    place = 0
    try:
        while place < last:
            for message in await reader.fetch(500, timeout=10):
                place = message.metadata.sequence.stream
                yield place, message.headers or {}
    finally:
        await reader.unsubscribe()


async def _overview(stand: Stand, edition_id: str) -> Overview:
    """As staff are shown it. Raises ``HTTPError``."""
    bearer = {"Authorization": f"Bearer {stand.token('coordinator', ['coordinator'], PORTAL)}"}
    found = await stand.http.get(f"{stand.one(PORTAL).url}/editions/{edition_id}/overview", headers=bearer)
    return Overview(edition_id=edition_id, counts=found.raise_for_status().json()["total"])


def _consumes(stand: Stand) -> list[Record]:
    found: list[Record] = []
    for consumer in stand.topology.consumers:
        owner = consumer.name.removesuffix(f"_{consumer.stream[7:].lower()}")
        if owner in stand.services and consumer.is_of_whole_aggregates:
            aggregates = tuple(subject.split(".")[2] for subject in consumer.config["filter_subjects"])
            found.append(Consumes(consumer=consumer.name, source=consumer.stream[7:].lower(), aggregates=aggregates))
    return found


def poison(event_id: str, aggregate: str, aggregate_id: str, stand: Stand, stream: str) -> Poison:
    """The record of a message that everybody who is told of this aggregate has to set aside."""
    consuming = [each for each in _consumes(stand) if isinstance(each, Consumes)]
    consumers = tuple(
        each.consumer for each in consuming if stream_of(each.source) == stream and aggregate in each.aggregates
    )
    return Poison(event_id=event_id, aggregate=aggregate, aggregate_id=aggregate_id, consumers=consumers)
