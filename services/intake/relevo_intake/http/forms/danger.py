"""Who of the staff is told when somebody is in danger."""

from __future__ import annotations

from pydantic import Field

from relevo_chassis.http.strict import Strict, example
from relevo_intake.domain.sealed import Language
from relevo_intake.http.forms.fields import Address


class WatchForm(Strict, json_schema_extra=example(contact="guardia@oas.example", language="es")):
    """The one member of staff whom the edition names for it."""

    contact: Address
    language: Language = Field(description="in which they are written to")
