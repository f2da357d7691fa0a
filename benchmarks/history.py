"""Years in a minute: a store as its service would have left it after so many events, and a stream that holds them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.write_concern import WriteConcern

from benchmarks.events import answered, envelope
from benchmarks.place import Place
from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import Change, Source
from relevo_chassis.delivery.group import Group
from relevo_chassis.delivery.store import CODEC
from relevo_chassis.delivery.writes import Insert
from relevo_contracts.intake import ParticipantEnrolled

TOGETHER = 1_000
_UNJOURNALED = WriteConcern(w=1, j=False)


async def laid_down(place: Place, *, durable: str, events: int, aggregates: int) -> dict[str, Any]:
    """Write what the committer would have written for events 0, 1, 2 …, with everything told; returns row counts.

    The documents are the committer's own. They are synced to disk, and a majority has them, before this returns.
    """
    if events % aggregates:
        raise ValueError("every aggregate has as many events as the others")
    store = await place.store()
    store.close()
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(place.mongo_url)
    database = client.get_database(place.database, codec_options=CODEC, write_concern=_UNJOURNALED)
    written: dict[str, int] = {}
    for changes in _together(durable, events, aggregates):
        documents = _documents(changes)
        await asyncio.gather(*(database[name].insert_many(rows, ordered=False) for name, rows in documents.items()))
        for name, rows in documents.items():
            written[name] = written.get(name, 0) + len(rows)
    await client.admin.command("fsync")
    last = {"appendOplogNote": 1, "data": {"laid_down": durable}, "writeConcern": {"w": "majority"}}
    await client.admin.command(last)
    client.close()
    return written


def _together(durable: str, events: int, aggregates: int) -> Iterator[list[Change]]:
    """The changes of so many aggregates at a time, of each all of them, in their order."""
    for first in range(0, aggregates, TOGETHER):
        some = range(first, min(first + TOGETHER, aggregates))
        yield [_change(durable, turn + each, aggregates) for turn in range(0, events, aggregates) for each in some]


def _change(durable: str, number: int, aggregates: int) -> Change:
    enrolled_envelope = envelope(number, aggregates)
    if not isinstance(enrolled_envelope.event, ParticipantEnrolled):
        raise TypeError(f"{type(enrolled_envelope.event).__name__} is not what these streams carry")
    source = Source(
        durable, enrolled_envelope.event.aggregate, enrolled_envelope.event.aggregate_id, enrolled_envelope.sequence
    )
    return replace(answered(enrolled_envelope.event, enrolled_envelope), source=source)


def _documents(changes: list[Change]) -> dict[str, list[dict[str, Any]]]:
    """What one transaction would insert for all of them, as the relay leaves it."""
    group = Group(changes)
    refused = [outcome for outcome in group.decide({}) if isinstance(outcome, Exception)]
    if refused:
        raise refused[0]
    batch = group.batch()
    documents = {
        name: [write.document for write in writes if isinstance(write, Insert)] for name, writes in batch.items()
    }
    sent = {"sent": True, "sent_at": datetime.now(UTC)}
    documents[outbox.COLLECTION] = [{**row, **sent} for row in documents[outbox.COLLECTION]]
    return documents
