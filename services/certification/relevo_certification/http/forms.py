"""What comes in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from relevo_certification.calendar import of_a_place
from relevo_certification.domain.certificate import Correction
from relevo_certification.domain.edition import EditionFacts
from relevo_certification.http.callers import ID_PATTERN
from relevo_chassis.http.strict import Name, Strict
from relevo_contracts.certification import RevokedBecause


class EditionForm(EditionFacts):
    """The facts as they are set: the place's time zone has to be said."""

    time_zone: Annotated[str, AfterValidator(of_a_place)]

    @property
    def facts(self) -> EditionFacts:
        return EditionFacts(**dict(self))


class RevocationForm(Strict):
    """Revoke the certificate that stands, and all that it superseded; or one of those alone, by ``certificate_id``."""

    because: RevokedBecause = Field(examples=["requirements_not_met"])
    certificate_id: str | None = Field(default=None, pattern=ID_PATTERN)


class SupersessionForm(Strict):
    """Issue a corrected certificate; ``name`` as it is to be written, when that is what is corrected.

    A name can be corrected before the first issue too.
    """

    because: Correction = Field(examples=["name_corrected"])
    name: Name | None = None


class DisplayForm(Strict):
    """Who may see the name: ``named`` for anybody who has the link, ``unnamed`` for nobody."""

    display: Literal["named", "unnamed"] = Field(examples=["unnamed"])
