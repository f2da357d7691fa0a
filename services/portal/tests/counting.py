"""Events of an edition for the overview, each at its place among those of its aggregate."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from relevo_contracts import Envelope, Event, derived_id
from relevo_contracts.asyncapi import example

EDITION = derived_id("edition", "2019-2")
AT = datetime(2019, 10, 25, 12, tzinfo=UTC)


class Publishing:
    """Makes events, and numbers them as the outboxes of the services would."""

    def __init__(self, edition_id: str = EDITION) -> None:
        self.edition_id = edition_id
        self.events: list[Envelope] = []
        self._sequences = Counter[tuple[str, str]]()

    def __call__(self, event: type[Event], *, later: float = 0.0, **fields: Any) -> Envelope:
        """One event, so many days later than ``AT``."""
        made = example(event).model_copy(update={"edition_id": self.edition_id, **fields})
        place = (event.aggregate, made.aggregate_id)
        self._sequences[place] += 1
        sequence = self._sequences[place]
        id = derived_id("event", *place, sequence)
        at = AT + timedelta(days=later)
        envelope = Envelope(id=id, sequence=sequence, time=at, cause_id=id, chain_id=id, event=made)
        self.events.append(envelope)
        return envelope


def id_of(what: str, number: int) -> str:
    return derived_id(what, number)
