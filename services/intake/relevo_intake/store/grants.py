"""What is kept of who may do what in which edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index, Store
from relevo_intake.domain.grants import Grants

GRANTS = Kind("grant", Grants)

KINDS: tuple[Kind[Any], ...] = (GRANTS,)

INDEXES: Mapping[str, Sequence[Index]] = {"grant": (Index((("state.editions.edition_id", 1), ("_id", 1))),)}


async def grants_in_edition(store: Store, edition_id: str, *, after: str | None, limit: int) -> list[Grants]:
    """Whoever was ever given anything there, in the order of their ids."""
    return await store.select(GRANTS, {"editions.edition_id": edition_id}, after=after, limit=limit)
