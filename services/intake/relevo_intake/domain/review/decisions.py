"""What is decided about the reviews of an application: assigned, given, stepped aside from, taken back (rule 2).

Each takes the application and the panel as they stand and returns them as they stand then, with what is told of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from relevo_contracts.intake import ApplicationReviewed
from relevo_contracts.model import Event
from relevo_intake.domain import contact
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Criterion
from relevo_intake.domain.contact import Contact
from relevo_intake.domain.review.panel import ConflictOfInterest, Judged, Panel, declare_conflict
from relevo_intake.domain.review.scores import NotAssigned, Review, ReviewsAreOver, check_scores, with_review
from relevo_intake.domain.seating.state import Seating

Outcome = tuple[Application, Sequence[Event]]


class SteppedAside(NamedTuple):
    """The application and the panel without the reviewer; ``dropped`` are the reviews that do not count any more."""

    application: Application
    panel: Panel
    dropped: tuple[Review, ...]


def assigned_to(application: Application | None, named: Contact | None, reviewer_id: str) -> Application:
    """The application, if this reviewer is to judge it: unknown, withdrawn, superseded and foreign ones are the same.

    Raises ``NotAssigned``.
    """
    if application is None or not application.alive or reviewer_id not in application.assigned:
        raise NotAssigned()
    if named is not None and contact.superseded(named, application.application_id):
        raise NotAssigned()
    return application


def must_not_be_over(seating: Seating | None) -> None:
    """Raises ``ReviewsAreOver``."""
    if seating is not None and seating.selection_id is not None:
        raise ReviewsAreOver(call_id=seating.call_id)


def must_be_clear(panel: Panel, judged: Judged | None, application_id: str, reviewer_id: str) -> None:
    """Raises ``ConflictOfInterest``, also for an application of which nobody can tell."""
    if judged is None or judged.barred(panel.reviewer(reviewer_id)):
        raise ConflictOfInterest(application_id=application_id)


def assign(application: Application, panel: Panel, readers: Sequence[str]) -> Outcome:
    """Whoever of these is on the panel reads it. Whoever has reviewed it meanwhile stays assigned."""
    seated = {each.reviewer_id for each in panel.reviewers}
    reviewed = [name for each in application.reviews if (name := each.reviewer_id) in seated and name not in readers]
    assigned = (*(each for each in readers if each in seated), *reviewed)
    return application.model_copy(update={"assigned": assigned}), ()


def give_review(
    application: Application, panel: Panel, judged: Judged | None, rubric: Sequence[Criterion], review: Review
) -> Outcome:
    """A review by somebody whom the application is assigned to, in the place of an earlier one of theirs.

    Raises ``ConflictOfInterest`` or ``ScoresDoNotFitTheRubric``.
    """
    must_be_clear(panel, judged, application.application_id, review.reviewer_id)
    check_scores(rubric, review.scores)
    reviewed = application.model_copy(update={"reviews": with_review(application.reviews, review)})
    kept_review = review_of(reviewed, review.reviewer_id) or review
    return reviewed, (
        ApplicationReviewed(
            application_id=application.application_id,
            call_id=application.call_id,
            edition_id=application.edition_id,
            review_id=kept_review.review_id,
            reviews=len(reviewed.reviews),
            reviewed_at=kept_review.reviewed_at,
        ),
    )


def step_aside(application: Application | None, panel: Panel, reviewer_id: str) -> SteppedAside:
    """A reviewer declares a conflict: off their list, never assigned again, and what they gave does not count.

    Raises ``NotAssigned``.
    """
    if application is None or reviewer_id not in application.assigned:
        raise NotAssigned()
    left, dropped = unassign(application, reviewer_id, discard=True)
    return SteppedAside(left, declare_conflict(panel, reviewer_id, application.application_id), dropped)


def unassign(application: Application, reviewer_id: str, *, discard: bool) -> tuple[Application, tuple[Review, ...]]:
    """The application without this reviewer, and the reviews that were dropped: with ``discard``, all they gave."""
    dropped = tuple(each for each in application.reviews if discard and each.reviewer_id == reviewer_id)
    assigned = tuple(each for each in application.assigned if each != reviewer_id)
    kept = tuple(each for each in application.reviews if each not in dropped)
    return application.model_copy(update={"assigned": assigned, "reviews": kept}), dropped


def review_of(application: Application, reviewer_id: str) -> Review | None:
    """What a reviewer gave, if they did."""
    return next((each for each in application.reviews if each.reviewer_id == reviewer_id), None)
