"""Reviews: the panel and its assignments for coordinators; reading and scoring for reviewers (rule 2)."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import UnknownIssuer, named
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import panel, reviews
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.panel import Assigned, AssignReviewers, NewReviewer, PossibleConflict, SeePossibleConflicts
from relevo_intake.commands.reviews import ForReview, GiveReview, SeeForReview, StepAside
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.review.panel import ConflictOfInterest, NotOnThePanel
from relevo_intake.domain.review.scores import NotAssigned, ReviewsAreOver, ScoresDoNotFitTheRubric
from relevo_intake.domain.sealed import Comment
from relevo_intake.http.callers import (
    AssignedApplication,
    AssignedKey,
    InOffice,
    MayAssignReviewers,
    MayReview,
)
from relevo_intake.http.forms.reviews import PanelForm, ReviewForm
from relevo_intake.http.views.reviews import (
    AssignmentView,
    ReviewView,
    SteppedAsideView,
    assignment_view,
    review_answer,
    stepped_aside_answer,
)
from relevo_intake.store.choosing import applications_assigned_to
from relevo_intake.store.people import applications_of_call, not_superseded

router = Routes(tags=["reviews"])


@router.post("/calls/{call_id}/reviewers", response_model=Assigned)
@refuses(NoSuchCall, UnknownIssuer)
async def assign_reviewers(
    call_id: Id, form: PanelForm, caller: MayAssignReviewers, asking: InAsking, office: InOffice
) -> Response:
    """Put reviewers on the panel and share out the applications evenly, nobody their own (coordinator; rule 2).

    What is assigned stays; called again it fills up what is missing.
    """
    issuers = asking.shell.tokens.issuers
    reviewers = tuple(
        NewReviewer(named(each.reviewer_id, issuers), each.country, each.organisation, each.conflicts)
        for each in form.reviewers
    )
    command = AssignReviewers(call_id, reviewers, form.share)
    return await asking.answer(panel.assign_reviewers, office, command, by=caller.id)


@router.get("/calls/{call_id}/possible-conflicts")
@refuses(BadCursor, NoSuchCall)
async def list_possible_conflicts(
    call_id: Id, caller: MayAssignReviewers, asking: InAsking, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[PossibleConflict]:
    """Assignments in which applicant and reviewer name organisations that may be one (coordinator; rule 2).

    Opened in memory and put on record. Looks through `limit` applications at a time, so a page may be empty and have
    a next one. To keep the two apart, send the reviewer again with the application among `conflicts`.
    """
    await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "possible-conflicts", call_id)
    found = await applications_of_call(office.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    items = await panel.see_possible_conflicts(office, SeePossibleConflicts(page.items), asking.asked(caller.id))
    return Page(items=tuple(items), next=page.next)


@router.get("/me/assignments")
@refuses(BadCursor)
async def list_own_assignments(
    caller: MayReview, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[AssignmentView]:
    """What the caller is to review, and has (reviewer). What another application stands for is not among it."""
    cursors = Cursors(office.vault.service_key, "assignments", caller.id)
    found = await applications_assigned_to(office.store, caller.id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    items = tuple(assignment_view(each, caller.id) for each in await not_superseded(office.store, page.items))
    return Page(items=items, next=page.next)


@router.get("/applications/{application_id}/for-review", response_model=ForReview)
@refuses(ConflictOfInterest, NotAssigned, NotOnThePanel, ReviewsAreOver, PersonErased)
async def read_for_review(
    application_id: Id, application: AssignedApplication, caller: MayReview, asking: InAsking, office: InOffice
) -> Response:
    """The texts of an application that is assigned to the caller, put on record; blind where the call says so."""
    return await asking.answer(reviews.see_for_review, office, SeeForReview(application), by=caller.id)


@router.post("/applications/{application_id}/reviews", status_code=201, response_model=ReviewView)
@refuses(ConflictOfInterest, NotAssigned, NotOnThePanel, PersonErased, ReviewsAreOver, ScoresDoNotFitTheRubric)
async def give_review(
    application_id: Id,
    form: ReviewForm,
    application: AssignedApplication,
    key: AssignedKey,
    caller: MayReview,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Score an application that is assigned to the caller; once more replaces the first review (reviewer; rule 2)."""
    command = GiveReview(application, key, form.scores, form.comment)
    answers = key.like(Comment)
    return await asking.answer(reviews.give_review, office, command, by=caller.id, respond=review_answer, key=answers)


@router.post("/applications/{application_id}/step-aside", response_model=SteppedAsideView)
@refuses(NotAssigned, NotOnThePanel)
async def declare_conflict(application_id: Id, caller: MayReview, asking: InAsking, office: InOffice) -> Response:
    """Declare a conflict with an application that is assigned to the caller; it leaves the list (reviewer; rule 2)."""
    command = StepAside(application_id)
    return await asking.answer(reviews.step_aside, office, command, by=caller.id, respond=stepped_aside_answer)
