"""What a certificate of an edition states, the same for everybody who gets one; nothing in it is personal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from relevo_certification.domain.kept import EDITION
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_chassis.texts import lines, named, one_line, seen
from relevo_chassis.wrong import Wrong
from relevo_contracts.model import Frozen

Language = Literal["es", "en", "pt", "fr"]
T = TypeVar("T")
LANGUAGES: tuple[Language, ...] = ("es", "en", "pt", "fr")
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=160),
    AfterValidator(one_line),
    AfterValidator(named),
]
Paragraph = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1200),
    AfterValidator(lines),
    AfterValidator(seen),
]


class NoSuchEdition(Refusal):
    """The facts of this edition's certificates were not set; set them with PUT /editions/{edition_id}."""

    status = 404


class FactsDoNotFit(Refusal):
    """The facts do not fit on a certificate of one page, or have characters that its fonts cannot show."""

    status = 422
    where = "body.texts"


class Texts(Frozen):
    """What is said in one language.

    ``issuer`` is the institution, ``criteria`` what had to be done, ``supporter`` whom to acknowledge.
    """

    issuer: Line
    title: Line
    description: Paragraph
    criteria: Paragraph
    place: Line
    supporter: Line | None = None


class Signatory(Frozen):
    """Who signs, by office; the office is said in each language."""

    name: Line
    office: Mapping[Language, Line]

    @model_validator(mode="after")
    def _in_every_language(self) -> Self:
        return in_every_language(self, self.office, "office")


class EditionFacts(Frozen):
    """The facts of an edition that its certificates state: days of the on-site week, hours taught, words, signatories.

    ``hours`` are those of the on-site week; ``multiplier_hours`` and ``multiplier_people`` what passing on asked.
    ``time_zone`` is that of the place, by its name in the IANA database; all dates are days there.
    """

    texts: Mapping[Language, Texts]
    first_on: date
    last_on: date
    time_zone: str = "UTC"
    hours: Annotated[int, Field(ge=1, le=1000)]
    multiplier_hours: Annotated[int, Field(ge=1, le=1000)] = 4
    multiplier_people: Annotated[int, Field(ge=1, le=10_000)] = 10
    signatories: Annotated[tuple[Signatory, ...], Field(min_length=1, max_length=3)]

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.last_on < self.first_on:
            raise Wrong("earlier_than", "is earlier than {other}", field="last_on", other="first_on")
        return in_every_language(self, self.texts, "texts")


class Edition(Frozen):
    """An edition as this service knows it."""

    kept: ClassVar[Kept] = EDITION

    edition_id: str
    facts: EditionFacts


def in_every_language(whole: T, by_language: Mapping[Language, object], name: str) -> T:
    """The whole, if this part of it is there in every language. Raises ``Wrong``."""
    missing = [language for language in LANGUAGES if language not in by_language]
    if missing:
        raise Wrong("languages_missing", "lacks {languages}", field=name, languages=", ".join(missing))
    return whole
