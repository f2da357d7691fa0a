"""Selections of a call beside each other, and what one decided about one application, and why (rule 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from relevo_chassis.delivery.change import Asked, Refusal
from relevo_chassis.delivery.store import Store
from relevo_contracts.model import Frozen
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.selections.stored import place_of_reason, selection_of, weighed_in
from relevo_intake.domain import contact
from relevo_intake.domain.application import Application
from relevo_intake.domain.contact import ContactStanding
from relevo_intake.domain.sealed import Language, WhyByHand
from relevo_intake.domain.selection.deciding import ReasonCode, SelectionOutcome
from relevo_intake.domain.selection.proposal import Selection, Share
from relevo_intake.domain.selection.rules import Weighed
from relevo_intake.store.choosing import SEATING, outcome_of, outcomes_of, outcomes_of_people, selections_of_call
from relevo_intake.store.people import CALL, CONTACT, SLICE
from relevo_intake.words import outcome_words

Was = SelectionOutcome | Literal["not_considered"]


class NothingSelected(Refusal):
    """No selection of the call has been computed yet."""

    status = 404


class SelectionsOfDifferentCalls(Refusal):
    """Selections are compared within one call."""

    status = 422
    where = "query.other"


class Difference(Frozen):
    """An application that has a seat in one of two selections and not in the other."""

    application_id: str
    merit: int
    decided: Was
    in_other: Was


class Comparison(Frozen):
    """Two selections of a call: their figures, and who has a seat in one of them only."""

    selection_id: str
    other_id: str
    merit: int
    merit_of_other: int
    shares: tuple[Share, ...]
    shares_of_other: tuple[Share, ...]
    differences: tuple[Difference, ...]


class Explained(Frozen):
    """What a selection decided about an application, and why. ``place`` is in the order of merit.

    ``standing`` says why it was not considered when it was not: another of the same contact stands, or it has left.
    """

    application_id: str
    selection_id: str
    decided: Was
    standing: ContactStanding
    merit: int | None = Field(default=None, description="basis points")
    merit_of_last_seat: int
    place: int | None = None
    considered: int
    rank: int | None = Field(default=None, description="on the waitlist")
    reason: ReasonCode | None = None
    words: dict[Language, str] = Field(default_factory=dict)
    counted_for: tuple[str, ...] = Field(default=(), description="codes of the quotas that the person counts for")
    by_hand: bool = False
    decided_by: str | None = Field(default=None, description="who decided it by hand")
    why_by_hand: str | None = None


async def selections_in_order(store: Store, call_id: str) -> list[Selection]:
    """The selections of a call, the newest first."""
    found = await selections_of_call(store, call_id)
    return sorted(found, key=lambda each: (each.proposed_at, each.selection_id), reverse=True)


async def compared(store: Store, selection_id: str, other_id: str) -> Comparison:
    """Raises ``NoSuchSelection``, ``SelectionsOfDifferentCalls``, or that one of them was not computed."""
    one, other = await selection_of(store, selection_id), await selection_of(store, other_id)
    one.must_be_computed()
    other.must_be_computed()
    if one.call_id != other.call_id:
        raise SelectionsOfDifferentCalls(selection_id=selection_id, other_id=other_id)
    gained = [_difference(row, row["decided"], was) for row, was in await _seated_only_in(store, one, other)]
    lost = [_difference(row, was, row["decided"]) for row, was in await _seated_only_in(store, other, one)]
    return Comparison(
        selection_id=selection_id,
        other_id=other_id,
        merit=one.merit,
        merit_of_other=other.merit,
        shares=one.shares,
        shares_of_other=other.shares,
        differences=(*gained, *lost),
    )


async def _seated_only_in(store: Store, one: Selection, other: Selection) -> list[tuple[Mapping[str, Any], Was]]:
    """The rows of those with a seat in one selection, and what the other decided instead."""
    found = list[tuple[Mapping[str, Any], Was]]()
    for first in range(0, one.offered, SLICE):
        rows = await outcomes_of(store, one.selection_id, first=first, limit=min(SLICE, one.offered - first))
        there = await outcomes_of_people(store, other.selection_id, [row["person_id"] for row in rows])
        was: dict[str, Was] = {row["application_id"]: row["decided"] for row in there}
        found += [(row, was.get(row["application_id"], "not_considered")) for row in rows]
    return [each for each in found if each[1] != "offered"]


def _difference(row: Mapping[str, Any], decided: Was, in_other: Was) -> Difference:
    return Difference(application_id=row["application_id"], merit=row["merit"], decided=decided, in_other=in_other)


@dataclass(frozen=True, slots=True)
class SeeExplanation:
    """Of which application, and of which selection; ``None`` for the applied or latest one."""

    application_id: str
    selection_id: str | None


async def see_explanation(office: Office, query: SeeExplanation, asked: Asked) -> Explained:
    """Why an application was decided as it was, for a coordinator; what is opened for it is put on record.

    Of the selection that was applied, or the latest that was computed, unless one is named. Raises
    ``NoSuchApplication``, ``NothingSelected``, ``NoSuchSelection``.
    """
    store, application_id = office.store, query.application_id
    application = await application_of(store, application_id)
    selection = await _selection(store, application, query.selection_id)
    row = await outcome_of(store, selection.selection_id, application.person_id)
    unconsidered = Explained(
        application_id=application_id,
        selection_id=selection.selection_id,
        decided="not_considered",
        standing=await _standing(store, application),
        merit_of_last_seat=selection.merit_of_last_seat,
        considered=selection.considered,
    )
    if row is None:
        return unconsidered
    decided = {name: row[name] for name in ("decided", "merit", "place", "rank", "by_hand")}
    return (await _why(office, selection, row, asked)).model_copy(
        update={**unconsidered.model_dump(include={"standing"}), **decided}
    )


async def _selection(store: Store, application: Application, selection_id: str | None) -> Selection:
    if selection_id is None:
        seating = await store.state(SEATING(application.call_id))
        selection_id = (seating.selection_id or seating.proposed_id) if seating else None
    if selection_id is None:
        raise NothingSelected(call_id=application.call_id)
    selection = await selection_of(store, selection_id)
    selection.must_be_computed()
    if selection.call_id != application.call_id:
        raise NothingSelected(call_id=application.call_id)
    return selection


async def _standing(store: Store, application: Application) -> ContactStanding:
    named = await store.state(CONTACT(application.contact_id)) if application.contact_id else None
    call = await store.state(CALL(application.call_id))
    if named is None or call is None:
        return "gone"
    return contact.standing(named, application.application_id, closed=call.closed)


async def _why(office: Office, selection: Selection, row: Mapping[str, Any], asked: Asked) -> Explained:
    """What was sealed of it: the reason, what was counted, why by hand. Nothing of who was erased."""
    person_id, application_id = row["person_id"], row["application_id"]
    adjustment = next((each for each in selection.adjustments if each.application_id == application_id), None)
    fields = [Weighed.field_set, *([place_of_reason(adjustment.selection_id)] if adjustment else [])]
    vault = office.vault
    await record_reading(office.commits, asked, "selection", fields, [person_id])
    weighed = weighed_in([row], await vault.keys_of([person_id], Weighed)).get(person_id)
    why = await vault.open(person_id, fields[-1], WhyByHand) if adjustment and weighed else None
    return Explained(
        application_id=application_id,
        selection_id=selection.selection_id,
        decided=row["decided"],
        standing="stands",
        merit_of_last_seat=selection.merit_of_last_seat,
        considered=selection.considered,
        reason=weighed.reason if weighed else None,
        words=outcome_words(weighed.reason) if weighed and weighed.reason else {},
        counted_for=weighed.marks if weighed else (),
        decided_by=adjustment.decided_by if adjustment else None,
        why_by_hand=why.text if why else None,
    )
