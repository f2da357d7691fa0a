"""A selection proposed: read, opened, solved apart, written in portions, and then made to count (rules 3 and 17)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relevo_chassis.delivery.change import Asked, Decide, Decided, Decision, Found, New, Ref, Refusal, Repeat, Row
from relevo_chassis.people.vault import PersonKey, sealed_row
from relevo_contracts import derived_id
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import by_the_service
from relevo_intake.commands.selections.opening import Considered, considered_in, opened
from relevo_intake.commands.selections.running import GiveUpSelection, give_up_selection, kept_up
from relevo_intake.commands.selections.stored import place_of_reason, selection_of, signature
from relevo_intake.domain.call import Call
from relevo_intake.domain.gate import moves
from relevo_intake.domain.sealed import WhyByHand
from relevo_intake.domain.seating import offers
from relevo_intake.domain.selection.adjustment import Adjustment, applicable, sides
from relevo_intake.domain.selection.deciding import Conclusion, Line
from relevo_intake.domain.selection.proposal import (
    GivenUpBecause,
    Progress,
    Selection,
    SelectionIsBeingComputed,
    SelectionWasGivenUp,
    Stage,
    advance,
    check_relaxed,
    concluded,
    published_sha256,
)
from relevo_intake.domain.selection.rules import SelectionRules, Weighed, rules_of, terms_of
from relevo_intake.solver.process import NotDecided, SolverProcess, solver_process
from relevo_intake.store.choosing import OUTCOMES, SEATING, SELECTION, being_computed, outcome_id
from relevo_intake.store.people import counted

PROGRESS_SECONDS = 1.0
POLL_SECONDS = 0.5


class SelectionIsNotProven(Refusal):
    """The solver ended without a proof of the optimum; nothing was changed. Propose again, or with fewer quotas."""

    status = 503


class SelectionIsTooLarge(Refusal):
    """The selection does not fit into the memory that it may use; nothing was changed. See the runbook."""

    status = 503


class SelectionTookTooLong(Refusal):
    """The selection was not computed in the time that it may take; nothing was changed. Propose with fewer quotas."""

    status = 503


@dataclass(frozen=True, slots=True)
class ProposeSelection:
    """Seats are set here (rule 3's seats are no goalpost); ``None`` takes what the call announced.

    ``waitlist`` defaults to as many as there are seats, ``least_reviews`` to the call's reviews per application.
    ``adjustments`` is what was decided by hand; ``reasons``, by application, are those of the adjustments made now.
    """

    call_id: str
    seats: int | None = None
    waitlist: int | None = None
    least_reviews: int | None = None
    relaxed: Mapping[str, int] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Computing:
    """A selection on its way, with what it is computed by."""

    office: Office
    asked: Asked
    command: ProposeSelection
    call: Call
    considered: Sequence[Considered]

    async def commit(self, ref: Ref[Selection], decide: Decide[None]) -> None:
        """Write how far it has come."""
        await self.office.commits.commit(replace(self.asked, once=None).change([ref], decide))


def selection_id_of(asked: Asked) -> str:
    """The id of the selection that is asked for: the same whenever the same request is made."""
    return derived_id("selection", asked.cause_id)


async def compute_selection(office: Office, command: ProposeSelection, asked: Asked) -> Selection | Repeat:
    """Compute and keep a proposal, in place of the one before it: a preview of it all.

    What it weighed of each person is sealed under that person's key. A repeat waits for the first. Raises
    ``CallIsStillOpen``, ``ContactsAreUndecided``, ``ReviewsAreMissing``, ``NobodyToSelect``, ``NotARelaxation``,
    ``SelectionWasApplied``, ``SelectionIsBeingComputed``, ``SelectionWasGivenUp`` and what a solver that ends without
    an answer is told as.
    """
    id, store = selection_id_of(asked), office.store
    if await store.state(SELECTION(id)) is not None:
        return await _as_first_answered(office, id, asked)
    call = await call_of(store, command.call_id)
    offers.may_propose(await store.state(SEATING(call.call_id)), call.call_id)
    if others := await being_computed(store, call.call_id):
        raise SelectionIsBeingComputed(selection_id=others[0].selection_id)
    draft = _draft(id, call, command, asked)
    draft = draft.model_copy(update={"as_of": moves(await counted(store, call.call_id))})
    considered = await considered_in(store, call, draft.least_reviews)
    there = {each.application_id for each in considered}
    kept = applicable(command.adjustments, there, draft.rules.seats, id)
    draft = draft.model_copy(update={"adjustments": kept})
    computing = _Computing(office, asked, command, call, considered)
    async with kept_up(store, draft):
        await _begun(computing, draft)
        async with office.under_way.turn, _given_up_when_it_fails(computing, id):
            return await _computed(computing, draft)


async def _as_first_answered(office: Office, selection_id: str, asked: Asked) -> Selection | Repeat:
    """What was asked for before under the same key: its answer once it is there, whoever computes it."""
    while (await selection_of(office.store, selection_id)).state == "computing":  # noqa: ASYNC110 (elsewhere)
        await asyncio.sleep(POLL_SECONDS)

    def decide(_: Found) -> Decision[Selection]:
        raise SelectionWasGivenUp(selection_id=selection_id)

    return await office.commits.commit(asked.change([SELECTION(selection_id)], decide))


def _draft(selection_id: str, call: Call, command: ProposeSelection, asked: Asked) -> Selection:
    """The record before anything was computed. Raises ``NotARelaxation``."""
    rules = _rules(call, command, frozenset(call.criteria.priority_countries))
    check_relaxed(rules, rules.relaxed)
    return Selection(
        selection_id=selection_id,
        call_id=call.call_id,
        edition_id=call.edition_id,
        proposed_at=asked.now,
        proposed_by=asked.by,
        rules=rules,
        least_reviews=max(1, command.least_reviews or call.criteria.reviews_per_application),
        published_sha256=published_sha256(call),
    )


def _rules(call: Call, command: ProposeSelection, countries: frozenset[str]) -> SelectionRules:
    seats = command.seats or call.seats
    return rules_of(
        call,
        countries,
        seats=seats,
        waitlist=seats if command.waitlist is None else command.waitlist,
        relaxed=dict(command.relaxed),
    )


async def _begun(computing: _Computing, draft: Selection) -> None:
    ref = SELECTION(draft.selection_id)
    await computing.commit(ref, lambda _: Decision([New(ref, draft)]))


async def _computed(computing: _Computing, draft: Selection) -> Selection | Repeat:
    async with solver_process() as deciding:
        countries = await _opened(computing, draft, deciding)
        rules = _rules(computing.call, computing.command, frozenset(countries))
        selection = draft.model_copy(update={"rules": rules})
        await _write_progress(computing, selection, "solving", 0)
        conclusion = await deciding.conclusion(terms_of(rules))
        await _write_rows(computing, selection, conclusion, deciding)
    return await _made_to_count(computing, concluded(selection, conclusion))


async def _opened(computing: _Computing, draft: Selection, deciding: SolverProcess) -> set[str]:
    """Hand over what is weighed of everybody; returns the countries that they come from."""
    countries, done, progress_at = set[str](), 0, time.monotonic()
    asked = replace(computing.asked, once=None)
    by_hand = sides(draft.adjustments)
    async for some in opened(computing.office, asked, computing.considered, draft.rules, by_hand):
        await deciding.send(some)
        countries.update(each.country for each in some)
        done += len(some)
        if time.monotonic() - progress_at > PROGRESS_SECONDS:
            await _write_progress(computing, draft, "opening", done)
            progress_at = time.monotonic()
    return countries


async def _write_progress(
    computing: _Computing, selection: Selection, stage: Stage, done: int, rows: Sequence[Row] = ()
) -> None:
    """Say on the record how far it has come, with what was written until here. Raises ``SelectionWasGivenUp``."""
    ref = SELECTION(selection.selection_id)
    progress = Progress(stage=stage, done=done, of=len(computing.considered))

    def decide(found: Found) -> Decision:
        return Decision([New(ref, advance(found[ref] or selection, progress))], rows=rows)

    await computing.commit(ref, decide)


async def _write_rows(
    computing: _Computing, selection: Selection, conclusion: Conclusion, deciding: SolverProcess
) -> None:
    """The rows of everybody, in portions; none of them counts before the record says so."""
    count = 0
    async for lines in deciding.lines():
        keys = await computing.office.vault.keys_of((each.candidate.person_id for each in lines), Weighed)
        rows = [
            _row(selection.selection_id, number, each, keys.get(each.candidate.person_id))
            for number, each in enumerate(lines, start=count)
        ]
        count += len(lines)
        await _write_progress(computing, selection, "writing", count, rows)
    if conclusion.status == "optimal" and count != conclusion.considered:
        raise NotDecided("failed")


def _row(selection_id: str, number: int, line: Line, key: PersonKey | None) -> Row:
    """What was decided, and sealed for as long as the person is not erased what was weighed."""
    one = line.candidate
    document = {
        "application_id": one.application_id,
        "person_id": one.person_id,
        "decided": line.decided,
        "merit": one.merit,
        "place": line.place,
        "rank": line.rank,
        "by_hand": bool(one.by_hand),
        "sealed": key.seal(Weighed.field_set, _weighed(selection_id, line)) if key else None,
    }
    return Row(OUTCOMES, outcome_id(selection_id, number), document, new=True)


def _weighed(selection_id: str, line: Line) -> Weighed:
    one = line.candidate
    return Weighed(
        selection_id=selection_id,
        application_id=one.application_id,
        merit=one.merit,
        country=one.country,
        marks=tuple(one.marks),
        salt=one.salt,
        by_hand=one.by_hand,
        reason=line.reason,
        travel_grant=line.travel_grant,
    )


async def _made_to_count(computing: _Computing, selection: Selection) -> Selection | Repeat:
    """The record says that it counts, and with it goes on record who proposed it, who decided what by hand, and why."""
    signed = selection.model_copy(update={"signature": signature(computing.office.vault, selection)})
    ref, seating_ref = SELECTION(signed.selection_id), SEATING(signed.call_id)
    decided = [Decided("selection_proposed", ref, (signed.call_id,)), *await _by_hand(computing, signed)]
    reasons = [each.reason for each in decided if each.reason]

    def decide(found: Found) -> Decision[Selection]:
        advance(found[ref] or signed, Progress(stage="writing", done=0, of=0))
        seating = offers.propose(found[seating_ref], signed)
        return Decision([New(seating_ref, seating), New(ref, signed)], (), reasons, signed, decided)

    refs: list[Ref[Any]] = [seating_ref, ref]
    return await computing.office.commits.commit(computing.asked.change(refs, decide))


async def _by_hand(computing: _Computing, selection: Selection) -> list[Decided]:
    """What was adjusted now, or taken back, each with its reason sealed under the person."""
    people = {each.application_id: each.person_id for each in computing.considered}
    sides_now = sides(selection.adjustments)
    reasons = {id: why for id, why in computing.command.reasons.items() if id in people}
    keys = await computing.office.vault.keys_of((people[id] for id in reasons), WhyByHand)
    return [
        Decided(
            f"adjusted_{sides_now.get(id) or 'as_computed'}",
            SELECTION(selection.selection_id),
            (id, people[id]),
            reason=sealed_row(keys[people[id]], place_of_reason(selection.selection_id), WhyByHand(text=why)),
        )
        for id, why in reasons.items()
        if people[id] in keys
    ]


@contextlib.asynccontextmanager
async def _given_up_when_it_fails(computing: _Computing, selection_id: str) -> AsyncIterator[None]:
    """Whatever ends the computing without a result stands on the record, and its rows are gone."""
    try:
        yield
    except NotDecided as broken:
        await _give_up(computing, selection_id, broken.why)
        refused = {"too_large": SelectionIsTooLarge, "took_too_long": SelectionTookTooLong}
        raise refused.get(broken.why, SelectionIsNotProven)(selection_id=selection_id) from None
    except SelectionWasGivenUp:
        raise
    except Exception:
        await _give_up(computing, selection_id, "failed")
        raise


async def _give_up(computing: _Computing, selection_id: str, because: GivenUpBecause) -> None:
    with contextlib.suppress(Exception):  # it is given up by others once the lease has run out
        asked = by_the_service(computing.asked.now, computing.asked.cause_id)
        await give_up_selection(computing.office, GiveUpSelection(selection_id, because), asked)
