"""Erasures, done again: a restored backup of the keys may be older than one (rule 14)."""

from __future__ import annotations

from relevo_certification.store import CERTIFICATE
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.erasures import destroy_again


async def replay_erasures(store: Store) -> int:
    """Destroy again what was destroyed before, ahead of taking anything in. Returns how many were erased."""
    erased = await store.select(CERTIFICATE, {"erased": True})
    return await destroy_again(store, (each.participant_id for each in erased))
