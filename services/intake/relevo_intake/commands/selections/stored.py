"""The record of a selection, and what was weighed of somebody in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import PersonKey, Vault
from relevo_intake.commands.calls import existing
from relevo_intake.domain.selection.proposal import NoSuchSelection, Selection
from relevo_intake.domain.selection.rules import Weighed
from relevo_intake.store.choosing import SELECTION, outcomes_of_people
from relevo_intake.store.people import CALL, counted, slices


def place_of_reason(selection_id: str) -> str:
    """The field set under which the reason of an adjustment made in that selection is sealed."""
    return f"adjustment-{selection_id}"


async def selection_of(store: Store, selection_id: str) -> Selection:
    """Raises ``NoSuchSelection``."""
    found = await store.state(SELECTION(selection_id))
    if found is None:
        raise NoSuchSelection(selection_id=selection_id)
    return found


async def outdated(store: Store, selection: Selection) -> dict[str, int]:
    """What has changed since of all that a proposal was computed from; nothing for one that was applied."""
    if selection.state not in ("proposed", "infeasible"):
        return {}
    call = existing(await store.state(CALL(selection.call_id)), selection.call_id)
    return selection.outdated(call, await counted(store, selection.call_id))


def signature(vault: Vault, selection: Selection) -> str:
    """A keyed hash of the record that stands when the inputs are gone."""
    return vault.keyed_hash("selection-record", json.dumps(selection.signed_part(), sort_keys=True))


def weighed_in(rows: Iterable[Mapping[str, Any]], keys: Mapping[str, PersonKey]) -> dict[str, Weighed]:
    """What was weighed of people, by person; of whoever is erased, nothing. To be put on record first."""
    return {
        row["person_id"]: weighed
        for row in rows
        if row["sealed"] is not None and row["person_id"] in keys
        if (weighed := keys[row["person_id"]].open(Weighed.field_set, Weighed, bytes(row["sealed"])))
    }


async def weighed_of(store: Store, vault: Vault, selection_id: str, person_ids: Iterable[str]) -> dict[str, Weighed]:
    """What a selection weighed of these people, by person, opened some at a time. To be put on record first."""
    found = dict[str, Weighed]()
    for some in slices(list(person_ids)):
        rows = await outcomes_of_people(store, selection_id, some)
        opened = weighed_in(rows, await vault.keys_of(some, Weighed))
        found.update((person_id, one) for person_id, one in opened.items() if one.selection_id == selection_id)
    return found
