"""The panel, scores, and what is struck out of texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from relevo_chassis.http.strict import NORMAL, LongTextOrEmpty, Name, Strict, example
from relevo_chassis.http.tokens import Account
from relevo_chassis.texts import lines
from relevo_contracts.model import Id
from relevo_intake.domain.countries import Country

Scores = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], Annotated[int, Field(ge=0, le=100)]],
    Field(min_length=1, max_length=50),
]
Struckable = Annotated[
    str,
    Field(
        pattern=r"^(motivation|experience|multiplier_idea|answers\.[a-z][a-z0-9_]{0,31})$",
        description="one of the texts, or `answers.` and the key of a question that reviewers see",
        examples=["motivation", "answers.network"],
    ),
]
Words = Annotated[str, Field(min_length=1, max_length=2_000), NORMAL, AfterValidator(lines)]


class ReviewerForm(Strict):
    """A reviewer. Country and organisation are kept as keyed hashes, to compare with; the latter's name sealed too."""

    reviewer_id: Account
    country: Country = Field(description="without it nobody could tell whose country is their own", examples=["PE"])
    organisation: Name | None = None
    conflicts: Annotated[tuple[Id, ...], Field(max_length=10_000)] = Field(
        default=(), description="applications that the reviewer declared a conflict with"
    )


class PanelForm(Strict, json_schema_extra=example(reviewers=[{"reviewer_id": "a-reviewer", "country": "UY"}])):
    """Reviewers to put on the panel, and how many each application gets; without it as many as the call says."""

    reviewers: Annotated[tuple[ReviewerForm, ...], Field(max_length=1_000)] = ()
    share: Annotated[int, Field(ge=1, le=9)] | None = None


class ReviewForm(Strict, json_schema_extra=example(scores={"experience": 8, "motivation": 9, "multiplier_idea": 7})):
    """Scores, one for each criterion of the rubric, and a comment that is sealed with the applicant's own things."""

    scores: Scores = Field(examples=[{"experience": 8, "motivation": 9, "multiplier_idea": 7}])
    comment: LongTextOrEmpty | None = Field(
        default=None, description="left out, one that was given before stays; empty, it is removed"
    )


class RemovalForm(Strict, json_schema_extra=example(reviewer_id="a-reviewer")):
    """Who leaves the panel, and whether the reviews that they gave are taken back."""

    reviewer_id: Account
    discard_reviews: bool = Field(default=False, description="only until a selection was applied")


class PassageForm(Strict):
    """A passage to strike out, as it stands in the text; wherever it stands there."""

    field: Struckable
    text: Words


class RedactionForm(Strict, json_schema_extra=example(passages=[])):
    """All that is to be struck out, in the place of what was before; nothing shows the texts whole again."""

    passages: Annotated[tuple[PassageForm, ...], Field(max_length=200)]
