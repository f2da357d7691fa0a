"""What comes in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from relevo_certification.calendar import of_a_place
from relevo_certification.domain.certificate import Correction
from relevo_certification.domain.edition import EditionFacts, Language
from relevo_certification.domain.invitation import InvitationTerms
from relevo_certification.http.callers import ID_PATTERN
from relevo_chassis.http.strict import Name, Strict, example
from relevo_chassis.languages import LANGUAGES
from relevo_contracts.certification import RevokedBecause

_TEXTS: JsonDict = {
    "issuer": "Secretaría Ejecutiva",
    "title": "Curso de formación",
    "description": "Uso estratégico del sistema interamericano.",
    "criteria": "80 % de los minutos y una sesión de multiplicación.",
    "place": "Washington, DC",
}
_FACTS = example(
    texts=dict.fromkeys(LANGUAGES, _TEXTS),
    first_on="2019-12-09",
    last_on="2019-12-13",
    time_zone="America/New_York",
    hours=35,
    signatories=[{"name": "Ana Ejemplo", "office": dict.fromkeys(LANGUAGES, "Secretaría")}],
)


class EditionForm(EditionFacts, json_schema_extra=_FACTS):
    """The facts as they are set: the place's time zone has to be said."""

    time_zone: Annotated[str, AfterValidator(of_a_place)]

    @property
    def facts(self) -> EditionFacts:
        return EditionFacts(**dict(self))


_NOTES: JsonDict = {"occasion": "Programa académico", "costs": "La institución paga el viaje y la estadía."}
_TERMS = example(
    address="1889 F Street NW, Washington, DC 20006",
    contact="+1 202 000 0000",
    texts=dict.fromkeys(LANGUAGES, _NOTES),
)


class TermsForm(InvitationTerms, json_schema_extra=_TERMS):
    """What invitations are to state beside the facts of the edition."""

    @property
    def terms(self) -> InvitationTerms:
        return InvitationTerms(**dict(self))


class InvitationForm(Strict, json_schema_extra=example(passport_name="ANA MARÍA EJEMPLO", language="es")):
    """Make an invitation; ``passport_name`` goes on the paper and is kept nowhere."""

    passport_name: Name
    language: Language


class RevocationForm(Strict, json_schema_extra=example(because="requirements_not_met")):
    """Revoke the certificate that stands, and all that it superseded; or one of those alone, by ``certificate_id``."""

    because: RevokedBecause = Field(examples=["requirements_not_met"])
    certificate_id: str | None = Field(default=None, pattern=ID_PATTERN)


class SupersessionForm(Strict, json_schema_extra=example(because="name_corrected", name="Ana Ejemplo")):
    """Issue a corrected certificate; ``name`` as it is to be written, when that is what is corrected.

    A name can be corrected before the first issue too.
    """

    because: Correction = Field(examples=["name_corrected"])
    name: Name | None = None


class DisplayForm(Strict, json_schema_extra=example(display="unnamed")):
    """Who may see the name: ``named`` for anybody who has the link, ``unnamed`` for nobody."""

    display: Literal["named", "unnamed"] = Field(examples=["unnamed"])
