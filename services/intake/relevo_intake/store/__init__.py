"""What intake keeps: of people, of choosing, of what they need for the week and what they write to the secretariat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index
from relevo_chassis.kept import OF_THE_SERVICE, KeptRows
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import Erased
from relevo_contracts.intake import PersonDataDestroyed
from relevo_intake.domain import ended
from relevo_intake.domain.kept import ADDRESSEE, BEGUN, CAME_IN, LETTER, LOST_CODE, SELECTED, WATCHED_BY, WEIGHED
from relevo_intake.domain.sealed import IDENTITY, RETENTIONS
from relevo_intake.store import choosing, grants, guarding, needs, people, threads

ENDING = Ending(PersonDataDestroyed, RETENTIONS, ended.destroy, people.present_of, people.require_present)
"""How what is kept of a person ends before they are erased."""

_ROOMS = (people, choosing, needs, threads, guarding, grants)
KINDS: tuple[Kind[Any], ...] = (*(kind for each in _ROOMS for kind in each.KINDS), ENDING.kind)
COLLECTIONS: tuple[str, ...] = (
    people.LETTERS,
    people.SESSIONS,
    people.LOST,
    people.WATCHERS,
    choosing.OUTCOMES,
    guarding.BEGINNINGS,
)
ERASED = Erased(people.PERSON, {"erased_at": {"$ne": None}}, person_id="person_id", also=(people.LETTERS,))
"""Whom the store knows to be erased (rule 14)."""

INDEXES: Mapping[str, Sequence[Index]] = {
    name: tuple(index for each in _ROOMS for index in each.INDEXES.get(name, ()))
    for name in sorted({name for each in _ROOMS for name in each.INDEXES})
}

ROWS: Mapping[str, Sequence[KeptRows]] = {
    people.LETTERS: (
        KeptRows(LETTER, ("person_id", "kind", "facts", "queued_at", "state", "because", "code")),
        KeptRows(LETTER, ("attempts", "outages", "next_at", "sent_at", "failed_at", "dropped_at")),
        KeptRows(LETTER, ("gathers_until", "gathered_in", "of")),
        KeptRows(replace(ADDRESSEE, under=IDENTITY), ("to",)),
    ),
    people.SESSIONS: (KeptRows(CAME_IN, ("application_id", "receipt_hash", "ends_at")),),
    people.LOST: (KeptRows(LOST_CODE, ("asked_at",)), KeptRows(replace(LOST_CODE, under=OF_THE_SERVICE), ("sealed",))),
    people.WATCHERS: (KeptRows(replace(WATCHED_BY, under=OF_THE_SERVICE), ("sealed",)),),
    guarding.BEGINNINGS: (KeptRows(BEGUN, ("call_id", "ends_at", "count")),),
    choosing.OUTCOMES: (
        KeptRows(SELECTED, ("application_id", "person_id", "decided", "merit", "place", "rank", "by_hand")),
        KeptRows(replace(WEIGHED, under=IDENTITY), ("sealed",)),
    ),
}
"""Why what lies beside the aggregates is kept."""
