"""What is kept of a person outside the vault: which ids were theirs, until the link is destroyed (rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from relevo_chassis.kept import Kept
from relevo_contracts.intake import PersonErased
from relevo_contracts.model import Event, Frozen
from relevo_intake.domain.kept import FORGOTTEN


class Person(Frozen):
    """A person who was erased. Until then nothing needs to be known here."""

    kept: ClassVar[Kept] = FORGOTTEN

    person_id: str
    erased_at: datetime | None = None


def erase(
    person: Person | None, person_id: str, applications: Sequence[str], participants: Sequence[str], now: datetime
) -> tuple[Person, Sequence[Event]]:
    """Erase a person, once: the ids go out so that each service does its own part, and then point to nobody."""
    if person is not None and person.erased_at is not None:
        return person, ()
    return Person(person_id=person_id, erased_at=now), (
        PersonErased(
            person_id=person_id,
            application_ids=tuple(applications),
            participant_ids=tuple(participants),
            erased_at=now,
        ),
    )
