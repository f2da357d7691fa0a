"""What an account of the staff may do in one edition: given by a head coordinator, and told to the other services.

What a provider's token says of somebody holds in every edition. Whoever is to do a part in one edition alone is known
to the provider, and given that part here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.intake import GrantChanged, StaffRole
from relevo_contracts.model import Event, Frozen
from relevo_intake.domain.kept import GRANT


class NobodyGivesToThemselves(Refusal):
    """What one may do oneself is given and taken by another head coordinator; ask one."""

    status = 403


class Grant(Frozen):
    """The roles that an account has in one edition, since when, and who gave them; none since they were taken."""

    edition_id: str
    roles: tuple[StaffRole, ...]
    granted_at: datetime
    granted_by: str


class Grants(Frozen):
    """What an account was granted, by edition. ``account`` is issuer and subject, ``account_id`` what others know."""

    kept: ClassVar[Kept] = GRANT

    account_id: str
    account: str
    editions: tuple[Grant, ...] = ()

    @property
    def by_edition(self) -> Mapping[str, frozenset[str]]:
        return {each.edition_id: frozenset(each.roles) for each in self.editions}

    def in_edition(self, edition_id: str) -> Grant | None:
        """What it was given there."""
        return next((each for each in self.editions if each.edition_id == edition_id), None)


Outcome = tuple[Grants, Sequence[Event]]


def give(before: Grants, edition_id: str, roles: Sequence[StaffRole], by: str, now: datetime) -> Outcome:
    """From now on the account has these roles there, in place of those it had. Raises ``NobodyGivesToThemselves``."""
    if by == before.account:
        raise NobodyGivesToThemselves()
    had = before.in_edition(edition_id)
    if frozenset(roles) == frozenset(had.roles if had else ()):
        return before, ()
    grant = Grant(edition_id=edition_id, roles=tuple(sorted(roles)), granted_at=now, granted_by=by)
    others = tuple(each for each in before.editions if each.edition_id != edition_id)
    return before.model_copy(update={"editions": (*others, grant)}), (
        GrantChanged(account_id=before.account_id, edition_id=edition_id, roles=grant.roles, changed_at=now),
    )
