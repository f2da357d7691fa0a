"""Reviews and the texts that are reviewed, as reviewers and coordinators read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.redactions import RevealingTexts, TextsOfApplication
from relevo_intake.commands.reviews import SavedReview
from relevo_intake.domain.application import Application
from relevo_intake.domain.blindness import Names, Passage
from relevo_intake.domain.details import Details
from relevo_intake.domain.review import decisions
from relevo_intake.domain.sealed import TEXTS, Redaction, Struck


class AssignmentView(BaseModel):
    """An application that the caller is to review."""

    application_id: Id
    call_id: Id
    reviewed_at: datetime | None


class ReviewView(BaseModel):
    """A review as it was taken."""

    review_id: Id
    application_id: Id
    scores: dict[str, int]
    reviewed_at: datetime


class SteppedAsideView(BaseModel):
    """The reviewer no longer sees this application."""

    application_id: Id


class PreviewView(BaseModel):
    """What reviewers could tell from the texts."""

    blind: bool = Field(description="whether the call's reviews are blind; if not, nothing is warned of")
    warnings: tuple[Passage, ...] = Field(
        description="where a text holds the name, the contact or the organisation that was given beside it"
    )


class SeenTextsView(BaseModel):
    """The texts as reviewers see them."""

    motivation: str
    experience: str
    multiplier_idea: str
    answers: dict[str, str] = Field(
        description="the texts among the answers; a blind call leaves out what tells who wrote them besides"
    )


class RevealingTextsView(BaseModel):
    """An application's texts, where they tell who wrote them, and what reviewers see instead."""

    application_id: Id
    motivation: str
    experience: str
    multiplier_idea: str
    answers: dict[str, str] = Field(description="the texts among the answers that reviewers see, as they were sent in")
    warnings: tuple[Passage, ...]
    passages: tuple[Struck, ...] = Field(description="what is struck out")
    seen: SeenTextsView | None = Field(description="what reviewers see; null: the texts as they are")


class RevealingCaseView(BaseModel):
    """An application whose texts tell who wrote them."""

    application_id: Id
    names: tuple[Names, ...]
    redacted: bool


class RedactedView(BaseModel):
    """What became of it."""

    application_id: Id
    redacted_at: datetime | None = Field(description="null: reviewers see the texts whole")


def assignment_view(application: Application, reviewer_id: str) -> AssignmentView:
    own = decisions.review_of(application, reviewer_id)
    return AssignmentView(
        application_id=application.application_id,
        call_id=application.call_id,
        reviewed_at=own.reviewed_at if own else None,
    )


def review_answer(saved: SavedReview) -> Answer:
    review = saved.review
    view = ReviewView(
        review_id=review.review_id,
        application_id=saved.application_id,
        scores=review.scores,
        reviewed_at=review.reviewed_at,
    )
    return answer_json(view, 201)


def stepped_aside_answer(application_id: str) -> Answer:
    return answer_json(SteppedAsideView(application_id=application_id))


def revealing_case_view(application_id: str, revealing: RevealingTexts) -> RevealingCaseView:
    return RevealingCaseView(
        application_id=application_id,
        names=tuple(sorted({each.names for each in revealing.passages})),
        redacted=revealing.redaction is not None,
    )


def revealing_texts_answer(found: TextsOfApplication) -> Answer:
    revealing, redaction = found.revealing, found.revealing.redaction
    view = RevealingTextsView(
        application_id=found.application_id,
        **{name: getattr(revealing.statement, name) for name in TEXTS},
        answers=dict(revealing.answers),
        warnings=revealing.passages,
        passages=redaction.passages if redaction else (),
        seen=_seen_texts(redaction, revealing.answers) if redaction else None,
    )
    return answer_json(view)


def _seen_texts(redaction: Redaction, answers: Mapping[str, str]) -> SeenTextsView:
    texts = {name: getattr(redaction.statement, name) for name in TEXTS}
    return SeenTextsView(**texts, answers={**answers, **redaction.answers})


def redacted_answer(details: Details) -> Answer:
    return answer_json(RedactedView(application_id=details.application_id, redacted_at=details.redacted_at))
