"""What reviewers gave and wrote, for those who decide, and each reviewer's own (rule 2); comments opened on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.vault import SEALED, PersonKey, Vault
from relevo_contracts.model import Frozen
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.reviews import Comment, assigned_to, comment_place
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.review import NotAssigned, Review, merit_of
from relevo_intake.domain.review.assessment import Assessment, assess


class ReviewGiven(Frozen):
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
    reviews: tuple[ReviewGiven, ...]


async def assessed(
    commits: Commits,
    store: Store,
    vault: Vault,
    call: Call,
    applications: Sequence[Application],
    *,
    reader: str,
    comments: bool,
    now: datetime,
) -> list[Assessed]:
    """Applications of one call with their reviews. With ``comments``, these are opened, and put on record before."""
    wanted = [each for each in applications if each.reviews and each.state != "erased"] if comments else []
    told = await _comments(commits, store, vault, {each.person_id: each.reviews for each in wanted}, reader, now)
    return [
        Assessed(
            application_id=each.application_id,
            assigned=len(each.assigned),
            assessment=assess(call.criteria.rubric, each.reviews),
            reviews=tuple(_given(call, one, told.get(one.review_id)) for one in each.reviews),
        )
        for each in applications
    ]


async def own_review(
    commits: Commits, store: Store, vault: Vault, call: Call, application_id: str, reviewer_id: str, now: datetime
) -> ReviewGiven:
    """A reviewer's own review with its comment, as long as the application is theirs. Raises ``NotAssigned``."""
    application = await assigned_to(store, application_id, reviewer_id)
    own = next((each for each in application.reviews if each.reviewer_id == reviewer_id), None)
    if own is None:
        raise NotAssigned()
    told = await _comments(commits, store, vault, {application.person_id: (own,)}, reviewer_id, now)
    return _given(call, own, told.get(own.review_id))


async def _comments(
    commits: Commits,
    store: Store,
    vault: Vault,
    reviews: Mapping[str, Sequence[Review]],
    reader: str,
    now: datetime,
) -> dict[str, str]:
    """The comments of these reviews, given by person; by the review's id. Put on record before they are opened."""
    if not reviews:
        return {}
    places = {f"{person_id}/{comment_place(each)}": each for person_id, those in reviews.items() for each in those}
    rows = await store.rows(SEALED, {"_id": {"$in": sorted(places)}})
    if not rows:
        return {}
    people = sorted({row["person_id"] for row in rows})
    fields = sorted({comment_place(places[row["_id"]]) for row in rows})
    await record_reading(commits, reader=reader, purpose="review", field_sets=fields, person_ids=people, now=now)
    keys = await vault.keys_of(people)
    return {
        places[row["_id"]].review_id: _opened(keys[row["person_id"]], places[row["_id"]], row)
        for row in rows
        if row["person_id"] in keys
    }


def _opened(key: PersonKey, review: Review, row: Mapping[str, Any]) -> str:
    return key.open(comment_place(review), Comment, bytes(row["sealed"])).text


def _given(call: Call, review: Review, comment: str | None) -> ReviewGiven:
    return ReviewGiven(
        review_id=review.review_id,
        reviewer_id=review.reviewer_id,
        scores=review.scores,
        merit=merit_of(call.criteria.rubric, [review]) or 0,
        reviewed_at=review.reviewed_at,
        comment=comment,
    )
