"""What a store makes for a service: collections and indexes, however often it is asked."""

from __future__ import annotations

from typing import Any

from relevo_chassis.delivery.store import Index, Store

ENDING = Index((("ends_at", 1),), expires=True)


async def test_a_row_whose_index_ends_it_goes_when_its_instant_is_over(mongo_store: Store) -> None:
    """mongod looks once a minute, so that it has been told is what is held here; it is told once."""
    for _ in range(2):
        await mongo_store.prepare(("sessions",), {"sessions": (ENDING,)})
    collection: Any = mongo_store._database["sessions"]
    indexes = {each["name"]: each async for each in collection.list_indexes()}
    assert indexes.keys() == {"_id_", "ends_at_1"}
    assert indexes["ends_at_1"]["expireAfterSeconds"] == 0
