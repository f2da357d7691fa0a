"""What selections decided, for coordinators: about each application, beside each other, and computed again (rule 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands.selections import comparing, reproducing
from relevo_intake.commands.selections.comparing import (
    Comparison,
    Explained,
    NothingSelected,
    SeeExplanation,
    SelectionsOfDifferentCalls,
    compared,
)
from relevo_intake.commands.selections.computing import SelectionIsNotProven
from relevo_intake.commands.selections.reproducing import ReproduceSelection, Reproduction
from relevo_intake.commands.selections.stored import selection_of
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.selection.deciding import SelectionOutcome
from relevo_intake.domain.selection.proposal import (
    NoSuchSelection,
    Selection,
    SelectionIsBeingComputed,
    SelectionIsInfeasible,
    SelectionWasGivenUp,
)
from relevo_intake.http.callers import InOffice, MaySelect
from relevo_intake.http.views.selections import OutcomeView
from relevo_intake.store.choosing import outcomes_of

router = Routes(tags=["selection"])


@router.get("/selections/{selection_id}/outcomes")
@refuses(BadCursor, NoSuchSelection, SelectionIsBeingComputed, SelectionWasGivenUp)
async def list_outcomes(
    selection_id: Id,
    _: MaySelect,
    office: InOffice,
    decided: Annotated[SelectionOutcome | None, Query(description="only those decided so")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[OutcomeView]:
    """What was decided about each application: offered, waitlisted, turned down, each by merit (coordinator)."""
    selection = await selection_of(office.store, selection_id)
    selection.must_be_computed()
    cursors = Cursors(office.vault.service_key, "outcomes", selection_id, decided or "")
    first, end = _stretch(selection, decided)
    first = max(first, int(cursors.after(after) or 0))
    rows = await outcomes_of(office.store, selection_id, first=first, limit=min(limit + 1, max(0, end - first)))
    numbered = list(enumerate(rows, start=first + 1))
    page = cursors.page(numbered, limit, lambda each: str(each[0]))
    items = ({name: row[name] for name in OutcomeView.model_fields} for _, row in page.items)
    return Page(items=tuple(OutcomeView(**each) for each in items), next=page.next)


@router.get("/selections/{selection_id}/comparison")
@refuses(NoSuchSelection, SelectionIsBeingComputed, SelectionWasGivenUp, SelectionsOfDifferentCalls)
async def read_comparison(
    selection_id: Id,
    other: Annotated[Id, Query(description="another selection of the same call")],
    _: MaySelect,
    office: InOffice,
) -> Comparison:
    """Two selections of a call: their figures, and who has a seat in one of them only (coordinator)."""
    return await compared(office.store, selection_id, other)


@router.get("/applications/{application_id}/outcome", response_model=Explained)
@refuses(
    NoSuchApplication, NothingSelected, SelectionIsBeingComputed, SelectionWasGivenUp, PersonErased, NoSuchSelection
)
async def read_outcome(
    application_id: Id,
    caller: MaySelect,
    asking: InAsking,
    office: InOffice,
    selection_id: Annotated[Id | None, Query(description="the applied or latest one when not given")] = None,
) -> Response:
    """What a selection decided about an application and why, put on record (coordinator; rule 3)."""
    query = SeeExplanation(application_id, selection_id)
    return await asking.answer(comparing.see_explanation, office, query, by=caller.id)


@router.get("/selections/{selection_id}/reproduction", response_model=Reproduction)
@refuses(NoSuchSelection, SelectionIsBeingComputed, SelectionIsInfeasible, SelectionIsNotProven, SelectionWasGivenUp)
async def read_reproduction(selection_id: Id, caller: MaySelect, asking: InAsking, office: InOffice) -> Response:
    """Compute the selection again from its stored inputs, and compare (coordinator; rule 3)."""
    return await asking.answer(reproducing.reproduce_selection, office, ReproduceSelection(selection_id), by=caller.id)


def _stretch(selection: Selection, decided: SelectionOutcome | None) -> tuple[int, int]:
    """From which row to which those decided so stand."""
    waitlisted = selection.offered + selection.waitlisted
    stretches: Mapping[SelectionOutcome | None, tuple[int, int]] = {
        None: (0, selection.considered),
        "offered": (0, selection.offered),
        "waitlisted": (selection.offered, waitlisted),
        "turned_down": (waitlisted, selection.considered),
    }
    return stretches[decided]
