"""Storms of what goes wrong with messages, durables and streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from nats.js.errors import NotFoundError
from tests.chaos import gathering
from tests.chaos.ends import SCHEDULING, TRACKING
from tests.chaos.faults import passed
from tests.chaos.history import Poison
from tests.chaos.stand import DOMAIN_TIME, WITNESS
from tests.chaos.storm import Storm
from tests.chaos.witness.main import POISONED_EDITION

from relevo_chassis.delivery.republish import Range, republish
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_contracts import SERVICES, Envelope, Requirements, Wire, derived_id, encode, stream_of
from relevo_contracts.intake import ParticipantEnrolled
from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.jetstream import JetStream


async def poisoned(storm: Storm) -> None:
    """One message in a hundred cannot be taken, each in another way; it is set aside and all else flows."""
    until = time.monotonic() + (4 if storm.short else 40)
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
    storm.rest_seconds = 90


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
    """The last thousand events of each service come again, three times within the duplicate window and then after it,
    in any order."""
    await asyncio.sleep(1 if storm.short else 10)
    wires = await _last_emitted(storm)
    for _ in range(3):
        await _published_again(storm, wires)
    await _with_windows(storm, 10**8)
    await asyncio.sleep(0.5)
    before = await _lengths(storm)
    storm.chance.shuffle(wires)
    await _published_again(storm, wires)
    await _with_windows(storm, None)
    storm.notes.append(f"{await _lengths(storm) - before} messages stand in the streams that were there before")


async def _last_emitted(storm: Storm) -> list[Wire]:
    found = []
    wanted = {"subject": {"$gte": "events.", "$lt": "events/"}, "sent": True}
    for service in storm.stand.services:
        async for row in storm.stand.database[service]["outbox"].find(wanted).sort("order", -1).limit(1_000):
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
        if service in SERVICES:
            total += (await jetstream.stream_info(stream_of(service))).state.messages
    return total


async def a_deleted_durable(storm: Storm) -> None:
    """The durables of two services are deleted in the midst of it all; made anew, they begin at the beginning."""
    jetstream = storm.stand.operator.jetstream()
    services = (SCHEDULING, TRACKING)
    for service in services:
        await jetstream.delete_consumer(stream_of("intake"), f"{service}_intake")
    await asyncio.sleep(3)
    for service in services:
        found = await storm.stand.one(service).readiness()
        if found is None or found["ready"]:
            storm.notes.append(f"{service} calls itself ready without its durable")
    began = time.monotonic()
    await storm.stand.apply_topology()
    await passed(storm, "durables", began)


async def a_lost_stream(storm: Storm) -> None:
    """Scheduling's stream is gone with everything in it and rebuilt from the outbox, while commands keep coming."""
    stream = stream_of(SCHEDULING)
    await asyncio.sleep(6)
    before = (await storm.stand.operator.jetstream().stream_info(stream)).state.messages
    await storm.stand.operator.jetstream().delete_stream(stream)
    url = storm.stand.mongo[0].url
    store = Store.connected(url, SCHEDULING)
    await asyncio.sleep(1)
    try:
        rows = await republish_all(store)
    finally:
        store.close()
    await storm.stand.apply_topology()
    storm.mark.places = {**storm.mark.places, stream: 0}
    await _regrown(storm, stream, rows)
    storm.notes.append(f"{before} messages were lost, {rows} rows of the outbox published again")


async def republish_all(store: Store) -> int:
    """All rows of an outbox go to the relay again; returns how many."""
    rows, after = 0, 0
    while True:
        part = await republish(store, Range(), after=after)
        rows += part.republished
        if part.next is None:
            return rows
        after = part.next


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
