"""Erasures, done again: a restored backup may be older than one (rule 14)."""

from __future__ import annotations

from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.vault import KEYS, SEALED
from relevo_multiplier_tracking.store import COMMITMENT

AT_A_TIME = 1_000


async def replay_erasures(store: Store) -> int:
    """Destroy again what was destroyed before, ahead of taking anything in. Returns how many were erased."""
    erased = [each.participant_id for each in await store.select(COMMITMENT, {"erased_at": {"$ne": None}})]
    for start in range(0, len(erased), AT_A_TIME):
        some = {"$in": erased[start : start + AT_A_TIME]}
        await store.remove_rows(KEYS, {"_id": some})
        await store.remove_rows(SEALED, {"person_id": some})
    return len(erased)
