"""The panel of a call, for coordinators: read with everybody's progress, and shrunk (rule 2)."""

from __future__ import annotations

from bisect import bisect_right

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import UnknownIssuer, named
from relevo_contracts.model import Id
from relevo_intake.commands import reviewers
from relevo_intake.commands.reviewers import RemoveReviewer, ReviewerProgress, ReviewerRemoved, panel_progress
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.review.panel import NotOnThePanel
from relevo_intake.domain.review.scores import ReviewsAreOver
from relevo_intake.http.callers import InOffice, MayAssignReviewers
from relevo_intake.http.forms.reviews import RemovalForm

router = Routes(tags=["reviews"])


@router.get("/calls/{call_id}/reviewers")
@refuses(BadCursor, NoSuchCall)
async def list_reviewers(
    call_id: Id, _: MayAssignReviewers, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[ReviewerProgress]:
    """The panel with everybody's progress; those who left it are listed too (coordinator)."""
    cursors = Cursors(office.vault.service_key, "reviewers", call_id)
    found = await panel_progress(office.store, call_id)
    start = bisect_right([each.reviewer_id for each in found], cursors.after(after) or "")
    return cursors.page(found[start:], limit, lambda each: each.reviewer_id)


@router.post("/calls/{call_id}/reviewers/remove", response_model=ReviewerRemoved)
@refuses(NotOnThePanel, ReviewsAreOver, UnknownIssuer)
async def remove_reviewer(
    call_id: Id, form: RemovalForm, caller: MayAssignReviewers, asking: InAsking, office: InOffice
) -> Response:
    """Take a reviewer off the panel; what was assigned and not reviewed is free for others (coordinator; rule 2).

    Goes on record. Share out again to fill up what is missing.
    """
    reviewer_id = named(form.reviewer_id, asking.shell.tokens.issuers)
    command = RemoveReviewer(call_id, reviewer_id, form.discard_reviews)
    return await asking.answer(reviewers.remove_reviewer, office, command, by=caller.id)
