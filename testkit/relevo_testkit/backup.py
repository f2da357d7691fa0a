"""A backup of a service's store, and its restore: what was written since is gone, what was removed since is back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.records import chain
from relevo_chassis.people.root import ROOT
from relevo_chassis.people.vault import KEYS, SEALED

Backup = dict[str, list[dict[str, Any]]]


async def backed_up(store: Store, kinds: Iterable[Kind[Any]], collections: Iterable[str] = ()) -> Backup:
    """All that a service keeps, as it stands, while nobody writes."""
    names = {*INDEXES, *chain.INDEXES, ROOT.name, KEYS, SEALED, *collections, *(kind.name for kind in kinds)}
    return {name: [row async for row in store.every(name)] for name in sorted(names)}


async def restored(store: Store, backup: Backup) -> None:
    """As the backup says and not otherwise, while nobody writes."""
    for name, rows in backup.items():
        await store.remove_rows(name, {})
        for row in rows:
            await store.insert(name, row)
