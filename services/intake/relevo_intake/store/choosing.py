"""What the choosing half keeps: kinds of aggregates, indexes and queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index, Store
from relevo_intake.domain.application import Application
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.progress import Progress
from relevo_intake.domain.review import Panel
from relevo_intake.domain.seating.state import Seating
from relevo_intake.domain.selection.proposal import Selection
from relevo_intake.store.people import APPLICATION

PANEL = Kind("panel", Panel)
SELECTION = Kind("selection", Selection)
SEATING = Kind("seating", Seating)
PARTICIPANT = Kind("participant", Participant)

PROGRESS = Kind("progress", Progress)

KINDS: tuple[Kind[Any], ...] = (PANEL, SELECTION, SEATING, PARTICIPANT, PROGRESS)

INDEXES: Mapping[str, Sequence[Index]] = {
    "application": (Index((("state.assigned", 1), ("_id", 1))),),
    "seating": (Index((("state.unsettled", 1),), where={"state.unsettled": True}),),
    "participant": (Index((("state.edition_id", 1), ("_id", 1))), Index((("state.person_id", 1),))),
}


async def applications_assigned_to(
    store: Store, reviewer_id: str, *, after: str | None, limit: int
) -> list[Application]:
    where = {"assigned": reviewer_id, "state": "submitted"}
    return await store.select(APPLICATION, where, after=after, limit=limit)


async def unsettled_seatings(store: Store) -> list[Seating]:
    """The seatings where a seat or a grant came free since the waitlist was last looked at."""
    return await store.select(SEATING, {"unsettled": True})


async def participants_of_edition(store: Store, edition_id: str, *, after: str | None, limit: int) -> list[Participant]:
    return await store.select(PARTICIPANT, {"edition_id": edition_id}, after=after, limit=limit)


__all__ = [
    "INDEXES",
    "KINDS",
    "PANEL",
    "PARTICIPANT",
    "PROGRESS",
    "SEATING",
    "SELECTION",
    "applications_assigned_to",
    "participant_id_of",
    "participants_of_edition",
    "unsettled_seatings",
]
