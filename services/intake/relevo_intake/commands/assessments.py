"""What reviewers gave and wrote, for those who decide, and each reviewer's own (rule 2); comments opened on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.change import Asked
from relevo_chassis.people.vault import SEALED, PersonKey
from relevo_contracts.model import Frozen
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.reviews import comment_place
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.review import NotAssigned, Review, decisions, merit_of
from relevo_intake.domain.review.assessment import Assessment, assess
from relevo_intake.domain.sealed import Comment


@dataclass(frozen=True, slots=True)
class SeeReviews:
    """Applications of one call, and whether with the comments."""

    call: Call
    applications: Sequence[Application]
    comments: bool


@dataclass(frozen=True, slots=True)
class SeeReviewsOf:
    """One application."""

    application_id: str


@dataclass(frozen=True, slots=True)
class SeeOwnReview:
    """An application that is assigned to whoever asks, as it was read."""

    application: Application


class ReviewWithComment(Frozen):
    """One reviewer's scores, what they come to in basis points, and the comment."""

    review_id: str
    reviewer_id: str
    scores: dict[str, int]
    merit: int
    reviewed_at: datetime
    comment: str | None = Field(description="null when there is none, or comments were not asked for")


class Assessed(Frozen):
    """An application with its reviews. Nobody's attributes, no texts of the applicant."""

    application_id: str
    assigned: int
    assessment: Assessment
    reviews: tuple[ReviewWithComment, ...]


async def see_reviews(office: Office, query: SeeReviews, asked: Asked) -> list[Assessed]:
    """Applications with their reviews. Comments that are wanted are opened, and put on record before."""
    call = query.call
    wanted = [each for each in query.applications if each.reviews and each.state != "erased"] if query.comments else []
    comments = await _comments(office, {each.person_id: each.reviews for each in wanted}, asked)
    return [
        Assessed(
            application_id=each.application_id,
            assigned=len(each.assigned),
            assessment=assess(call.criteria.rubric, each.reviews),
            reviews=tuple(_with_comment(call, one, comments.get(one.review_id)) for one in each.reviews),
        )
        for each in query.applications
    ]


async def see_reviews_of(office: Office, query: SeeReviewsOf, asked: Asked) -> Assessed:
    """One application's reviews with their comments, put on record. Raises ``NoSuchApplication``."""
    application = await application_of(office.store, query.application_id)
    call = await call_of(office.store, application.call_id)
    (found,) = await see_reviews(office, SeeReviews(call, [application], comments=True), asked)
    return found


async def see_own_review(office: Office, query: SeeOwnReview, asked: Asked) -> ReviewWithComment:
    """A reviewer's own review with its comment, put on record. Raises ``NotAssigned`` when they gave none."""
    application = query.application
    own = decisions.review_of(application, asked.by)
    if own is None:
        raise NotAssigned()
    call = await call_of(office.store, application.call_id)
    comments = await _comments(office, {application.person_id: (own,)}, asked)
    return _with_comment(call, own, comments.get(own.review_id))


async def _comments(office: Office, reviews: Mapping[str, Sequence[Review]], asked: Asked) -> dict[str, str]:
    """The comments of these reviews, given by person; by the review's id. Put on record before they are opened."""
    if not reviews:
        return {}
    places = {f"{person_id}/{comment_place(each)}": each for person_id, those in reviews.items() for each in those}
    rows = await office.store.rows(SEALED, {"_id": {"$in": sorted(places)}})
    if not rows:
        return {}
    people = sorted({row["person_id"] for row in rows})
    fields = sorted({comment_place(places[row["_id"]]) for row in rows})
    await record_reading(office.commits, asked, "review", fields, people)
    keys = await office.vault.keys_of(people, Comment)
    return {
        places[row["_id"]].review_id: comment.text
        for row in rows
        if row["person_id"] in keys
        if (comment := _opened(keys[row["person_id"]], places[row["_id"]], row))
    }


def _opened(key: PersonKey, review: Review, row: Mapping[str, Any]) -> Comment | None:
    return key.open(comment_place(review), Comment, bytes(row["sealed"]))


def _with_comment(call: Call, review: Review, comment: str | None) -> ReviewWithComment:
    return ReviewWithComment(
        review_id=review.review_id,
        reviewer_id=review.reviewer_id,
        scores=review.scores,
        merit=merit_of(call.criteria.rubric, [review]) or 0,
        reviewed_at=review.reviewed_at,
        comment=comment,
    )
