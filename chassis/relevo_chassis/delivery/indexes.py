"""The collections that the delivery needs in every service's store, with their indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relevo_chassis.delivery import deadlines, lease, outbox, parked, rebuild
from relevo_chassis.delivery.group import DEADLINES, ONCE, POSITIONS
from relevo_chassis.delivery.store import Index

INDEXES: Mapping[str, Sequence[Index]] = {
    outbox.COLLECTION: (Index((("order", 1), ("_id", 1)), where={"sent": False}),),
    parked.COLLECTION: (Index((("position_id", 1), ("sequence", 1))), Index((("consumer", 1), ("parked_at", 1)))),
    DEADLINES: deadlines.INDEXES,
    POSITIONS: (),
    ONCE: (),
    lease.COLLECTION: (),
    rebuild.COLLECTION: (),
}
