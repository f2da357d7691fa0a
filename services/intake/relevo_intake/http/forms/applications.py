"""What applicants send in, and what is said anew of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator

from relevo_chassis.http.fields import wrong_fields
from relevo_chassis.http.strict import (
    NORMAL,
    ONE_LINE,
    LongText,
    LongTextOrEmpty,
    NameOrEmpty,
    ShortTextOrEmpty,
    Strict,
    example,
)
from relevo_chassis.wrong import FieldsRefused, Wrong, WrongField
from relevo_intake.domain.address import LONGEST
from relevo_intake.domain.answers import sealed_answers, wrong_answers
from relevo_intake.domain.countries import Country
from relevo_intake.domain.details import DETAILS, DetailName
from relevo_intake.domain.questions import Question
from relevo_intake.domain.sealed import (
    Display,
    Dossier,
    DraftDossier,
    Group,
    Identity,
    Language,
    Letters,
    Profile,
    Sex,
    Statement,
    Theme,
)
from relevo_intake.http.forms.answers import AnswersByKey
from relevo_intake.http.forms.fields import Address, Code, PrintedName


class DraftIsIncomplete(FieldsRefused):
    """The draft lacks what an application needs; fill in the fields named under errors."""

    within = "draft"


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


Groups = Annotated[tuple[Group, ...], Field(max_length=10), AfterValidator(_each_once)]
Themes = Annotated[tuple[Theme, ...], Field(max_length=20), AfterValidator(_each_once)]


ANSWERS = (
    "to what the call asks besides, by the key of the question: a text, the code of an option, the codes of several, a "
    "whole number, a day, true or false. Sealed, until when the question says"
)
LETTERS = (
    "all; few: what runs out, is over, or asks something of the person; none: only what the person waits for or must "
    "know to stay in, such as a confirmation or another code. All else can be read with the receipt code. Sealed"
)

_EXAMPLE: dict[str, JsonValue] = {
    "contact": "ana@correo.org",
    "name": "Ana Ejemplo",
    "display": "named",
    "language": "es",
    "country": "HN",
    "organisation": "Red de Agua Limpia",
    "sex": "female",
    "groups": ["indigenous"],
    "themes": ["environment", "land_rights"],
    "motivation": "Quiero llevar lo aprendido a mi comunidad.",
    "experience": "Ocho años de acompañamiento a comunidades.",
    "multiplier_idea": "Un taller de cuatro horas para quince personas.",
    "consent": True,
}


class ApplicationForm(Strict):
    """An application for a call."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    contact: Address | None = Field(
        default=None,
        description="e-mail address; letters go there. Nobody needs one: who gives none is written no letters, and has "
        "the receipt code alone. Sealed; gone when the person is erased",
    )
    name: PrintedName = Field(description="as it should stand on a certificate, in characters that print. Sealed")
    display: Display = Field(default="unnamed", description="whether a certificate's public page may show the name")
    language: Language = Field(description="of letters and of the certificate. Sealed")
    country: Country = Field(description="where the person works. Sealed; weighed by the published criteria")
    letters: Letters = Field(default="all", description=LETTERS)
    organisation: NameOrEmpty = Field(default="", description="Sealed")
    sex: Sex = Field(default="not_said", description="Sealed; weighed by the published criteria")
    groups: Groups = Field(default=(), description="Sealed; weighed by the published criteria")
    themes: Themes = Field(default=(), description="Sealed; weighed by the published criteria")
    motivation: LongText = Field(description="read by reviewers. Sealed")
    experience: LongTextOrEmpty = Field(default="", description="read by reviewers. Sealed")
    multiplier_idea: LongTextOrEmpty = Field(default="", description="read by reviewers. Sealed")
    consent: Literal[True] = Field(description="the person agrees to what the privacy notice says")
    consent_version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")] = Field(
        default="1", description="which privacy notice"
    )
    late_code: Code | None = Field(default=None, description="lets an application in after the close")
    answers: AnswersByKey = Field(default_factory=dict, description=ANSWERS)

    def dossier(self) -> Dossier:
        return Dossier(
            identity=Identity(
                name=self.name,
                contact=self.contact,
                language=self.language,
                display=self.display,
                letters=self.letters,
            ),
            profile=Profile(
                country=self.country,
                organisation=self.organisation,
                sex=self.sex,
                groups=self.groups,
                themes=self.themes,
            ),
            statement=Statement(
                language=self.language,
                motivation=self.motivation,
                experience=self.experience,
                multiplier_idea=self.multiplier_idea,
            ),
        )


class DraftForm(
    Strict,
    json_schema_extra=example(
        name="Ana Ejemplo", language="es", motivation="Quiero llevar lo aprendido a mi comunidad."
    ),
):
    """An application that is still being written: every field may be missing."""

    contact: Annotated[str, Field(max_length=LONGEST), NORMAL, ONE_LINE] | None = None
    name: ShortTextOrEmpty | None = None
    display: Display | None = None
    letters: Letters | None = None
    language: Language | None = None
    country: Country | None = None
    organisation: ShortTextOrEmpty | None = None
    sex: Sex | None = None
    groups: Groups | None = None
    themes: Themes | None = None
    motivation: LongTextOrEmpty | None = None
    experience: LongTextOrEmpty | None = None
    multiplier_idea: LongTextOrEmpty | None = None
    answers: AnswersByKey | None = Field(default=None, description=ANSWERS)

    def content(self) -> DraftDossier:
        return DraftDossier.model_validate(self.model_dump())


class SubmitDraftForm(Strict, json_schema_extra=example(consent=True)):
    """What is said when a draft is submitted."""

    consent: Literal[True]
    consent_version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")] = "1"
    late_code: Code | None = None

    def whole(self, draft: DraftDossier, questions: Sequence[Question]) -> Dossier:
        """The application that the draft makes, with the answers to what is asked of whoever answers so.

        Raises ``DraftIsIncomplete`` naming fields, never what is in them.
        """
        answers = draft.answers or {}
        wrong, errors = wrong_answers(questions, answers, whole=True), list[Any]()
        try:
            form = ApplicationForm.model_validate({**_filled_in(draft), **self.model_dump()})
            if not wrong:
                return form.dossier().model_copy(update={"answers": sealed_answers(questions, answers)})
        except ValidationError as broken:
            errors += [each for each in broken.errors(include_url=False, include_input=False) if each["loc"]]
        raise DraftIsIncomplete([*wrong_fields(errors), *wrong])


def refused_in(draft: DraftDossier, questions: Sequence[Question]) -> Sequence[WrongField]:
    """What of a draft would be refused if it were submitted; not what is missing still. Never holds what is written."""
    wrong = wrong_answers(questions, draft.answers or {}, whole=False)
    try:
        ApplicationForm.model_validate({**_filled_in(draft), "consent": True})
    except ValidationError as broken:
        errors = broken.errors(include_url=False, include_input=False)
        return [*wrong_fields([each for each in errors if each["loc"] and each["type"] != "missing"]), *wrong]
    return wrong


def _filled_in(draft: DraftDossier) -> dict[str, Any]:
    return {name: value for name, value in draft.model_dump(exclude={"answers"}).items() if value not in (None, "")}


class ConfirmationForm(Strict, json_schema_extra=example(code="0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK")):
    """The code of the letter."""

    code: Code


class NewDetails(Strict):
    """What is said anew; what is left out stays."""

    name: PrintedName | None = Field(default=None, description="as it should stand on a certificate")
    contact: Address | None = Field(default=None, description="e-mail address")
    language: Language | None = None
    display: Display | None = Field(default=None, description="whether a certificate's public page may show the name")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        changed = self.model_fields_set & set(DETAILS)
        if not changed:
            raise Wrong("says_nothing", "says nothing that could be changed; give at least one field")
        for name in sorted(changed - self._removable()):
            if getattr(self, name) is None:
                raise Wrong("cannot_be_taken_away", "cannot be taken away; leave it out, or say it anew", field=name)
        return self

    def _removable(self) -> set[str]:
        return set()

    def new_values(self) -> dict[DetailName, str | None]:
        return {name: getattr(self, name) for name in DETAILS if name in self.model_fields_set}


class DetailsForm(NewDetails, json_schema_extra=example(name="Ana Ejemplo", display="unnamed")):
    """What is said anew; what is left out stays. `contact` null takes the contact away: no letters, the code alone."""

    letters: Letters | None = Field(default=None, description=LETTERS)

    def _removable(self) -> set[str]:
        return {"contact"}


class StaffDetailsForm(NewDetails, json_schema_extra=example(name="Ana Ejemplo", reason="Así está en su documento.")):
    """What a coordinator corrects, and why. A contact is only proposed: it counts when its holder confirms it.

    How many letters somebody wants is theirs to say.
    """

    reason: Annotated[LongText, Field(max_length=1_000)] = Field(description="goes on record. Sealed")
