"""The outbox: what must be told, written where it was decided and published by the relay alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.writes import Document
from relevo_contracts import Envelope, Wire, encode

COLLECTION = "outbox"
UNSENT = {"sent": False, "order": {"$gte": 0}}
"""The rows that were not acknowledged yet; it names ``order`` so that even counting them uses their index."""
COMMITTED_AT = "relevo-committed-at"
"""When an event of a trace was committed (process time, milliseconds): what is told late is no part of it any more."""


class Unsent(NamedTuple):
    """A row of the outbox that was not acknowledged yet. ``lane`` is what it must stay in order with.

    ``sequence`` counts the rows of a lane without a hole; 0 where nobody counts. ``again`` is when an operator had it
    told again.
    """

    id: str
    lane: str
    order: int
    wire: Wire
    sequence: int
    again: datetime | None


def row(envelope: Envelope, order: int) -> Document:
    """The outbox row of an event; ``order`` grows along each aggregate, whatever the clocks of the replicas say."""
    lane = f"{envelope.contract.model.aggregate}/{envelope.event.aggregate_id}"
    wire = encode(envelope)
    if envelope.traceparent is not None:
        wire.headers[COMMITTED_AT] = str(time.time_ns() // 10**6)
    return _document(envelope.id, lane, order, wire) | {"sequence": envelope.sequence}


def notice(id: str, lane: str, order: int, wire: Wire) -> Document:
    """The outbox row of a message that is no event of an aggregate: a dead letter."""
    return _document(id, lane, order, wire)


def unsent(document: Document) -> Unsent:
    wire = Wire(document["subject"], document["headers"], bytes(document["body"]))
    sequence, again = document.get("sequence", 0), document.get("republished_at")
    return Unsent(document["_id"], document["lane"], document["order"], wire, sequence, again)


def _document(id: str, lane: str, order: int, wire: Wire) -> dict[str, Any]:
    return {
        "_id": id,
        "lane": lane,
        "order": order,
        "subject": wire.subject,
        "headers": wire.headers,
        "body": wire.body,
        "committed_at": datetime.now(UTC),
        "sent": False,
    }
