"""Reviews: the panel and its assignments for coordinators; reading and scoring for reviewers (rule 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.strict import LongTextOrEmpty, Name, Strict
from relevo_chassis.edge.tokens import Account, UnknownIssuer, named
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.panel import (
    Assigned,
    AssignReviewers,
    NewReviewer,
    PossibleConflict,
    assign_reviewers,
    look_for_conflicts,
)
from relevo_intake.commands.reviews import (
    ForReview,
    assigned_to,
    declare_conflict_of,
    give_review,
    read_for_review,
    review_command,
)
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.countries import Country
from relevo_intake.domain.review import Review
from relevo_intake.domain.review.panel import ConflictOfInterest, NotOnThePanel
from relevo_intake.domain.review.scores import NotAssigned, ReviewsAreOver, ScoresDoNotFitTheRubric
from relevo_intake.http.callers import Coordinator, ReviewerCaller
from relevo_intake.http.calls import existing_call
from relevo_intake.store.choosing import applications_assigned_to
from relevo_intake.store.people import applications_of_call, not_superseded

router = Routes(tags=["reviews"])
Scores = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], Annotated[int, Field(ge=0, le=100)]],
    Field(min_length=1, max_length=50),
]


class ReviewerForm(Strict):
    """A reviewer. Country and organisation are kept as keyed hashes, to compare with; the latter's name sealed too."""

    reviewer_id: Account
    country: Country = Field(description="without it nobody could tell whose country is their own", examples=["PE"])
    organisation: Name | None = None
    conflicts: Annotated[tuple[Id, ...], Field(max_length=10_000)] = Field(
        default=(), description="applications that the reviewer declared a conflict with"
    )


class PanelForm(Strict):
    """Reviewers to put on the panel, and how many each application gets; without it as many as the call says."""

    reviewers: Annotated[tuple[ReviewerForm, ...], Field(max_length=1_000)] = ()
    share: Annotated[int, Field(ge=1, le=9)] | None = None


class ReviewForm(Strict):
    """Scores, one for each criterion of the rubric, and a comment that is sealed with the applicant's own things."""

    scores: Scores = Field(examples=[{"experience": 8, "motivation": 9, "multiplier_idea": 7}])
    comment: LongTextOrEmpty | None = Field(
        default=None, description="left out, one that was given before stays; empty, it is removed"
    )


class AssignmentView(BaseModel):
    """An application that the caller is to review."""

    application_id: Id
    call_id: Id
    reviewed_at: datetime | None


class ReviewView(BaseModel):
    """A review as it was taken."""

    review_id: Id
    application_id: Id
    scores: dict[str, int]
    reviewed_at: datetime


class SteppedAside(BaseModel):
    """The reviewer no longer sees this application."""

    application_id: Id


@router.post("/calls/{call_id}/reviewers", response_model=Assigned)
@refuses(NoSuchCall, UnknownIssuer)
async def assign(request: Request, call_id: Id, form: PanelForm, caller: Coordinator, shell: InShell) -> Response:
    """Put reviewers on the panel and share out the applications evenly, nobody their own (coordinator; rule 2).

    What is assigned stays; called again it fills up what is missing.
    """
    issuers = shell.tokens.issuers
    reviewers = tuple(
        NewReviewer(named(each.reviewer_id, issuers), each.country, each.organisation, each.conflicts)
        for each in form.reviewers
    )
    command = AssignReviewers(call_id, reviewers, form.share)
    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault)
    outcome = await assign_reviewers(
        shell.by(caller),
        shell.store,
        shell.vault,
        command,
        reader=caller.id,
        once=once,
        now=shell.clock.now(),
        cause_id=derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.get("/calls/{call_id}/possible-conflicts")
@refuses(BadCursor, NoSuchCall)
async def list_possible_conflicts(
    call_id: Id, caller: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[PossibleConflict]:
    """Assignments in which applicant and reviewer name organisations that may be one (coordinator; rule 2).

    Opened in memory and put on record. Looks through `limit` applications at a time, so a page may be empty and have
    a next one. To keep the two apart, send the reviewer again with the application among `conflicts`.
    """
    await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "possible-conflicts", call_id)
    found = await applications_of_call(shell.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    items = await look_for_conflicts(
        shell.committer, shell.store, shell.vault, page.items, caller.id, shell.clock.now()
    )
    return Page(items=tuple(items), next=page.next)


@router.get("/reviews/assignments")
@refuses(BadCursor)
async def list_assignments(
    caller: ReviewerCaller, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[AssignmentView]:
    """What the caller is to review, and has (reviewer). What another application stands for is not among it."""
    cursors = Cursors(shell.vault.service_key, "assignments", caller.id)
    found = await applications_assigned_to(shell.store, caller.id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    items = (
        AssignmentView(
            application_id=each.application_id,
            call_id=each.call_id,
            reviewed_at=next((one.reviewed_at for one in each.reviews if one.reviewer_id == caller.id), None),
        )
        for each in await not_superseded(shell.store, page.items)
    )
    return Page(items=tuple(items), next=page.next)


@router.get("/applications/{application_id}/for-review")
@refuses(ConflictOfInterest, NotAssigned, NotOnThePanel, ReviewsAreOver, PersonErased)
async def read(application_id: Id, caller: ReviewerCaller, shell: InShell) -> ForReview:
    """The texts of an application that is assigned to the caller, put on record; blind where the call says so."""
    return await read_for_review(
        shell.committer, shell.store, shell.vault, application_id, caller.id, shell.clock.now()
    )


@router.post("/applications/{application_id}/reviews", status_code=201, response_model=ReviewView)
@refuses(ConflictOfInterest, NotAssigned, NotOnThePanel, PersonErased, ReviewsAreOver, ScoresDoNotFitTheRubric)
async def review(
    request: Request, application_id: Id, form: ReviewForm, caller: ReviewerCaller, shell: InShell
) -> Response:
    """Score an application that is assigned to the caller; once more replaces the first review (reviewer; rule 2)."""
    application = await assigned_to(shell.store, application_id, caller.id)
    key = await shell.vault.key_of(application.person_id)
    once = await once_of(
        request, caller.id, key, shell.vault, lambda given: answer_json(_view(application_id, given), 201)
    )
    outcome = await give_review(
        shell.by(caller),
        shell.store,
        shell.vault,
        review_command(application_id, caller.id, form.scores, form.comment),
        once,
        shell.clock.now(),
        derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.post("/applications/{application_id}/conflicts", response_model=SteppedAside)
@refuses(NotAssigned, NotOnThePanel)
async def step_aside(request: Request, application_id: Id, caller: ReviewerCaller, shell: InShell) -> Response:
    """Declare a conflict with an application that is assigned to the caller; it leaves the list (reviewer; rule 2)."""
    once = await once_of(
        request,
        caller.id,
        shell.vault.service_key,
        shell.vault,
        lambda id: answer_json(SteppedAside(application_id=id)),
    )
    outcome = await declare_conflict_of(
        shell.by(caller),
        shell.store,
        application_id,
        caller.id,
        once,
        shell.clock.now(),
        derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


def _view(application_id: str, given: Review) -> ReviewView:
    return ReviewView(
        review_id=given.review_id,
        application_id=application_id,
        scores=given.scores,
        reviewed_at=given.reviewed_at,
    )
