"""What a head coordinator gives staff to do in one edition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat
from relevo_chassis.http.granted import account_id_of
from relevo_contracts.intake import StaffRole
from relevo_intake.commands.office import Office
from relevo_intake.domain import grants
from relevo_intake.domain.grants import Grant, Grants
from relevo_intake.store.grants import GRANTS


@dataclass(frozen=True, slots=True)
class GiveRoles:
    """The roles that an account (issuer and subject) is to have in an edition; none, to take what it had."""

    edition_id: str
    account: str
    roles: Sequence[StaffRole]


@dataclass(frozen=True, slots=True)
class GrantOf:
    """What an account has in one edition."""

    account: str
    grant: Grant


async def give_roles(office: Office, command: GiveRoles, asked: Asked) -> GrantOf | Repeat:
    """Raises ``NobodyGivesToThemselves``. The other services know a moment later."""
    account_id = account_id_of(command.account)
    ref = GRANTS(account_id)

    def decide(found: Found) -> Decision[GrantOf]:
        before = found[ref] or Grants(account_id=account_id, account=command.account)
        after, events = grants.give(before, command.edition_id, command.roles, asked.by, asked.now)
        grant = after.in_edition(command.edition_id)
        if grant is None:  # nothing was there, and nothing is given
            nothing = Grant(edition_id=command.edition_id, roles=(), granted_at=asked.now, granted_by=asked.by)
            return Decision(answer=GrantOf(command.account, nothing))
        answer = GrantOf(command.account, grant)
        if not events:
            return Decision(answer=answer)
        return Decision([New(ref, after)], events, (), answer, [Decided("roles_granted", ref, (command.edition_id,))])

    return await office.commits.commit(asked.change([ref], decide))
