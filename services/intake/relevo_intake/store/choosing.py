"""What the choosing half keeps: kinds of aggregates, indexes and queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from relevo_chassis.delivery.change import Kind
from relevo_chassis.delivery.store import Index, Store
from relevo_intake.domain.application import Application
from relevo_intake.domain.participant import Participant
from relevo_intake.domain.progress import ParticipantProgress
from relevo_intake.domain.review import Panel
from relevo_intake.domain.seating.state import Seating
from relevo_intake.domain.selection.proposal import Selection
from relevo_intake.store.people import APPLICATION

PANEL = Kind("panel", Panel)
SELECTION = Kind("selection", Selection)
SEATING = Kind("seating", Seating)
PARTICIPANT = Kind("participant", Participant)

PROGRESS = Kind("progress", ParticipantProgress)

OUTCOMES = "selection_outcomes"
"""What a selection decided about each application, a row for each, in the order offered, waitlisted, turned down."""

KINDS: tuple[Kind[Any], ...] = (PANEL, SELECTION, SEATING, PARTICIPANT, PROGRESS)

INDEXES: Mapping[str, Sequence[Index]] = {
    "application": (
        Index((("state.assigned", 1), ("_id", 1), ("state.call_id", 1)), where={"state.assigned": {"$gt": ""}}),
    ),
    "seating": (Index((("state.unsettled", 1),), where={"state.unsettled": True}),),
    "selection": (Index((("state.call_id", 1), ("_id", 1))),),
    OUTCOMES: (Index((("person_id", 1), ("_id", 1))),),
    "participant": (Index((("state.edition_id", 1), ("_id", 1))), Index((("state.person_id", 1),))),
}


def outcome_id(selection_id: str, number: int) -> str:
    """Of the ``number``-th row of a selection, from 0."""
    return f"{selection_id}/{number:07}"


async def outcomes_of(store: Store, selection_id: str, *, first: int, limit: int) -> list[dict[str, Any]]:
    """Rows of a selection from the ``first`` on, in their order."""
    where = {"_id": {"$gte": outcome_id(selection_id, first), "$lt": outcome_id(selection_id, first + limit)}}
    return await store.rows(OUTCOMES, where, sort=[("_id", 1)], limit=limit)


async def outcome_of(store: Store, selection_id: str, person_id: str) -> dict[str, Any] | None:
    """What a selection decided about one person's application, if it considered it."""
    found = await store.rows(OUTCOMES, {"person_id": person_id, "_id": _all_of(selection_id)}, limit=1)
    return found[0] if found else None


async def outcomes_of_people(store: Store, selection_id: str, person_ids: Iterable[str]) -> list[dict[str, Any]]:
    return await store.rows(OUTCOMES, {"person_id": {"$in": sorted(set(person_ids))}, "_id": _all_of(selection_id)})


async def drop_outcomes(store: Store, selection_id: str) -> int:
    """Remove the rows of a selection that does not count."""
    return await store.remove_rows(OUTCOMES, {"_id": _all_of(selection_id)})


def _all_of(selection_id: str) -> dict[str, str]:
    return {"$gte": f"{selection_id}/", "$lt": f"{selection_id}0"}


async def selections_of_call(store: Store, call_id: str) -> list[Selection]:
    return await store.select(SELECTION, {"call_id": call_id})


async def being_computed(store: Store, call_id: str | None = None) -> list[Selection]:
    """The selections that are being computed, of one call or of all."""
    return await store.select(SELECTION, {"state": "computing", **({"call_id": call_id} if call_id else {})})


async def unnotified_selections(store: Store) -> list[Selection]:
    """Applied selections of which not everybody has been written to."""
    return [each for each in await store.select(SELECTION, {"state": "applied"}) if each.has_unnotified]


async def applications_assigned_to(
    store: Store, reviewer_id: str, *, after: str | None, limit: int, call_id: str | None = None
) -> list[Application]:
    """Those that were not withdrawn, of one call or of all."""
    where = {"assigned": reviewer_id, "state": "submitted", **({"call_id": call_id} if call_id else {})}
    return await store.select(APPLICATION, where, after=after, limit=limit)


async def applications_reviewed_by(store: Store, reviewer_id: str, call_id: str, *, limit: int) -> list[Application]:
    where = {"call_id": call_id, "reviews.reviewer_id": reviewer_id, "state": "submitted"}
    return await store.select(APPLICATION, where, limit=limit)


async def seatings_to_refill(store: Store) -> list[Seating]:
    """The seatings where a seat or a grant came free since the waitlist was last looked at."""
    return await store.select(SEATING, {"unsettled": True})


async def participants_of_edition(store: Store, edition_id: str, *, after: str | None, limit: int) -> list[Participant]:
    return await store.select(PARTICIPANT, {"edition_id": edition_id}, after=after, limit=limit)
