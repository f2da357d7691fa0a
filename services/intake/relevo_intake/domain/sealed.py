"""What is never stored in clear: what a person tells about themselves, and what others write about them.

Each part is sealed under the person's own key, but for what is about nobody who applied, under the service's.

Three parts, so that whoever needs one opens only that one: a letter needs the identity, the selection the profile, a
blind review the statement.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from relevo_contracts.model import Frozen
from relevo_intake.domain.countries import Country

TextName = Literal["motivation", "experience", "multiplier_idea"]
TEXTS: tuple[TextName, ...] = ("motivation", "experience", "multiplier_idea")
Language = Literal["es", "en", "pt", "fr"]
Display = Literal["named", "unnamed"]
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


class Identity(Frozen):
    """Who the person is and how to reach them; letters and certificates need it, nobody who judges does."""

    field_set: ClassVar[str] = "identity"

    name: str
    contact: str | None = Field(
        default=None, description="e-mail address, in the one spelling that letters go to; null: none, and no letters"
    )
    language: Language
    display: Display = Field(description="whether the name may appear on the public side of a certificate")


class Profile(Frozen):
    """What the selection weighs and what makes a reviewer step aside."""

    field_set: ClassVar[str] = "profile"

    country: Country
    organisation: str = ""
    sex: Sex = "not_said"
    groups: tuple[Group, ...] = ()
    themes: tuple[Theme, ...] = ()


class Statement(Frozen):
    """The texts that reviewers score."""

    field_set: ClassVar[str] = "statement"

    language: Language
    motivation: str
    experience: str = ""
    multiplier_idea: str = ""


class Dossier(Frozen):
    """All that an applicant submitted."""

    identity: Identity
    profile: Profile
    statement: Statement

    @property
    def parts(self) -> tuple[Identity | Profile | Statement, ...]:
        return (self.identity, self.profile, self.statement)


class DraftDossier(Frozen):
    """An application that is still being written: anything may be missing."""

    field_set: ClassVar[str] = "draft"

    name: str | None = None
    contact: str | None = None
    language: Language | None = None
    display: Display | None = None
    country: Country | None = None
    organisation: str | None = None
    sex: Sex | None = None
    groups: tuple[Group, ...] | None = None
    themes: tuple[Theme, ...] | None = None
    motivation: str | None = None
    experience: str | None = None
    multiplier_idea: str | None = None


class ProposedContact(Frozen):
    """The address that staff put forward, sealed under the person's key until its holder has spoken."""

    field_set: ClassVar[str] = "proposed_contact"

    contact: str


class Struck(Frozen):
    """A passage that reviewers do not see, wherever it stands in the text."""

    field: TextName
    text: str = Field(min_length=1)


class Redaction(Frozen):
    """The texts as reviewers see them, sealed beside those that were sent in, and what was struck out of them."""

    field_set: ClassVar[str] = "redaction"

    passages: tuple[Struck, ...]
    statement: Statement


class Comment(Frozen):
    """What a reviewer wrote besides the scores."""

    text: str


class WhyCorrected(Frozen):
    """Why staff corrected something."""

    text: str


class WhyOffered(Frozen):
    """Why a coordinator offered somebody a seat by hand."""

    text: str


class WhyByHand(Frozen):
    """Why a coordinator decided about somebody by hand."""

    text: str


class Organisation(Frozen):
    """A reviewer's organisation, sealed for the service itself."""

    name: str


FIELD_SETS: tuple[str, ...] = (Identity.field_set, Profile.field_set, Statement.field_set, DraftDossier.field_set)
