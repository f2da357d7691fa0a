"""Reviews as they were given: for coordinators, who decide, and each reviewer's own (rule 2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands.assessments import Assessed, ReviewGiven, assessed, own_review
from relevo_intake.commands.reviews import assigned_to
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.review.scores import NotAssigned
from relevo_intake.http.callers import Coordinator, ReviewerCaller
from relevo_intake.http.calls import existing_call
from relevo_intake.store.people import APPLICATION, applications_of_call

router = Routes(tags=["reviews"])


@router.get("/calls/{call_id}/reviews")
@refuses(BadCursor, NoSuchCall)
async def list_reviews(
    call_id: Id,
    caller: Coordinator,
    shell: InShell,
    comments: Annotated[bool, Query(description="with the comments, which goes on record")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[Assessed]:
    """The applications of a call with their scores, mean and spread, and on request the comments (coordinator)."""
    call = await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "reviews", call_id)
    found = await applications_of_call(shell.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    items = await assessed(
        shell.committer,
        shell.store,
        shell.vault,
        call,
        page.items,
        reader=caller.id,
        comments=comments,
        now=shell.clock.now(),
    )
    return Page(items=tuple(items), next=page.next)


@router.get("/applications/{application_id}/reviews")
@refuses(NoSuchApplication)
async def read_reviews(application_id: Id, caller: Coordinator, shell: InShell) -> Assessed:
    """An application's reviews with scores, mean, spread and comments, put on record (coordinator)."""
    application = await shell.store.state(APPLICATION(application_id))
    if application is None:
        raise NoSuchApplication()
    call = await existing_call(shell, application.call_id)
    (found,) = await assessed(
        shell.committer,
        shell.store,
        shell.vault,
        call,
        [application],
        reader=caller.id,
        comments=True,
        now=shell.clock.now(),
    )
    return found


@router.get("/applications/{application_id}/reviews/own")
@refuses(NotAssigned)
async def read_own_review(application_id: Id, caller: ReviewerCaller, shell: InShell) -> ReviewGiven:
    """The caller's own review with its comment, put on record (reviewer)."""
    application = await assigned_to(shell.store, application_id, caller.id)
    call = await existing_call(shell, application.call_id)
    return await own_review(
        shell.committer, shell.store, shell.vault, call, application_id, caller.id, shell.clock.now()
    )
