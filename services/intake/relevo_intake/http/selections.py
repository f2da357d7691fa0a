"""Selections, for coordinators: propose with a preview, look at, give up, apply, reproduce (rules 3 and 17)."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.selections import applying, proposing, running
from relevo_intake.commands.selections.applying import ApplySelection
from relevo_intake.commands.selections.comparing import selections_in_order
from relevo_intake.commands.selections.computing import (
    ProposeSelection,
    SelectionIsNotProven,
    SelectionIsTooLarge,
    SelectionTookTooLong,
)
from relevo_intake.commands.selections.opening import (
    CallIsStillOpen,
    ContactsAreUndecided,
    NobodyToSelect,
    ReviewsAreMissing,
)
from relevo_intake.commands.selections.proposing import AdjustSelection, DecisionByHand, ProposeAnew
from relevo_intake.commands.selections.running import GiveUpSelection
from relevo_intake.commands.selections.stored import outdated, selection_of
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.seating.state import NoTimeToAnswer
from relevo_intake.domain.selection.adjustment import MoreByHandThanSeats, NotInThisSelection
from relevo_intake.domain.selection.proposal import (
    NoSuchSelection,
    NotARelaxation,
    SelectionIsBeingComputed,
    SelectionIsInfeasible,
    SelectionIsNotBeingComputed,
    SelectionIsNotTheLatest,
    SelectionIsOutdated,
    SelectionWasApplied,
    SelectionWasGivenUp,
)
from relevo_intake.http.callers import InOffice, MaySelect
from relevo_intake.http.forms.selections import AdjustmentsForm, ApplyForm, SelectionForm
from relevo_intake.http.views.selections import SelectionView, proposed_answer, selection_answer, selection_view

router = Routes(tags=["selection"])
PROPOSAL_REFUSALS = (
    *(CallIsStillOpen, ContactsAreUndecided, NobodyToSelect, ReviewsAreMissing, NotARelaxation),
    *(SelectionIsBeingComputed, SelectionWasApplied, SelectionWasGivenUp),
    *(SelectionIsNotProven, SelectionIsTooLarge, SelectionTookTooLong),
)
"""What is refused of any proposal."""

LATER_ANSWER: dict[int | str, dict[str, Any]] = {
    202: {"model": SelectionView, "description": "It takes longer: its progress stands at Location"}
}


@router.post("/calls/{call_id}/selections", status_code=201, response_model=SelectionView, responses=LATER_ANSWER)
@refuses(*PROPOSAL_REFUSALS, NoSuchCall)
async def propose_selection(
    call_id: Id, form: SelectionForm, caller: MaySelect, asking: InAsking, office: InOffice
) -> Response:
    """Propose a selection, solved to proven optimality; a preview that offers nothing yet (coordinator; rule 3).

    When the quotas cannot all be met, ``state`` is infeasible and ``concessions`` name the smallest relaxation: send
    it back as ``relaxed``. What takes longer than 20 seconds is answered with 202: its ``progress`` stands at Location.
    """
    command = ProposeSelection(call_id, form.seats, form.waitlist, form.least_reviews, form.relaxed)
    return await asking.answer(proposing.propose_selection, office, command, by=caller.id, respond=proposed_answer)


@router.post(
    "/selections/{selection_id}/propose-anew", status_code=201, response_model=SelectionView, responses=LATER_ANSWER
)
@refuses(*PROPOSAL_REFUSALS, MoreByHandThanSeats, NoSuchSelection, NotInThisSelection)
async def propose_selection_anew(selection_id: Id, caller: MaySelect, asking: InAsking, office: InOffice) -> Response:
    """Propose once more what was asked for before, from what stands now (coordinator; rule 17).

    The step to take when a proposal is outdated.
    """
    command = ProposeAnew(selection_id)
    return await asking.answer(proposing.propose_anew, office, command, by=caller.id, respond=proposed_answer)


@router.post("/selections/{selection_id}/adjust", status_code=201, response_model=SelectionView, responses=LATER_ANSWER)
@refuses(*PROPOSAL_REFUSALS, MoreByHandThanSeats, NoSuchSelection, NotInThisSelection)
async def adjust_selection(
    selection_id: Id, form: AdjustmentsForm, caller: MaySelect, asking: InAsking, office: InOffice
) -> Response:
    """Propose once more with some decided by hand, each for a reason; the others are chosen around them (coordinator).

    Stored and reproduced with the selection, and kept when it is proposed anew (rules 17 and 22).
    """
    by_hand = [DecisionByHand(each.application_id, each.to, each.reason) for each in form.adjustments]
    command = AdjustSelection(selection_id, by_hand)
    return await asking.answer(proposing.adjust_selection, office, command, by=caller.id, respond=proposed_answer)


@router.get("/calls/{call_id}/selections")
@refuses(BadCursor, NoSuchCall)
async def list_selections(
    call_id: Id, _: MaySelect, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[SelectionView]:
    """The selections of a call, the newest first (coordinator)."""
    await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "selections", call_id)
    found = list(enumerate(await selections_in_order(office.store, call_id), start=1))
    page = cursors.page(found[int(cursors.after(after) or 0) :], limit, lambda each: str(each[0]))
    return Page(items=tuple(selection_view(each) for _, each in page.items), next=page.next)


@router.get("/selections/{selection_id}")
@refuses(NoSuchSelection)
async def read_selection(selection_id: Id, _: MaySelect, office: InOffice) -> SelectionView:
    """A selection as it stands, and whether what it was computed from still does (coordinator; rule 17)."""
    selection = await selection_of(office.store, selection_id)
    return selection_view(selection, await outdated(office.store, selection))


@router.post("/selections/{selection_id}/give-up", response_model=SelectionView)
@refuses(NoSuchSelection, SelectionIsNotBeingComputed)
async def give_up_selection(selection_id: Id, caller: MaySelect, asking: InAsking, office: InOffice) -> Response:
    """Stop computing a selection; nothing was decided by it (coordinator)."""
    command = GiveUpSelection(selection_id)
    return await asking.answer(running.give_up_selection, office, command, by=caller.id, respond=selection_answer)


@router.post("/selections/{selection_id}/apply", response_model=SelectionView)
@refuses(
    CallIsStillOpen,
    NoSuchSelection,
    NoTimeToAnswer,
    SelectionIsBeingComputed,
    SelectionIsInfeasible,
    SelectionIsNotTheLatest,
    SelectionIsOutdated,
    SelectionWasApplied,
    SelectionWasGivenUp,
)
async def apply_selection(
    selection_id: Id, form: ApplyForm, caller: MaySelect, asking: InAsking, office: InOffice
) -> Response:
    """Apply the latest proposal: seats are offered, the waitlist stands, everybody is written to (coordinator).

    Only if everything that it was computed from still stands: otherwise it is outdated, and says what has changed.
    """
    command = ApplySelection(selection_id, form.refill_until)
    return await asking.answer(applying.apply_selection, office, command, by=caller.id, respond=selection_answer)
