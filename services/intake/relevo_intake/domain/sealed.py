"""What is never stored in clear: what a person tells about themselves, and what others write about them.

Each part is sealed under the person's own key for its retention class, but for what is about nobody who applied, under
the service's.

Three parts, so that whoever needs one opens only that one: a letter needs the identity, the selection the profile, a
blind review the statement.

``IDENTITY`` is who somebody is: it lasts as long as the person, and so do the reasons of what was decided about them,
for they may ask why (rule 22). ``STATEMENT`` is what they wrote for reviewers, and what was written of it: it can end
when nobody has to judge any more. ``NEEDS`` is what the week asks to know, and ends soon after it
(``domain/needs.py``). What holds something of both is of the class that ends first. ``THREADS`` is what they and the
secretariat write to each other (``thread``).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from relevo_chassis.kept import Kept, Sealed
from relevo_contracts.model import Frozen
from relevo_intake.domain.countries import Country
from relevo_intake.domain.kept import ANSWERED, COMMENT, DRAFT, PROFILE, STATED, WHO, WHY

IDENTITY, STATEMENT, NEEDS, THREADS = "identity", "statement", "needs", "threads"
RETENTIONS: tuple[str, ...] = (IDENTITY, STATEMENT, NEEDS, THREADS)
"""The retention classes, for each of which a person has a key of their own."""

TextName = Literal["motivation", "experience", "multiplier_idea"]
TEXTS: tuple[TextName, ...] = ("motivation", "experience", "multiplier_idea")
Language = Literal["es", "en", "pt", "fr"]
LANGUAGES: tuple[Language, ...] = ("es", "en", "pt", "fr")
Display = Literal["named", "unnamed"]
Letters = Literal["all", "few", "none"]
"""All; those of what runs out, is over, or asks something of the person; none but what the person waits for."""
AnswerValue = bool | int | str | tuple[str, ...]
"""An answer: yes or no, a whole number, a text, a day or the code of an option, the codes of several."""
Sex = Literal["female", "male", "other", "not_said"]
Group = Literal["indigenous", "african_descent", "lgbti"]
Theme = Literal[
    "environment",
    "land_rights",
    "indigenous_rights",
    "women_rights",
    "lgbti_rights",
    "african_descent_rights",
    "freedom_of_expression",
    "justice",
    "migration",
    "labour_rights",
    "children_rights",
    "other",
]


class Identity(Sealed):
    """Who the person is and how to reach them; letters and certificates need it, nobody who judges does."""

    kept: ClassVar[Kept] = WHO
    field_set: ClassVar[str] = "identity"
    retention: ClassVar[str] = IDENTITY

    name: str
    contact: str | None = Field(
        default=None, description="e-mail address, in the one spelling that letters go to; null: none, and no letters"
    )
    language: Language
    display: Display = Field(description="whether the name may appear on the public side of a certificate")
    letters: Letters = Field(default="all", description="how many letters the person wants")


class Profile(Sealed):
    """What the selection weighs and what makes a reviewer step aside."""

    kept: ClassVar[Kept] = PROFILE
    field_set: ClassVar[str] = "profile"
    retention: ClassVar[str] = IDENTITY

    country: Country
    organisation: str = ""
    sex: Sex = "not_said"
    groups: tuple[Group, ...] = ()
    themes: tuple[Theme, ...] = ()


class Statement(Sealed):
    """The texts that reviewers score."""

    kept: ClassVar[Kept] = STATED
    field_set: ClassVar[str] = "statement"
    retention: ClassVar[str] = STATEMENT

    language: Language
    motivation: str
    experience: str = ""
    multiplier_idea: str = ""


class AnswersWithTexts(Sealed):
    """What was answered to further questions of the call, by their keys, that is kept as long as the texts."""

    kept: ClassVar[Kept] = ANSWERED
    field_set: ClassVar[str] = "answers_with_texts"
    retention: ClassVar[str] = STATEMENT

    answers: dict[str, AnswerValue]


class AnswersWithApplication(Sealed):
    """What was answered to further questions of the call, by their keys, that is kept as long as the application."""

    kept: ClassVar[Kept] = ANSWERED
    field_set: ClassVar[str] = "answers_with_application"
    retention: ClassVar[str] = IDENTITY

    answers: dict[str, AnswerValue]


Answers = AnswersWithTexts | AnswersWithApplication
"""Of which class answers are, their question says."""


class Dossier(Frozen):
    """All that an applicant submitted."""

    identity: Identity
    profile: Profile
    statement: Statement
    answers: tuple[Answers, ...] = ()

    @property
    def parts(self) -> tuple[Identity | Profile | Statement | Answers, ...]:
        return (self.identity, self.profile, self.statement, *self.answers)


class DraftDossier(Sealed):
    """An application that is still being written: anything may be missing."""

    kept: ClassVar[Kept] = DRAFT
    field_set: ClassVar[str] = "draft"
    retention: ClassVar[str] = STATEMENT

    name: str | None = None
    contact: str | None = None
    language: Language | None = None
    display: Display | None = None
    letters: Letters | None = None
    country: Country | None = None
    organisation: str | None = None
    sex: Sex | None = None
    groups: tuple[Group, ...] | None = None
    themes: tuple[Theme, ...] | None = None
    motivation: str | None = None
    experience: str | None = None
    multiplier_idea: str | None = None
    answers: dict[str, AnswerValue] | None = None


class ProposedContact(Sealed):
    """The address that staff put forward, sealed under the person's key until its holder has spoken."""

    kept: ClassVar[Kept] = WHO
    field_set: ClassVar[str] = "proposed_contact"
    retention: ClassVar[str] = IDENTITY

    contact: str


class Struck(Frozen):
    """A passage that reviewers do not see, wherever it stands in the text, which may be an answer's: ``answers.`` and
    the key of its question."""

    field: str
    text: str = Field(min_length=1)


class Redaction(Sealed):
    """The texts as reviewers see them, sealed beside those that were sent in, and what was struck out of them.

    ``answers`` are the texts among the answers of which something was struck out, by where they stand.
    """

    kept: ClassVar[Kept] = STATED
    field_set: ClassVar[str] = "redaction"
    retention: ClassVar[str] = STATEMENT

    passages: tuple[Struck, ...]
    statement: Statement
    answers: dict[str, str] = Field(default_factory=dict)


class Comment(Sealed):
    """What a reviewer wrote besides the scores."""

    kept: ClassVar[Kept] = COMMENT
    retention: ClassVar[str] = STATEMENT

    text: str


class WhyCorrected(Sealed):
    """Why staff corrected something."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = IDENTITY

    text: str


class WhyOffered(Sealed):
    """Why a coordinator offered somebody a seat by hand."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = IDENTITY

    text: str


class WhyByHand(Sealed):
    """Why a coordinator decided about somebody by hand."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = IDENTITY

    text: str


class Organisation(Frozen):
    """A reviewer's organisation, sealed for the service itself."""

    name: str


FIELD_SETS: tuple[str, ...] = (
    Identity.field_set,
    Profile.field_set,
    Statement.field_set,
    DraftDossier.field_set,
    AnswersWithTexts.field_set,
    AnswersWithApplication.field_set,
    NEEDS,
)
