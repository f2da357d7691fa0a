"""A selection: proposed, previewed, applied, reproduced (rule 3). Constant round trips, however many applications."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Once, Refusal, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import PersonKey, Vault, sealed_row
from relevo_contracts.model import Frozen
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import all_of
from relevo_intake.commands.offers import offer_rows, travel_codes
from relevo_intake.commands.readings import THE_SERVICE, record_reading
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.dossier import Profile
from relevo_intake.domain.gate import Moved, moves
from relevo_intake.domain.review import merit_of
from relevo_intake.domain.seating import offers
from relevo_intake.domain.selection.problem import Solution
from relevo_intake.domain.selection.proposal import (
    Chosen,
    NoSuchSelection,
    Outcome,
    Selection,
    SelectionIsInfeasible,
    SelectionIsNotTheLatest,
    check_relaxed,
    conclude,
    published_sha256,
)
from relevo_intake.domain.selection.rules import (
    SelectionRules,
    Weighed,
    in_order,
    marks_of,
    problem_of,
    rules_of,
)
from relevo_intake.letters import LetterKind, letter_row
from relevo_intake.store.choosing import SEATING, SELECTION
from relevo_intake.store.people import APPLICATION, CALL, counted, gates_of, standings


class CallIsStillOpen(Refusal):
    """A selection is made after the call has closed."""


class ContactsAreUndecided(Refusal):
    """Of some contacts nobody has said which application stands; a coordinator decides on each first (rule 1)."""


class ReviewsAreMissing(Refusal):
    """Some applications have fewer reviews than the selection asks for; assign reviewers, or ask for fewer."""


class SelectionIsNotProven(Refusal):
    """The solver ended without a proof of the optimum; nothing was changed. Propose again, or with fewer quotas."""

    status = 503


class NobodyToSelect(Refusal):
    """No application stands in this call."""


class ProposeSelection(NamedTuple):
    """Seats are set here (rule 3's seats are no goalpost); ``None`` takes what the call announced.

    ``waitlist`` defaults to as many as there are seats, ``least_reviews`` to the call's reviews per application.
    """

    call_id: str
    seats: int | None = None
    waitlist: int | None = None
    least_reviews: int | None = None
    relaxed: Mapping[str, int] = {}


class Reproduction(Frozen):
    """Whether a selection comes out the same from its stored inputs, and whether its signed record is whole."""

    selection_id: str
    complete: bool = Field(description="whether the inputs of everybody are still there")
    erased: tuple[str, ...] = Field(description="applications whose inputs are gone with the person or by retention")
    inputs_match: bool | None = Field(description="null when inputs are gone")
    outcomes_match: bool | None = Field(description="null when inputs are gone")
    objective: int
    reproduced_objective: int | None
    record_signed: bool
    record: dict[str, Any]


async def propose_selection(
    commits: Commits,
    store: Store,
    vault: Vault,
    command: ProposeSelection,
    *,
    reader: str,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Compute and keep a proposal, in place of the one before it. Answers the ``Selection``, a preview of it all.

    What it weighed of each person is sealed under that person's key. Raises ``CallIsStillOpen``,
    ``ContactsAreUndecided``, ``ReviewsAreMissing``, ``NobodyToSelect``, ``NotARelaxation``, ``SelectionWasApplied``.
    """
    call = existing(await store.state(CALL(command.call_id)), command.call_id)
    as_of = moves(await counted(store, call.call_id))
    standing = await _standing(store, call, command)
    people = {each.application_id: each.person_id for each in standing}
    await record_reading(
        commits, reader=reader, purpose="selection", field_sets=["profile"], person_ids=people.values(), now=now
    )
    profiles = await vault.open_many(people.values(), Profile.field_set, Profile)
    keys = await vault.keys_of(people.values())
    draft, ordered = _draft(call, command, standing, profiles, as_of, now)
    solution = await _solved(draft.rules, ordered)
    chosen = conclude(draft, ordered, people, solution)
    selection = chosen.selection.model_copy(update={"signature": signature(vault, chosen.selection)})
    rows = _sealed(keys, people, ordered, chosen) if selection.state == "proposed" else []
    seating_ref, ref = SEATING(call.call_id), SELECTION(selection.selection_id)

    def decide(found: Found) -> Decision:
        seating = offers.propose(found[seating_ref], selection)
        return Decision([New(seating_ref, seating), New(ref, selection)], rows=rows, answer=selection)

    return await commits.commit(Change([seating_ref, ref], decide, now, cause_id, once=once))


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
) -> Any:
    """Offer the seats, fill the waitlist, write to everybody. Answers the ``Selection``.

    Raises ``SelectionIsOutdated`` when anything that it was computed from has changed: looked at in the transaction
    itself, at all the call's gates, each of which is written by whatever changes something (rule 17).
    """
    selection = await selection_of(store, selection_id)
    offered, waiting = selection.decided("offered"), selection.decided("waitlisted")
    codes = await _travel(commits, vault, selection, offered, now)
    turned_down = await _still_there(store, selection.decided("turned_down"))
    ref, seating_ref, call_ref = SELECTION(selection_id), SEATING(selection.call_id), CALL(selection.call_id)
    gate_refs = gates_of(selection.call_id)

    def decide(found: Found) -> Decision:
        present, seating = found[ref], found[seating_ref]
        call = existing(found[call_ref], selection.call_id)
        if present is None or seating is None:
            raise NoSuchSelection(selection_id=selection_id)
        offers.may_apply(seating, present)
        present.must_stand(call, all_of(found, call.call_id))
        applied, done, events = offers.apply(
            seating,
            present,
            codes,
            offer_days=call.requirements.offer_days,
            refill_until=refill_until,
            now=now,
        )
        rows = [row for each in applied.offers for row in offer_rows(each, applied, cause_id, now)]
        rows += [_letter(cause_id, each, now) for each in (*waiting, *turned_down)]
        return Decision([New(ref, done), New(seating_ref, applied)], events, rows, done)

    return await commits.commit(Change([ref, seating_ref, call_ref, *gate_refs], decide, now, cause_id, once=once))


async def propose_anew(store: Store, selection_id: str) -> ProposeSelection:
    """The command that made a selection, to be given once more. Raises ``NoSuchSelection``."""
    selection = await selection_of(store, selection_id)
    rules = selection.rules
    return ProposeSelection(selection.call_id, rules.seats, rules.waitlist, selection.least_reviews, rules.relaxed)


async def outdated(store: Store, selection: Selection) -> dict[str, int]:
    """What has changed since of all that a proposal was computed from; nothing for one that was applied."""
    if selection.state == "applied":
        return {}
    call = existing(await store.state(CALL(selection.call_id)), selection.call_id)
    return selection.outdated(call, await counted(store, selection.call_id))


async def reproduce_selection(
    commits: Commits, store: Store, vault: Vault, selection_id: str, *, reader: str, now: datetime
) -> Reproduction:
    """Compute the selection again from what was stored, and compare; say what is gone when something is.

    Raises ``SelectionIsInfeasible``, or ``SelectionIsNotTheLatest`` for one whose inputs a later proposal replaced.
    """
    selection = await selection_of(store, selection_id)
    seating = await store.state(SEATING(selection.call_id))
    if selection.state == "infeasible":
        raise SelectionIsInfeasible(selection_id=selection_id)
    if seating is None or seating.proposed_id != selection_id:
        raise SelectionIsNotTheLatest(selection_id=selection_id)
    people = [each.person_id for each in selection.outcomes]
    await record_reading(
        commits, reader=reader, purpose="selection", field_sets=[Weighed.field_set], person_ids=people, now=now
    )
    opened = await vault.open_many(people, Weighed.field_set, Weighed)
    weighed = [one for one in opened.values() if one is not None and one.selection_id == selection_id]
    there = {each.application_id for each in weighed}
    erased = tuple(each.application_id for each in selection.outcomes if each.application_id not in there)
    again = await _again(selection, weighed) if weighed and not erased else None
    return Reproduction(
        selection_id=selection_id,
        complete=again is not None,
        erased=erased,
        inputs_match=again.selection.inputs_sha256 == selection.inputs_sha256 if again else None,
        outcomes_match=again.selection.outcomes_sha256 == selection.outcomes_sha256 if again else None,
        objective=selection.merit,
        reproduced_objective=again.selection.merit if again else None,
        record_signed=selection.signature == signature(vault, selection),
        record=selection.record(),
    )


async def selection_of(store: Store, selection_id: str) -> Selection:
    """Raises ``NoSuchSelection``."""
    found = await store.state(SELECTION(selection_id))
    if found is None:
        raise NoSuchSelection(selection_id=selection_id)
    return found


def signature(vault: Vault, selection: Selection) -> str:
    """A keyed hash of the record that stands when the inputs are gone."""
    return vault.keyed_hash("selection-record", json.dumps(selection.record(), sort_keys=True))


async def _standing(store: Store, call: Call, command: ProposeSelection) -> tuple[Application, ...]:
    if not call.closed:
        raise CallIsStillOpen(call_id=call.call_id)
    found = await standings(store, call)
    if found.undecided:
        raise ContactsAreUndecided(f"{len(found.undecided)} contacts to decide on", contacts=len(found.undecided))
    if not found.applications:
        raise NobodyToSelect(call_id=call.call_id)
    least = _least_reviews(call, command)
    short = [each.application_id for each in found.applications if len(each.reviews) < least]
    if short:
        raise ReviewsAreMissing(
            f"{len(short)} applications have fewer than {least} reviews, {short[0]} among them",
            applications=len(short),
            least_reviews=least,
        )
    return found.applications


def _least_reviews(call: Call, command: ProposeSelection) -> int:
    return max(1, command.least_reviews or call.criteria.reviews_per_application)


def _draft(
    call: Call,
    command: ProposeSelection,
    standing: Sequence[Application],
    profiles: Mapping[str, Profile | None],
    as_of: dict[Moved, int],
    now: datetime,
) -> tuple[Selection, tuple[Weighed, ...]]:
    """The rules and what they weigh; whoever was erased a moment ago is left out."""
    there = [(each, profile) for each in standing if (profile := profiles[each.person_id]) is not None]
    seats = command.seats or call.seats
    rules = rules_of(
        call,
        {profile.country for _, profile in there},
        seats=seats,
        waitlist=seats if command.waitlist is None else command.waitlist,
        relaxed=dict(command.relaxed),
    )
    check_relaxed(rules, rules.relaxed)
    selection_id = new_id()
    weighed = [
        Weighed(
            selection_id=selection_id,
            application_id=each.application_id,
            merit=merit_of(call.criteria.rubric, each.reviews) or 0,
            country=profile.country,
            marks=marks_of(profile, rules),
            salt=new_id(),
        )
        for each, profile in there
    ]
    draft = Selection(
        selection_id=selection_id,
        call_id=call.call_id,
        edition_id=call.edition_id,
        state="proposed",
        proposed_at=now,
        rules=rules,
        least_reviews=_least_reviews(call, command),
        as_of=as_of,
        published_sha256=published_sha256(call),
        considered=len(weighed),
        inputs_sha256="",
        status="optimal",
    )
    return draft, in_order(rules, weighed)


def _sealed(
    keys: Mapping[str, PersonKey], people: Mapping[str, str], ordered: Iterable[Weighed], chosen: Chosen
) -> list[Row]:
    holders = set(chosen.grant_holders)
    rows = []
    for each in ordered:
        key = keys.get(people[each.application_id])
        if key is None:
            continue
        reason = chosen.reasons.get(each.application_id)
        told = {"reason": reason.code if reason else None, "travel_grant": each.application_id in holders}
        rows.append(sealed_row(key, Weighed.field_set, each.model_copy(update=told)))
    return rows


async def _solved(rules: SelectionRules, ordered: Sequence[Weighed]) -> Solution:
    from relevo_intake.solver import NotProven, solve  # with numpy a tenth of every start, for a few calls a year

    try:
        return await asyncio.to_thread(lambda: solve(problem_of(rules, ordered)))
    except NotProven:
        raise SelectionIsNotProven() from None


async def _again(selection: Selection, weighed: Sequence[Weighed]) -> Chosen:
    rules: SelectionRules = selection.rules
    ordered = in_order(rules, weighed)
    solution = await _solved(rules, ordered)
    people = {each.application_id: each.person_id for each in selection.outcomes}
    return conclude(selection, ordered, people, solution)


async def _travel(
    commits: Commits, vault: Vault, selection: Selection, offered: Sequence[Outcome], now: datetime
) -> dict[str, str]:
    """The travel code of each offer, by application; what is opened for it is on record as read by the service."""
    people = [each.person_id for each in offered]
    fields = [Weighed.field_set]
    await record_reading(
        commits, reader=THE_SERVICE, purpose="selection", field_sets=fields, person_ids=people, now=now
    )
    weighed = await vault.open_many(people, Weighed.field_set, Weighed)
    travel = travel_codes(vault, selection.call_id, selection.rules, [each.application_id for each in offered])
    return {
        each.application_id: travel.grants[one.country]
        if (one := weighed[each.person_id]) and one.travel_grant
        else travel.nothing[each.application_id]
        for each in offered
    }


async def _still_there(store: Store, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those to whom a letter can still be written."""
    found = await store.states(APPLICATION, [each.application_id for each in outcomes])
    return [each for each in outcomes if (one := found.get(each.application_id)) and one.alive]


def _letter(cause_id: str, outcome: Outcome, now: datetime) -> Row:
    kind: LetterKind = "waitlisted" if outcome.decided == "waitlisted" else "turned_down"
    return letter_row(cause_id, outcome.person_id, kind, {"application_id": outcome.application_id}, now)
