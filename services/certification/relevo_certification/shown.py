"""How certification shows people: to whom a name is opened, and what for (rule 18). Nothing else shows one."""

from __future__ import annotations

from typing import Literal

from relevo_certification.domain.sealed import Identity
from relevo_chassis.people.shown import Level, Person, Showing

Audience = Literal["anybody", "bearer", "holder", "coordinator"]
"""``bearer`` is whoever has the paper in hand; ``anybody`` has the link."""
Purpose = Literal["verification", "own", "casework"]

SHOWING = Showing[Audience, Purpose](
    {
        ("anybody", "verification"): Level.AS_CHOSEN,
        ("bearer", "verification"): Level.NAME,
        ("holder", "own"): Level.NAME,
        ("coordinator", "casework"): Level.NAME,
    }
)


def name_shown(identity: Identity, to: Audience, purpose: Purpose) -> str | None:
    """What is shown in place of the name; ``None`` where nothing is."""
    return SHOWING.shown(Person(identity.name, is_open=identity.named), to, purpose).words
