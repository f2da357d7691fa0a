"""What an account of the staff was granted in one edition: one service grants it, tells the others, and all look here.

What a provider's token says holds in every edition. What is granted adds to that, in its edition alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from relevo_chassis.delivery.change import Change, Decision, Found, Kind, New
from relevo_chassis.kept import Ground, Keeping, Kept, Until
from relevo_contracts import STAFF, Envelope, derived_id
from relevo_contracts.model import Frozen


def account_id_of(account: str) -> str:
    """The id under which an account's grants are told: of issuer and subject as stored references spell them."""
    return derived_id("account", account)


class Granting(Protocol):
    """A state that says what an account was granted."""

    @property
    def by_edition(self) -> Mapping[str, frozenset[str]]: ...


class GrantEvent(Protocol):
    """The event that tells it."""

    @property
    def account_id(self) -> str: ...
    @property
    def edition_id(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...


class GrantedThere(Frozen):
    """What an account was granted in one edition; ``sequence`` is that of the event that said so."""

    roles: tuple[str, ...]
    sequence: int


class Granted(Frozen):
    """What an account was granted, as it was told, in whatever order that arrived."""

    kept: ClassVar[Kept] = Kept(Keeping.MAY, Ground.DUTY, Until.LINKED)

    account_id: str
    editions: Mapping[str, GrantedThere] = {}

    @property
    def by_edition(self) -> Mapping[str, frozenset[str]]:
        return {edition_id: STAFF.intersection(each.roles) for edition_id, each in self.editions.items()}


GRANTED = Kind("granted", Granted)


def on_grant_changed(event: GrantEvent, envelope: Envelope) -> Change:
    """Know what the account may do there, unless something later is known already."""
    ref = GRANTED(event.account_id)

    def decide(found: Found) -> Decision:
        before = found[ref] or Granted(account_id=event.account_id)
        known = before.editions.get(event.edition_id)
        if known is not None and known.sequence >= envelope.sequence:
            return Decision()
        there = GrantedThere(roles=event.roles, sequence=envelope.sequence)
        return Decision(
            [New(ref, before.model_copy(update={"editions": {**before.editions, event.edition_id: there}}))]
        )

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)
