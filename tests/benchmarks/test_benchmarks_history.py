"""History that is laid down is what the committer itself would have left behind."""

from __future__ import annotations

from benchmarks.consuming import consume, took_effect_once
from benchmarks.events import ANSWERED, ENROLLED, wires
from benchmarks.history import laid_down
from benchmarks.place import Place

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.store import Store
from relevo_servers import MongoServer, NatsServer
from relevo_testkit.streams import Streams

EVENTS, AGGREGATES, NEW = 60, 12, 24


async def test_a_consumer_goes_on_where_history_ends(
    mongo_server: MongoServer, nats_server: NatsServer, mongo_database: str, streams: Streams
) -> None:
    place = Place(mongo_server.url, nats_server.url, mongo_database)
    written = await laid_down(place, durable="flat", events=EVENTS, aggregates=AGGREGATES)
    assert written == {"participant": AGGREGATES, "positions": AGGREGATES, outbox.COLLECTION: EVENTS}
    assert await took_effect_once(place, events=EVENTS, moves=EVENTS // AGGREGATES, published=EVENTS)
    await streams.make("FLAT", [ENROLLED])
    await streams.make("ANSWERED", [ANSWERED])
    await streams.durable("FLAT", "flat")
    for wire in wires(range(EVENTS, EVENTS + NEW), AGGREGATES):
        await streams.publish(wire)
    assert (await consume(place, stream="FLAT", durable="flat", events=NEW))["seconds"] > 0
    assert await took_effect_once(
        place, events=EVENTS + NEW, moves=(EVENTS + NEW) // AGGREGATES, published=EVENTS + NEW
    )
    store = Store.connected(place.mongo_url, place.database)
    assert await store.count_rows(outbox.COLLECTION, outbox.UNSENT) == 0
    store.close()
    assert len(await streams.stored("ANSWERED")) == NEW
