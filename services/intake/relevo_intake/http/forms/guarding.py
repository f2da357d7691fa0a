"""What coordinators say of a call under attack."""

from __future__ import annotations

from pydantic import Field

from relevo_chassis.http.strict import Strict, example
from relevo_intake.domain.guard import Guarding


class GuardForm(Strict, json_schema_extra=example(when="attacked")):
    """When a call wants proofs of whoever begins."""

    when: Guarding = Field(description="while it is under attack, as it does by itself; or always; or never")
