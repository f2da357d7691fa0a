"""A selection applied: seats offered in one commit, then letters to all the others in portions (rules 3 and 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Asked, Change, Decided, Decision, Found, New, Ref, Repeat, Row, unrepeated
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gates_in
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import by_the_service, on_behalf, record_reading
from relevo_intake.commands.refilling import offer_rows, travel_codes
from relevo_intake.commands.selections.opening import CallIsStillOpen
from relevo_intake.commands.selections.stored import selection_of, weighed_in
from relevo_intake.domain.seating import offers
from relevo_intake.domain.seating.state import Waiting
from relevo_intake.domain.selection.proposal import NoSuchSelection, Selection
from relevo_intake.domain.selection.rules import Weighed
from relevo_intake.letters import letter_row
from relevo_intake.store.choosing import SEATING, SELECTION, outcomes_of, unnotified_selections
from relevo_intake.store.people import APPLICATION, CALL, SLICE, gates_of
from relevo_intake.words import LetterKind

NOTIFIED_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class ApplySelection:
    """After ``refill_until`` a seat that comes free stays free."""

    selection_id: str
    refill_until: datetime | None


@dataclass(frozen=True, slots=True)
class NotifyOthers:
    """The applied selection whose letters to all who have no seat are to be written."""

    selection_id: str


async def apply_selection(office: Office, command: ApplySelection, asked: Asked) -> Selection | Repeat:
    """Offer the seats and fill the waitlist, then write to the rest (``notify_others``).

    Raises ``SelectionIsOutdated`` when anything that it was computed from has changed: looked at in the transaction
    itself, at all the call's gates, each of which is written by whatever changes something (rule 17).
    """
    store, selection_id, now = office.store, command.selection_id, asked.now
    selection = await selection_of(store, selection_id)
    rows = await _rows(store, selection)
    offered, waiting = ([_waiting(row) for row in rows if row["decided"] == what] for what in ("offered", "waitlisted"))
    codes = await _travel(office, selection, rows[: selection.offered], on_behalf(asked))
    ref, seating_ref, call_ref = SELECTION(selection_id), SEATING(selection.call_id), CALL(selection.call_id)
    gate_refs = gates_of(selection.call_id)

    def decide(found: Found) -> Decision[Selection]:
        present, seating = found[ref], found[seating_ref]
        call = existing(found[call_ref], selection.call_id)
        if present is None or seating is None:
            raise NoSuchSelection(selection_id=selection_id)
        if not call.closed:
            raise CallIsStillOpen(call_id=call.call_id)
        offers.may_apply(seating, present)
        present.must_be_current(call, gates_in(found, call.call_id))
        applied, done, events = offers.apply(
            seating,
            present,
            offered,
            waiting,
            codes,
            offer_days=call.requirements.offer_days,
            refill_until=command.refill_until,
            now=now,
            by=asked.by,
        )
        letters = [row for each in applied.offers for row in offer_rows(each, call.call_id, asked)]
        decided = [Decided("selection_applied", ref, (call.call_id,))]
        return Decision([New(ref, done), New(seating_ref, applied)], events, letters, done, decided)

    refs: list[Ref[Any]] = [ref, seating_ref, call_ref, *gate_refs]
    outcome = await office.commits.commit(asked.change(refs, decide))
    if not isinstance(outcome, Repeat):
        await notify_others(office, NotifyOthers(selection_id), on_behalf(asked))
    return outcome


async def notify_others(office: Office, command: NotifyOthers, asked: Asked) -> int:
    """Write to all who were not offered a seat, each once, whoever dies in between. Returns how many letters."""
    letters, selection_id = 0, command.selection_id
    while (selection := await selection_of(office.store, selection_id)).has_unnotified:
        first = selection.offered + selection.told
        rows = await outcomes_of(office.store, selection_id, first=first, limit=NOTIFIED_AT_ONCE)
        letters += unrepeated(await office.commits.commit(await _portion(office.store, selection, rows, asked)))
    return letters


async def notify_all_others(office: Office, now: datetime) -> int:
    """Go on telling where somebody who did has died."""
    selections = await unnotified_selections(office.store)
    return sum(
        [await notify_others(office, NotifyOthers(each.selection_id), by_the_service(now)) for each in selections]
    )


async def _portion(store: Store, selection: Selection, rows: Sequence[Mapping[str, Any]], asked: Asked) -> Change[int]:
    """The letters of some, with how far that has come. Who left, or was offered a seat meanwhile, gets none."""
    ref, seating_ref = SELECTION(selection.selection_id), SEATING(selection.call_id)
    there = await store.states(APPLICATION, [row["application_id"] for row in rows])
    alive = {id for id, each in there.items() if each.alive}

    def decide(found: Found) -> Decision[int]:
        present, seating = found[ref], found[seating_ref]
        if present is None or seating is None or present.told != selection.told:
            return Decision(answer=0)
        offered_ids = {each.application_id for each in seating.offers}
        letters = [
            _letter(selection.selection_id, row, present.applied_at or asked.now)
            for row in rows
            if row["application_id"] in alive and row["application_id"] not in offered_ids
        ]
        after = present.model_copy(update={"told": present.told + len(rows)})
        return Decision([New(ref, after)], rows=letters, answer=len(letters))

    return replace(asked, cause_id=new_id()).change([ref, seating_ref], decide)


async def _rows(store: Store, selection: Selection) -> list[dict[str, Any]]:
    """The rows of those offered and waitlisted."""
    found, count = list[dict[str, Any]](), selection.offered + selection.waitlisted
    for first in range(0, count, SLICE):
        limit = min(SLICE, count - first)
        found += await outcomes_of(store, selection.selection_id, first=first, limit=limit)
    return found


async def _travel(
    office: Office, selection: Selection, offered: Sequence[Mapping[str, Any]], asked: Asked
) -> dict[str, str]:
    """The travel code of each offer, by application; what is opened for it is on record as read by the service."""
    vault, people = office.vault, [row["person_id"] for row in offered]
    await record_reading(office.commits, asked, "selection", [Weighed.field_set], people)
    weighed = weighed_in(offered, await vault.keys_of(people, Weighed))
    travel = travel_codes(vault, selection.call_id, selection.rules)
    return {
        row["application_id"]: travel.grants[one.country]
        if (one := weighed.get(row["person_id"])) and one.travel_grant
        else travel.nothing(row["application_id"])
        for row in offered
    }


def _waiting(row: Mapping[str, Any]) -> Waiting:
    return Waiting(application_id=row["application_id"], person_id=row["person_id"])


def _letter(selection_id: str, row: Mapping[str, Any], now: datetime) -> Row:
    kind: LetterKind = "waitlisted" if row["decided"] == "waitlisted" else "turned_down"
    return letter_row(selection_id, row["person_id"], kind, {"application_id": row["application_id"]}, now)
