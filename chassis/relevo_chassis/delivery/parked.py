"""Messages set aside: what could not be handled is kept with its reason, tells the dead-letter subject, and holds the
later events of its own aggregate behind it until it is retried or dropped; everything else flows."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from relevo_chassis.delivery import outbox
from relevo_chassis.delivery.change import Row, Source
from relevo_chassis.delivery.writes import Document
from relevo_contracts import Wire, derived_id

COLLECTION = "parked"
_ATTRIBUTE = re.compile(r"ce-[a-z0-9]+", re.IGNORECASE)


class Message(NamedTuple):
    """A message as a durable delivered it; ``stream_sequence`` is its place in the stream."""

    durable: str
    subject: str
    headers: Mapping[str, str]
    body: bytes
    stream_sequence: int
    deliveries: int


def rows(message: Message, source: Source | None, code: str, reason: str) -> tuple[Row, Row]:
    """The rows that set a message aside: itself with its reason, and what the dead-letter subject is told.

    An event has one row for its place in the sequence of its aggregate, wherever in the stream it stands: what is
    delivered again from a rebuilt stream is set aside once.
    """
    place = (source.position_id, source.sequence) if source else (message.durable, message.stream_sequence)
    id = derived_id("parked", *place)
    document: Document = {
        "consumer": message.durable,
        "position_id": source.position_id if source else None,
        "sequence": source.sequence if source else None,
        "subject": message.subject,
        "headers": {name: value for name, value in message.headers.items() if "\0" not in name},
        "body": message.body,
        "digest": source.digest if source else None,
        "stream_sequence": message.stream_sequence,
        "code": code,
        "reason": reason,
        "parked_at": datetime.now(UTC),
    }
    headers = {name: value for name, value in message.headers.items() if _ATTRIBUTE.fullmatch(name)}
    headers |= {
        "Nats-Msg-Id": id,
        "relevo-parked-because": code,
        "relevo-stream-sequence": str(message.stream_sequence),
    }
    wire = Wire(f"dlq.{message.durable}", headers, b"")
    letter = outbox.notice(id, f"dlq/{message.durable}", time.time_ns() // 1000, wire)
    return Row(COLLECTION, id, document, keep=True), Row(outbox.COLLECTION, id, letter, keep=True)


def message(document: Document) -> Message:
    """The message of a row, as it was delivered."""
    return Message(
        document["consumer"],
        document["subject"],
        document["headers"],
        bytes(document["body"]),
        document["stream_sequence"],
        1,
    )
