"""A selection applied: seats offered in one commit, then letters to all the others in portions (rules 3 and 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row, unrepeated
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import Vault
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import all_of
from relevo_intake.commands.offers import offer_rows, travel_codes
from relevo_intake.commands.readings import THE_SERVICE, record_reading
from relevo_intake.commands.selections.opening import CallIsStillOpen
from relevo_intake.commands.selections.record import selection_of, weighed_in
from relevo_intake.domain.seating import offers
from relevo_intake.domain.seating.state import Waiting
from relevo_intake.domain.selection.proposal import NoSuchSelection, Selection
from relevo_intake.domain.selection.rules import Weighed
from relevo_intake.letters import LetterKind, letter_row
from relevo_intake.store.choosing import SEATING, SELECTION, outcomes_of, untold_selections
from relevo_intake.store.people import APPLICATION, CALL, SLICE, gates_of

TOLD_AT_ONCE = 250


async def apply_selection(
    commits: Commits,
    store: Store,
    vault: Vault,
    selection_id: str,
    *,
    refill_until: datetime | None,
    once: Once | None,
    now: datetime,
    cause_id: str,
    by: str | None = None,
) -> Any:
    """Offer the seats and fill the waitlist; ``tell_the_others`` writes to the rest. Answers the ``Selection``.

    Raises ``SelectionIsOutdated`` when anything that it was computed from has changed: looked at in the transaction
    itself, at all the call's gates, each of which is written by whatever changes something (rule 17).
    """
    selection = await selection_of(store, selection_id)
    rows = await _rows(store, selection)
    offered, waiting = ([_waiting(row) for row in rows if row["decided"] == what] for what in ("offered", "waitlisted"))
    codes = await _travel(commits, vault, selection, rows[: selection.offered], now)
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
        present.must_stand(call, all_of(found, call.call_id))
        applied, done, events = offers.apply(
            seating,
            present,
            offered,
            waiting,
            codes,
            offer_days=call.requirements.offer_days,
            refill_until=refill_until,
            now=now,
            by=found.by,
        )
        letters = [row for each in applied.offers for row in offer_rows(each, applied, cause_id, now)]
        decided = [Decided("selection_applied", ref, (call.call_id,))] if by else []
        return Decision([New(ref, done), New(seating_ref, applied)], events, letters, done, decided)

    refs: list[Ref[Any]] = [ref, seating_ref, call_ref, *gate_refs]
    return await commits.commit(Change(refs, decide, now, cause_id, once=once, by=by))


async def tell_the_others(commits: Commits, store: Store, selection_id: str, now: datetime) -> int:
    """Write to all who were not offered a seat, each once, whoever dies in between. Returns how many letters."""
    letters = 0
    while (selection := await selection_of(store, selection_id)).untold:
        first = selection.offered + selection.told
        rows = await outcomes_of(store, selection_id, first=first, limit=TOLD_AT_ONCE)
        letters += unrepeated(await commits.commit(await _portion(store, selection, rows, now)))
    return letters


async def tell_all_others(commits: Commits, store: Store, now: datetime) -> int:
    """Go on telling where somebody who did has died."""
    return sum(
        [await tell_the_others(commits, store, each.selection_id, now) for each in await untold_selections(store)]
    )


async def _portion(store: Store, selection: Selection, rows: Sequence[Mapping[str, Any]], now: datetime) -> Change[int]:
    """The letters of some, with how far that has come. Who left, or was offered a seat meanwhile, gets none."""
    ref, seating_ref = SELECTION(selection.selection_id), SEATING(selection.call_id)
    there = await store.states(APPLICATION, [row["application_id"] for row in rows])
    alive = {id for id, each in there.items() if each.alive}

    def decide(found: Found) -> Decision[int]:
        present, seating = found[ref], found[seating_ref]
        if present is None or seating is None or present.told != selection.told:
            return Decision(answer=0)
        held = {each.application_id for each in seating.offers}
        letters = [
            _letter(selection.selection_id, row, present.applied_at or now)
            for row in rows
            if row["application_id"] in alive and row["application_id"] not in held
        ]
        told = present.model_copy(update={"told": present.told + len(rows)})
        return Decision([New(ref, told)], rows=letters, answer=len(letters))

    return Change([ref, seating_ref], decide, now, new_id())


async def _rows(store: Store, selection: Selection) -> list[dict[str, Any]]:
    """The rows of those offered and waitlisted."""
    found, count = list[dict[str, Any]](), selection.offered + selection.waitlisted
    for first in range(0, count, SLICE):
        limit = min(SLICE, count - first)
        found += await outcomes_of(store, selection.selection_id, first=first, limit=limit)
    return found


async def _travel(
    commits: Commits, vault: Vault, selection: Selection, offered: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, str]:
    """The travel code of each offer, by application; what is opened for it is on record as read by the service."""
    people = [row["person_id"] for row in offered]
    fields = [Weighed.field_set]
    await record_reading(
        commits, reader=THE_SERVICE, purpose="selection", field_sets=fields, person_ids=people, now=now
    )
    weighed = weighed_in(offered, await vault.keys_of(people))
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
