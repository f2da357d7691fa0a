"""What multiplier tracking opens sealed texts for. Whoever opens any is put on record before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from relevo_chassis.delivery.change import Asked
from relevo_chassis.kept import Sealed
from relevo_chassis.people.readings import Readings
from relevo_chassis.people.vault import SEALED, PersonKey
from relevo_multiplier_tracking.commands.office import Office

Purpose = Literal["casework", "support", "own"]
S = TypeVar("S", bound=Sealed)

record_reading = Readings[Purpose]().record


class Opened:
    """Some field sets of one person, read in two round trips."""

    def __init__(self, key: PersonKey | None, sealed: Mapping[str, bytes]) -> None:
        self._key = key
        self._sealed = sealed

    def get(self, field_set: str, model: type[S]) -> S | None:
        """``None`` for what was never given or has ended, and for everything of somebody who was erased."""
        if self._key is None or field_set not in self._sealed:
            return None
        return self._key.open(field_set, model, self._sealed[field_set])


async def opened(office: Office, purpose: Purpose, person_id: str, field_sets: Sequence[str], asked: Asked) -> Opened:
    """Open field sets of one person, after it is on record that they are."""
    if not field_sets:
        return Opened(None, {})
    await record_reading(office.commits, asked, purpose, field_sets, [person_id])
    key = (await office.vault.keys_of([person_id])).get(person_id)
    wanted = {"_id": {"$in": [f"{person_id}/{each}" for each in field_sets]}}
    rows = await office.store.rows(SEALED, wanted) if key else []
    return Opened(key, {row["_id"].partition("/")[2]: bytes(row["sealed"]) for row in rows})
