"""What is said to get a token."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from relevo_chassis.http.strict import Strict, example

Service = Literal["intake", "scheduling", "multiplier_tracking", "certification"]


class TokenForm(Strict, json_schema_extra=example(audience="scheduling")):
    """For which service a token is to be."""

    audience: Service = Field(description="a service by its name")
