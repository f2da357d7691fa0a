"""What a head coordinator says when giving roles."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from relevo_chassis.http.strict import Strict, example
from relevo_chassis.http.tokens import Account
from relevo_chassis.wrong import each_once
from relevo_contracts.intake import StaffRole


def _each_once(roles: tuple[StaffRole, ...]) -> tuple[StaffRole, ...]:
    each_once(roles, "roles")
    return roles


class GrantForm(Strict, json_schema_extra=example(account="a-colleague", roles=["coordinator"])):
    """Who is to have which roles in the edition, in place of those they had there; none takes them."""

    account: Account
    roles: Annotated[tuple[StaffRole, ...], Field(max_length=20), AfterValidator(_each_once)]
