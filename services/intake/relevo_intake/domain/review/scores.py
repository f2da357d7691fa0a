"""Scores against the published rubric, and the merit they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import lcm

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.wrong import FieldsRefused, WrongField
from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Criterion

FULL_MERIT = 10_000


class NotAssigned(Refusal):
    """The application is not assigned to this reviewer; only a coordinator assigns."""

    status = 404


class ReviewsAreOver(Refusal):
    """The call's selection was applied; applications are not read or scored any more."""


class ScoresDoNotFitTheRubric(FieldsRefused):
    """Every criterion of the rubric needs one score, from 0 to the most it gives."""


class Review(Frozen):
    """One reviewer's scores, a whole number for each criterion."""

    review_id: str
    reviewer_id: str
    scores: dict[str, int]
    reviewed_at: datetime


def check_scores(rubric: Sequence[Criterion], scores: Mapping[str, int]) -> None:
    """Raises ``ScoresDoNotFitTheRubric`` naming the criteria that are missing, unknown or out of range."""
    most = {each.code: each.max_score for each in rubric}
    missing = [WrongField(f"scores.{code}", "score_missing", "needs a score") for code in most if code not in scores]
    outside = [
        WrongField(f"scores.{code}", "score_out_of_range", "is not from 0 to {most}", {"most": most[code]})
        for code, score in scores.items()
        if code in most and not 0 <= score <= most[code]
    ]
    unknown = [WrongField("scores", "criterion_unknown", "names a criterion that the rubric does not have")]
    if wrong := [*missing, *outside, *(unknown if scores.keys() - most.keys() else ())]:
        raise ScoresDoNotFitTheRubric(wrong)


def merit_of(rubric: Sequence[Criterion], reviews: Sequence[Review]) -> int | None:
    """The mean of the reviews' weighted scores in basis points (0 to 10,000), halves rounded up; None without reviews.

    Exact in whole numbers, so that it is the same wherever it is computed.
    """
    return merit_of_scores(rubric, [each.scores for each in reviews])


def merit_of_scores(rubric: Sequence[Criterion], scores: Sequence[Mapping[str, int]]) -> int | None:
    """The merit that these scores come to, one mapping for each review."""
    if not scores:
        return None
    share = lcm(*(each.max_score for each in rubric))
    total = sum(
        each.weight * (share // each.max_score) * sum(review[each.code] for review in scores) for each in rubric
    )
    most = share * len(scores) * sum(each.weight for each in rubric)
    return (2 * FULL_MERIT * total + most) // (2 * most)


def with_review(reviews: Sequence[Review], review: Review) -> tuple[Review, ...]:
    """A reviewer has one review of an application; a second one takes the first one's place and keeps its id."""
    earlier = [each for each in reviews if each.reviewer_id == review.reviewer_id]
    kept = review.model_copy(update={"review_id": earlier[0].review_id}) if earlier else review
    return (*(each for each in reviews if each.reviewer_id != review.reviewer_id), kept)
