"""Selections, for coordinators: propose with a preview, look at, give up, apply, reproduce (rules 3 and 17)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field, model_validator

from relevo_chassis.delivery.change import Repeat
from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import Answer, HttpOnce, answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.shell import Shell
from relevo_chassis.edge.strict import LongText, Strict
from relevo_chassis.edge.tokens import Caller
from relevo_chassis.wrong import each_once
from relevo_contracts import derived_id
from relevo_contracts.model import Count, Id
from relevo_intake.commands.selections.applying import apply_selection, tell_the_others
from relevo_intake.commands.selections.comparing import (
    selections_in_order,
)
from relevo_intake.commands.selections.opening import (
    CallIsStillOpen,
    ContactsAreUndecided,
    NobodyToSelect,
    ReviewsAreMissing,
)
from relevo_intake.commands.selections.proposing import (
    Asked,
    ProposeSelection,
    SelectionIsNotProven,
    SelectionIsTooLarge,
    SelectionTookTooLong,
    propose_adjusted,
    propose_anew,
    propose_selection,
)
from relevo_intake.commands.selections.record import outdated, selection_of
from relevo_intake.commands.selections.running import Running, give_up_selection
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.dossier import Language
from relevo_intake.domain.seating.state import NoTimeToAnswer
from relevo_intake.domain.selection.adjustment import Adjustment, MoreByHandThanSeats, NotInThisSelection
from relevo_intake.domain.selection.proposal import (
    Concession,
    GivenUpBecause,
    NoSuchSelection,
    NotARelaxation,
    Progress,
    Selection,
    SelectionIsBeingComputed,
    SelectionIsInfeasible,
    SelectionIsNotBeingComputed,
    SelectionIsNotTheLatest,
    SelectionIsOutdated,
    SelectionState,
    SelectionWasApplied,
    SelectionWasGivenUp,
    Share,
)
from relevo_intake.domain.selection.rules import SelectionRules
from relevo_intake.http.callers import Coordinator
from relevo_intake.http.calls import existing_call
from relevo_intake.http.forms.fields import When
from relevo_intake.store.choosing import SELECTION
from relevo_intake.words import concession_words

router = Routes(tags=["selection"])
PROPOSED = (
    *(CallIsStillOpen, ContactsAreUndecided, NobodyToSelect, ReviewsAreMissing, NotARelaxation),
    *(SelectionIsBeingComputed, SelectionWasApplied, SelectionWasGivenUp),
    *(SelectionIsNotProven, SelectionIsTooLarge, SelectionTookTooLong),
)
"""What is refused of any proposal."""

PATIENCE_SECONDS = 20.0
"""How long an answer waits for a selection to be computed; then it says where to look."""
POLL_SECONDS = 0.2


class SelectionForm(Strict):
    """How to select. Left out: the call's seats, a waitlist as long, the call's reviews per application."""

    seats: Annotated[int, Field(ge=1, le=10_000)] | None = None
    waitlist: Annotated[int, Field(ge=0, le=10_000)] | None = None
    least_reviews: Annotated[int, Field(ge=1, le=9)] | None = None
    relaxed: Annotated[dict[Annotated[str, Field(pattern=r"^[A-Za-z_]{1,128}$")], Count], Field(max_length=100)] = (
        Field(default_factory=dict, description="quotas that give way, by code, as a concession names them")
    )


class AdjustmentForm(Strict):
    """What a coordinator decides about one application, whatever its merit; ``as_computed`` takes that back."""

    application_id: Id
    to: Literal["inside", "outside", "as_computed"] = Field(description="inside: among those who are offered a seat")
    reason: LongText = Field(description="Sealed with the person; goes on record")


class AdjustmentsForm(Strict):
    """One for each application."""

    adjustments: Annotated[tuple[AdjustmentForm, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_once(self) -> AdjustmentsForm:
        each_once([each.application_id for each in self.adjustments], "adjustments")
        return self


class ApplyForm(Strict):
    """After ``refill_until`` a seat that comes free stays free, and no offer lasts longer: the day before the week.

    It must be given: nothing else tells that a seat freed after the week, such as by an erasure, is of use to nobody.
    """

    refill_until: When = Field(examples=["2019-12-08T00:00:00Z"])


class ConcessionView(Concession):
    """A rule that cannot be met, and the least it would have to give, in numbers and words."""

    words: dict[Language, str]


class SelectionView(BaseModel):
    """A selection: counts and composition against the quotas. What was decided about each application stands under
    ``/selections/{selection_id}/outcomes``. Nobody's attributes.
    """

    selection_id: Id
    call_id: Id
    state: SelectionState
    status: Literal["optimal", "infeasible"] | None = Field(description="null as long as nothing was computed")
    proposed_at: datetime
    proposed_by: str | None
    applied_at: datetime | None
    applied_by: str | None
    progress: Progress | None = Field(description="how far it has come, while it is computed")
    given_up_because: GivenUpBecause | None
    rules: SelectionRules
    least_reviews: int
    adjustments: tuple[Adjustment, ...] = Field(description="what was decided by hand")
    considered: int
    offered: int
    waitlisted: int
    turned_down: int
    travel_grants: int
    grants_unused: tuple[str, ...]
    merit: int
    bound: int
    solver: str
    shares: tuple[Share, ...]
    concessions: tuple[ConcessionView, ...]
    inputs_sha256: str
    outcomes_sha256: str
    signature: str
    changed_since: dict[str, int] = Field(
        description="what it was computed from and has changed since, and how often; when not empty, propose anew"
    )


COMPUTED: dict[int | str, dict[str, Any]] = {
    202: {"model": SelectionView, "description": "It takes longer: its progress stands at Location"}
}


@router.post("/calls/{call_id}/selections", status_code=201, response_model=SelectionView, responses=COMPUTED)
@refuses(*PROPOSED, NoSuchCall)
async def propose(request: Request, call_id: Id, form: SelectionForm, caller: Coordinator, shell: InShell) -> Response:
    """Propose a selection, solved to proven optimality; a preview that offers nothing yet (coordinator; rule 3).

    When the quotas cannot all be met, ``state`` is infeasible and ``concessions`` name the smallest relaxation: send
    it back as ``relaxed``. What takes longer than 20 seconds is answered with 202: its ``progress`` stands at Location.
    """
    command = ProposeSelection(call_id, form.seats, form.waitlist, form.least_reviews, form.relaxed)
    return await _propose(request, command, caller, shell)


@router.post("/selections/{selection_id}/anew", status_code=201, response_model=SelectionView, responses=COMPUTED)
@refuses(*PROPOSED, MoreByHandThanSeats, NoSuchSelection, NotInThisSelection)
async def propose_again(request: Request, selection_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Propose once more what was asked for before, from what stands now (coordinator; rule 17).

    The step to take when a proposal is outdated.
    """
    return await _propose(request, await propose_anew(shell.store, selection_id), caller, shell)


@router.post(
    "/selections/{selection_id}/adjustments", status_code=201, response_model=SelectionView, responses=COMPUTED
)
@refuses(*PROPOSED, MoreByHandThanSeats, NoSuchSelection, NotInThisSelection)
async def adjust(
    request: Request, selection_id: Id, form: AdjustmentsForm, caller: Coordinator, shell: InShell
) -> Response:
    """Propose once more with some decided by hand, each for a reason; the others are chosen around them (coordinator).

    Stored and reproduced with the selection, and kept when it is proposed anew (rules 17 and 22).
    """
    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, _proposed)
    command = await propose_adjusted(
        shell.store,
        selection_id,
        [Asked(each.application_id, each.to, each.reason) for each in form.adjustments],
        by=caller.id,
        now=shell.clock.now(),
        adjusted_id=derived_id("selection", once.key),
    )
    return await _propose(request, command, caller, shell)


@router.get("/calls/{call_id}/selections")
@refuses(BadCursor, NoSuchCall)
async def list_selections(
    call_id: Id, _: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[SelectionView]:
    """The selections of a call, the newest first (coordinator)."""
    await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "selections", call_id)
    found = list(enumerate(await selections_in_order(shell.store, call_id), start=1))
    page = cursors.page(found[int(cursors.after(after) or 0) :], limit, lambda each: str(each[0]))
    return Page(items=tuple(view(each) for _, each in page.items), next=page.next)


@router.get("/selections/{selection_id}")
@refuses(NoSuchSelection)
async def read(selection_id: Id, _: Coordinator, shell: InShell) -> SelectionView:
    """A selection as it stands, and whether what it was computed from still does (coordinator; rule 17)."""
    selection = await selection_of(shell.store, selection_id)
    return view(selection, await outdated(shell.store, selection))


@router.post("/selections/{selection_id}/giving-up", response_model=SelectionView)
@refuses(NoSuchSelection, SelectionIsNotBeingComputed)
async def give_up(request: Request, selection_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Stop computing a selection; nothing was decided by it (coordinator)."""
    once = await _once(request, caller, shell)
    outcome = await give_up_selection(
        shell.committer,
        shell.store,
        selection_id,
        "asked",
        once,
        shell.clock.now(),
        derived_id("request", once.key),
        caller.id,
    )
    return await answered(shell.vault, once, outcome)


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
async def apply(request: Request, selection_id: Id, form: ApplyForm, caller: Coordinator, shell: InShell) -> Response:
    """Apply the latest proposal: seats are offered, the waitlist stands, everybody is written to (coordinator).

    Only if everything that it was computed from still stands: otherwise it is outdated, and says what has changed.
    """
    once = await _once(request, caller, shell)
    outcome = await apply_selection(
        shell.committer,
        shell.store,
        shell.vault,
        selection_id,
        refill_until=form.refill_until,
        once=once,
        now=shell.clock.now(),
        cause_id=derived_id("request", once.key),
        by=caller.id,
    )
    if not isinstance(outcome, Repeat):
        await tell_the_others(shell.committer, shell.store, selection_id, shell.clock.now())
    return await answered(shell.vault, once, outcome)


async def _propose(request: Request, command: ProposeSelection, caller: Caller, shell: Shell) -> Response:
    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, _proposed)
    selection_id = derived_id("selection", once.key)
    running = running_in(request)
    work = propose_selection(
        shell.committer,
        shell.store,
        shell.vault,
        command,
        reader=caller.id,
        once=once,
        now=shell.clock.now(),
        cause_id=derived_id("request", once.key),
        selection_id=selection_id,
        turn=running.turn,
    )
    task = running.started(selection_id, work)
    if (still := await _patiently(task, shell, selection_id)) is not None:
        return answer_json(view(still), 202, location=f"/selections/{selection_id}").response()
    return await answered(shell.vault, once, task.result())


async def _patiently(task: asyncio.Task[Any], shell: Shell, selection_id: str) -> Selection | None:
    """Wait for the result: ``None`` when it is there, the record when it takes longer."""
    await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
    while not task.done():
        selection = await shell.store.state(SELECTION(selection_id))
        if selection is not None and selection.state == "computing":
            return selection
        await asyncio.wait({task}, timeout=POLL_SECONDS)
    return None


def running_in(request: Request) -> Running:
    """What this process computes."""
    state = request.app.state
    if not hasattr(state, "running"):
        state.running = Running()
    running: Running = state.running
    return running


async def _once(request: Request, caller: Caller, shell: Shell) -> HttpOnce:
    return await once_of(
        request, caller.id, shell.vault.service_key, shell.vault, lambda found: answer_json(view(found))
    )


def view(selection: Selection, changed_since: Mapping[str, int] | None = None) -> SelectionView:
    same = SelectionView.model_fields.keys() & Selection.model_fields.keys() - {"concessions"}
    shown = {name: getattr(selection, name) for name in same}
    status: dict[SelectionState, Literal["optimal", "infeasible"]] = {
        "proposed": "optimal",
        "applied": "optimal",
        "infeasible": "infeasible",
    }
    return SelectionView(
        **shown,
        status=status.get(selection.state),
        concessions=tuple(
            ConcessionView(**each.model_dump(), words=concession_words(**each.model_dump()))
            for each in selection.concessions
        ),
        changed_since=dict(changed_since or {}),
    )


def _proposed(selection: Selection) -> Answer:
    return answer_json(view(selection), 201, location=f"/selections/{selection.selection_id}")
