"""What is kept of the on-site week: when it is, and who stated what they need for it. That itself lies in the vault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index, Store
from relevo_intake.domain.needs import StatedNeeds, Week
from relevo_intake.domain.participant import Participant
from relevo_intake.store.choosing import participants_of_edition
from relevo_intake.store.people import BEFORE_ALL, SLICE

NEEDS = Kind("needs", StatedNeeds)
WEEK = Kind("week", Week)

KINDS: tuple[Kind[Any], ...] = (NEEDS, WEEK)

_KEPT: Mapping[str, Any] = {"$gt": BEFORE_ALL}

INDEXES: Mapping[str, Sequence[Index]] = {
    "needs": (Index((("state.edition_id", 1), ("_id", 1)), where={"state.changed_at": _KEPT}),),
    "week": (Index((("state.needs", 1), ("_id", 1)), where={"state.needs": "going"}),),
}


async def enrolled_in_edition(store: Store, edition_id: str) -> list[Participant]:
    """Whoever takes part, in the order of their ids. Read some at a time."""
    enrolled, after = list[Participant](), None
    while found := await participants_of_edition(store, edition_id, after=after, limit=SLICE):
        enrolled += [each for each in found if each.state == "enrolled"]
        after = found[-1].participant_id
    return enrolled


async def kept_needs(store: Store, edition_id: str, *, limit: int) -> list[StatedNeeds]:
    """Of whom something is kept."""
    return await store.select(NEEDS, {"edition_id": edition_id, "changed_at": _KEPT}, limit=limit)


async def weeks_going(store: Store) -> list[Week]:
    """Of which what was needed is to be destroyed."""
    return await store.select(WEEK, {"needs": "going"})
