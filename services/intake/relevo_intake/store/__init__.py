"""What intake keeps, of both halves: people and choosing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index
from relevo_chassis.people.erasures import Erased
from relevo_intake.store import choosing, people

KINDS: tuple[Kind[Any], ...] = (*people.KINDS, *choosing.KINDS)
COLLECTIONS: tuple[str, ...] = (people.LETTERS, choosing.OUTCOMES)
ERASED = Erased(people.PERSON, {"erased_at": {"$ne": None}}, person_id="person_id", also=(people.LETTERS,))
"""Whom the store knows to be erased (rule 14)."""

INDEXES: Mapping[str, Sequence[Index]] = {
    name: (*people.INDEXES.get(name, ()), *choosing.INDEXES.get(name, ()))
    for name in sorted({*people.INDEXES, *choosing.INDEXES})
}
