"""What one transaction writes, and the two calls that the committer makes of a store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]


class Insert(NamedTuple):
    """A document that must not exist yet."""

    document: Document


class Replace(NamedTuple):
    """A document that must still be as it was read: ``guard`` names the fields and values it had."""

    id: str
    guard: Mapping[str, Any]
    document: Document


class Touch(NamedTuple):
    """A document that was relied on: it must be as it was read, and whoever read it before loses the race."""

    id: str
    guard: Mapping[str, Any]


class Put(NamedTuple):
    """A document written whole, whether it existed or not."""

    id: str
    document: Document


class Remove(NamedTuple):
    """A document that is gone afterwards, whether it existed or not."""

    id: str


class Keep(NamedTuple):
    """A document written unless it exists; one that is there stays as it is."""

    id: str
    document: Document


class Claim(NamedTuple):
    """A document that must still be as it was read and is gone afterwards: whoever claims it, has it alone."""

    id: str
    guard: Mapping[str, Any]


Write = Insert | Replace | Touch | Claim | Put | Keep | Remove
Batch = Mapping[str, Sequence[Write]]


class Conflict(Exception):
    """Somebody else wrote first; nothing of the batch was written."""


class Duplicate(Conflict):
    """An id or a unique value of the batch is taken; nothing of it was written."""


class Unwritable(Exception):
    """Something of the batch cannot be stored, now or later; nothing of it was written."""


class Backend(Protocol):
    """What a committer needs of a store."""

    async def fetch(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, Document]]:
        """Documents by collection and id, those that exist, all as they stood at one instant.

        One round trip for all. What a position says took effect is there to be seen in the aggregates.
        """
        ...

    async def write(self, batch: Batch) -> None:
        """Write all of the batch or nothing, journaled by a majority; one round trip for each collection.

        Raises ``Conflict`` when a guard fails, ``Duplicate`` when an id or unique value is taken, ``Unwritable`` for
        what no store would take, ``Busy`` when nothing was written for another reason, ``Unknown`` when that cannot be
        told.
        """
        ...
