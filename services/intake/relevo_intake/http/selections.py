"""Selections, for coordinators: propose with a preview, apply, reproduce (rule 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.strict import Strict
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_contracts import derived_id
from relevo_contracts.model import Count, Id, Sha256
from relevo_intake.commands.selections import (
    ProposeSelection,
    Reproduction,
    apply_selection,
    outdated,
    propose_anew,
    propose_selection,
    reproduce_selection,
    selection_of,
)
from relevo_intake.domain.dossier import Language
from relevo_intake.domain.selection.proposal import Concession, Decided, Selection, Share
from relevo_intake.domain.selection.reasons import concession_words
from relevo_intake.domain.selection.rules import SelectionRules
from relevo_intake.http.forms import When
from relevo_intake.http.receipts import InShell

router = Routes(tags=["selection"])
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]


class SelectionForm(Strict):
    """How to select. Left out: the call's seats, a waitlist as long, the call's reviews per application."""

    seats: Annotated[int, Field(ge=1, le=10_000)] | None = None
    waitlist: Annotated[int, Field(ge=0, le=100_000)] | None = None
    least_reviews: Annotated[int, Field(ge=1, le=9)] | None = None
    relaxed: Annotated[dict[Annotated[str, Field(pattern=r"^[A-Za-z_]{1,128}$")], Count], Field(max_length=100)] = (
        Field(default_factory=dict, description="quotas that give way, by code, as a concession names them")
    )


class ApplyForm(Strict):
    """After ``refill_until`` a seat that comes free stays free, and no offer lasts longer: the day before the week.

    It must be given: nothing else tells that a seat freed after the week, such as by an erasure, is of use to nobody.
    """

    refill_until: When = Field(examples=["2019-12-08T00:00:00Z"])


class OutcomeView(BaseModel):
    """What was decided about one application."""

    application_id: Id
    decided: Decided
    merit: int = Field(description="basis points")
    place: int = Field(description="in the order of merit")
    rank: int | None = Field(description="on the waitlist")


class ConcessionView(Concession):
    """A rule that cannot be met, and the least it would have to give, in numbers and words."""

    words: dict[Language, str]


class SelectionView(BaseModel):
    """A selection: counts, composition against the quotas, and each application's outcome. Nobody's attributes."""

    selection_id: Id
    call_id: Id
    state: Literal["proposed", "infeasible", "applied"]
    status: Literal["optimal", "infeasible"]
    proposed_at: datetime
    applied_at: datetime | None
    rules: SelectionRules
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
    inputs_sha256: Sha256
    outcomes_sha256: str
    signature: str
    changed_since: dict[str, int] = Field(
        description="what it was computed from and has changed since, and how often; when not empty, propose anew"
    )
    outcomes: tuple[OutcomeView, ...]


@router.post("/calls/{call_id}/selections", status_code=201, response_model=SelectionView)
async def propose(request: Request, call_id: Id, form: SelectionForm, caller: Coordinator, shell: InShell) -> Response:
    """Propose a selection, solved to proven optimality; a preview that offers nothing yet (coordinator; rule 3).

    When the quotas cannot all be met, ``state`` is infeasible and ``concessions`` name the smallest relaxation: send
    it back as ``relaxed``.
    """
    command = ProposeSelection(call_id, form.seats, form.waitlist, form.least_reviews, form.relaxed)
    return await _propose(request, command, caller, shell)


@router.post("/selections/{selection_id}/anew", status_code=201, response_model=SelectionView)
async def propose_again(request: Request, selection_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Propose once more what was asked for before, from what stands now (coordinator; rule 17).

    The step to take when a proposal is outdated.
    """
    return await _propose(request, await propose_anew(shell.store, selection_id), caller, shell)


async def _propose(request: Request, command: ProposeSelection, caller: Caller, shell: InShell) -> Response:
    once = await once_of(request, caller.subject, shell.vault.service_key, shell.vault, _proposed)
    outcome = await propose_selection(
        shell.committer,
        shell.store,
        shell.vault,
        command,
        reader=caller.subject,
        once=once,
        now=shell.clock.now(),
        cause_id=derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.get("/selections/{selection_id}")
async def read(selection_id: Id, _: Coordinator, shell: InShell) -> SelectionView:
    """A selection as it stands, and whether what it was computed from still does (coordinator; rule 17)."""
    selection = await selection_of(shell.store, selection_id)
    return view(selection, await outdated(shell.store, selection))


@router.post("/selections/{selection_id}/apply", response_model=SelectionView)
async def apply(request: Request, selection_id: Id, form: ApplyForm, caller: Coordinator, shell: InShell) -> Response:
    """Apply the latest proposal: seats are offered, the waitlist stands, everybody is written to (coordinator).

    Only if everything that it was computed from still stands: otherwise it is outdated, and says what has changed.
    """
    once = await once_of(
        request, caller.subject, shell.vault.service_key, shell.vault, lambda applied: answer_json(view(applied))
    )
    outcome = await apply_selection(
        shell.committer,
        shell.store,
        shell.vault,
        selection_id,
        refill_until=form.refill_until,
        once=once,
        now=shell.clock.now(),
        cause_id=derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.get("/selections/{selection_id}/reproduction")
async def reproduce(selection_id: Id, caller: Coordinator, shell: InShell) -> Reproduction:
    """Compute the selection again from its stored inputs, and compare (coordinator; rule 3)."""
    return await reproduce_selection(
        shell.committer, shell.store, shell.vault, selection_id, reader=caller.subject, now=shell.clock.now()
    )


def view(selection: Selection, changed_since: Mapping[str, int] | None = None) -> SelectionView:
    same = SelectionView.model_fields.keys() & Selection.model_fields.keys() - {"concessions", "outcomes"}
    shown = {name: getattr(selection, name) for name in same}
    return SelectionView(
        **shown,
        offered=len(selection.decided("offered")),
        waitlisted=len(selection.decided("waitlisted")),
        turned_down=len(selection.decided("turned_down")),
        concessions=tuple(
            ConcessionView(**each.model_dump(), words=concession_words(**each.model_dump()))
            for each in selection.concessions
        ),
        changed_since=dict(changed_since or {}),
        outcomes=tuple(OutcomeView(**each.model_dump(exclude={"person_id"})) for each in selection.outcomes),
    )


def _proposed(selection: Selection) -> Answer:
    return answer_json(view(selection), 201, location=f"/selections/{selection.selection_id}")
