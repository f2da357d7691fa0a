"""Reviews as they were given: for coordinators, who decide, and each reviewer's own (rule 2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands import assessments
from relevo_intake.commands.assessments import Assessed, ReviewWithComment, SeeOwnReview, SeeReviews, SeeReviewsOf
from relevo_intake.commands.calls import call_of
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.review.scores import NotAssigned
from relevo_intake.http.callers import AssignedApplication, InOffice, MayReadReviews, MayReview
from relevo_intake.store.people import applications_of_call

router = Routes(tags=["reviews"])


@router.get("/calls/{call_id}/reviews")
@refuses(BadCursor, NoSuchCall)
async def list_reviews(
    call_id: Id,
    caller: MayReadReviews,
    asking: InAsking,
    office: InOffice,
    comments: Annotated[bool, Query(description="with the comments, which goes on record")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[Assessed]:
    """The applications of a call with their scores, mean and spread, and on request the comments (coordinator)."""
    call = await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "reviews", call_id)
    found = await applications_of_call(office.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    items = await assessments.see_reviews(office, SeeReviews(call, page.items, comments), asking.asked(caller.id))
    return Page(items=tuple(items), next=page.next)


@router.get("/applications/{application_id}/reviews", response_model=Assessed)
@refuses(NoSuchApplication)
async def read_reviews(application_id: Id, caller: MayReadReviews, asking: InAsking, office: InOffice) -> Response:
    """An application's reviews with scores, mean, spread and comments, put on record (coordinator)."""
    return await asking.answer(assessments.see_reviews_of, office, SeeReviewsOf(application_id), by=caller.id)


@router.get("/me/reviews/{application_id}", response_model=ReviewWithComment)
@refuses(NotAssigned)
async def read_own_review(
    application_id: Id, application: AssignedApplication, caller: MayReview, asking: InAsking, office: InOffice
) -> Response:
    """The caller's own review with its comment, put on record (reviewer)."""
    return await asking.answer(assessments.see_own_review, office, SeeOwnReview(application), by=caller.id)
