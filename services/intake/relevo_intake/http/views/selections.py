"""Selections, as coordinators read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.domain.sealed import Language
from relevo_intake.domain.selection.adjustment import Adjustment
from relevo_intake.domain.selection.deciding import SelectionOutcome
from relevo_intake.domain.selection.proposal import (
    Concession,
    GivenUpBecause,
    Progress,
    Selection,
    SelectionState,
    Share,
)
from relevo_intake.domain.selection.rules import SelectionRules
from relevo_intake.words import concession_words


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


class OutcomeView(BaseModel):
    """What was decided about one application."""

    application_id: Id
    decided: SelectionOutcome
    merit: int = Field(description="basis points")
    place: int = Field(description="in the order of merit")
    rank: int | None = Field(description="on the waitlist")
    by_hand: bool = Field(description="whether a coordinator decided it beforehand")


def selection_view(selection: Selection, changed_since: Mapping[str, int] | None = None) -> SelectionView:
    same = SelectionView.model_fields.keys() & Selection.model_fields.keys() - {"concessions"}
    fields = {name: getattr(selection, name) for name in same}
    status: dict[SelectionState, Literal["optimal", "infeasible"]] = {
        "proposed": "optimal",
        "applied": "optimal",
        "infeasible": "infeasible",
    }
    return SelectionView(
        **fields,
        status=status.get(selection.state),
        concessions=tuple(
            ConcessionView(**each.model_dump(), words=concession_words(**each.model_dump()))
            for each in selection.concessions
        ),
        changed_since=dict(changed_since or {}),
    )


def selection_answer(selection: Selection) -> Answer:
    return answer_json(selection_view(selection))


def proposed_answer(selection: Selection) -> Answer:
    """The proposal; or where to look, when it is still being computed."""
    status = 202 if selection.state == "computing" else 201
    return answer_json(selection_view(selection), status, location=f"/selections/{selection.selection_id}")
