"""What is no longer kept of a person although they are still there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from relevo_chassis.kept import EndedData, end
from relevo_contracts.intake import PersonData, PersonDataDestroyed
from relevo_contracts.model import Event


def destroy(
    before: EndedData | None, person_id: str, retention: str, now: datetime
) -> tuple[EndedData, Sequence[Event]]:
    """End one retention class of a person, once and for good; told by its code alone."""
    code = cast(PersonData, retention)
    event = PersonDataDestroyed(person_id=person_id, retention_class=code, destroyed_at=now)
    return end(before, person_id, retention, now, event)
