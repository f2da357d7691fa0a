"""The panel of a call, for coordinators: read with everybody's progress, and shrunk (rule 2)."""

from __future__ import annotations

from bisect import bisect_right

from fastapi import Request, Response
from pydantic import Field

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.strict import Strict
from relevo_chassis.edge.tokens import Account, UnknownIssuer, named
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.reviewers import (
    RemoveReviewer,
    ReviewerProgress,
    ReviewerRemoved,
    panel_progress,
    take_off_the_panel,
)
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.review.panel import NotOnThePanel
from relevo_intake.domain.review.scores import ReviewsAreOver
from relevo_intake.http.callers import Coordinator

router = Routes(tags=["reviews"])


class RemovalForm(Strict):
    """Who leaves the panel, and whether the reviews that they gave are taken back."""

    reviewer_id: Account
    discard_reviews: bool = Field(default=False, description="only until a selection was applied")


@router.get("/calls/{call_id}/reviewers")
@refuses(BadCursor, NoSuchCall)
async def list_reviewers(
    call_id: Id, _: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[ReviewerProgress]:
    """The panel with everybody's progress; those who left it are listed too (coordinator)."""
    cursors = Cursors(shell.vault.service_key, "reviewers", call_id)
    found = await panel_progress(shell.store, call_id)
    start = bisect_right([each.reviewer_id for each in found], cursors.after(after) or "")
    return cursors.page(found[start:], limit, lambda each: each.reviewer_id)


@router.post("/calls/{call_id}/reviewers/removal", response_model=ReviewerRemoved)
@refuses(NotOnThePanel, ReviewsAreOver, UnknownIssuer)
async def remove_reviewer(
    request: Request, call_id: Id, form: RemovalForm, caller: Coordinator, shell: InShell
) -> Response:
    """Take a reviewer off the panel; what was assigned and not reviewed is free for others (coordinator; rule 2).

    Goes on record. Share out again to fill up what is missing.
    """
    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault)
    reviewer_id = named(form.reviewer_id, shell.tokens.issuers)
    command = RemoveReviewer(call_id, reviewer_id, form.discard_reviews, caller.id)
    outcome = await take_off_the_panel(
        shell.committer, shell.store, command, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)
