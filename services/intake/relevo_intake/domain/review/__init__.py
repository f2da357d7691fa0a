"""Reviews: who may judge whom, and what the scores come to (rule 2)."""

from relevo_intake.domain.review.organisations import near, normal_organisation
from relevo_intake.domain.review.panel import (
    ConflictOfInterest,
    Judged,
    NotOnThePanel,
    Panel,
    Reviewer,
    declare_conflict,
    remove_from_panel,
    seat_reviewers,
    share_out,
)
from relevo_intake.domain.review.scores import (
    NotAssigned,
    Review,
    ReviewsAreOver,
    ScoresDoNotFitTheRubric,
    check_scores,
    merit_of,
    merit_of_scores,
    with_review,
)

__all__ = [
    "ConflictOfInterest",
    "Judged",
    "NotAssigned",
    "NotOnThePanel",
    "Panel",
    "Review",
    "Reviewer",
    "ReviewsAreOver",
    "ScoresDoNotFitTheRubric",
    "check_scores",
    "declare_conflict",
    "merit_of",
    "merit_of_scores",
    "near",
    "normal_organisation",
    "remove_from_panel",
    "seat_reviewers",
    "share_out",
    "with_review",
]
