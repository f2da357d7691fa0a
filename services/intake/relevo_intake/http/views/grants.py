"""Who may do what in which edition, as staff are told."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.intake import StaffRole
from relevo_contracts.model import Id
from relevo_intake.commands.grants import GrantOf
from relevo_intake.domain.grants import Grant


class GrantView(BaseModel):
    """What an account of the staff has in one edition, besides what its provider says of it everywhere."""

    account: str = Field(description="issuer|subject")
    roles: tuple[StaffRole, ...] = Field(description="none since they were taken")
    granted_at: datetime
    granted_by: str = Field(description="issuer|subject of the head coordinator")


class OwnGrantsView(BaseModel):
    """What the caller may do: in every edition as their token says, and besides in these."""

    everywhere: tuple[str, ...] = Field(description="roles of the token")
    editions: dict[Id, tuple[str, ...]] = Field(description="roles that were given in one edition, by its id")


def grant_view(account: str, grant: Grant) -> GrantView:
    return GrantView(account=account, **grant.model_dump(include={"roles", "granted_at", "granted_by"}))


def grant_answer(to: GrantOf) -> Answer:
    return answer_json(grant_view(to.account, to.grant))
