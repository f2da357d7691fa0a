"""What is compared, and as whom it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from relevo_contracts import CONTRACTS, SERVICES
from relevo_deploy.servers.administration import View

AUDITOR = "auditor"
EVENTS_AT_ONCE = 500_000
_DIGITS = "0123456789abcdef"
AGGREGATES: Mapping[str, Sequence[str]] = {
    service: sorted({each.model.aggregate for each in CONTRACTS if each.model.service == service})
    for service in SERVICES
}
"""Of each service, the kinds of aggregate that tell events."""

PARKED_FIELDS = ("consumer", "position_id", "sequence", "code", "stream_sequence", "digest")
"""What is compared of an event that was set aside: neither what it says nor why it was."""


def audited(collection: str) -> str:
    """The view of a collection that shows what is compared of it."""
    return f"audit.{collection}"


VIEWS: Sequence[View] = [
    view
    for service, aggregates in AGGREGATES.items()
    for view in (
        View(service, audited("parked"), "parked", PARKED_FIELDS),
        *(View(service, audited(kind), kind, ("sequence",)) for kind in aggregates),
    )
]
"""Of an aggregate its id and how many events it told, and of what was set aside what is compared."""

AUDITED: Mapping[str, Sequence[str]] = {
    service: ["outbox", "positions", *(view.name for view in VIEWS if view.database == service)] for service in SERVICES
}
"""What is read, by database: neither an aggregate's state, nor the vault or its keys."""


class Share(NamedTuple):
    """Some of all aggregates, by the first character of their ids: what agrees, agrees within one aggregate.

    ``first`` is a class of characters as in a regular expression. The last share has what no other has, and what
    belongs to no aggregate.
    """

    first: str
    last: bool

    def where(self, before: str) -> Mapping[str, Any]:
        """The condition on a field in which ids come after what matches ``before``."""
        return {"$regex": f"^{before}{self.first}"}

    def has(self, id: str | None) -> bool:
        return self.last if id is None else re.match(self.first, id) is not None


WHOLE = Share(".", True)


def shares(events: int) -> list[Share]:
    """As many shares as keep each to some ``EVENTS_AT_ONCE``, sixteen at most. Each reads the streams once."""
    number = next((each for each in (1, 2, 4, 8) if events <= each * EVENTS_AT_ONCE), 16)
    if number == 1:
        return [WHOLE]
    digits = [_DIGITS[at : at + 16 // number] for at in range(0, 16, 16 // number)]
    return [*(Share(f"[{each}]", False) for each in digits[:-1]), Share(f"[^{''.join(digits[:-1])}]", True)]
