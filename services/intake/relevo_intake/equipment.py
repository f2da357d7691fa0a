"""What intake makes for itself when it starts, once, from its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.allowance import Allowance
from relevo_intake.issuing import TokenIssuer
from relevo_intake.settings import IntakeSettings
from relevo_intake.store.guarding import Beginnings

LOST_A_MINUTE = 10
TICKETS_A_MINUTE = 6
ALL_TICKETS_A_MINUTE = 120
"""Over all addresses, of which somebody may have any number: no more than one processor would solve challenges."""


class TooManyLost(Refusal):
    """Too many lost codes from one address; wait a moment."""

    status = 429


class TooManyTickets(Refusal):
    """Too many tickets were asked for; wait a moment, or solve a challenge."""

    status = 429


def _process_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Equipment:
    """Who issues tokens to people without an account, the audience of each service for which it does; how often one
    address may say that a code is lost or ask for a ticket; and who begins. ``now`` is process time."""

    issuer: TokenIssuer
    audience_of: Mapping[str, str]
    lost: Allowance = field(default_factory=lambda: Allowance(LOST_A_MINUTE, TooManyLost))
    tickets: Allowance = field(default_factory=lambda: Allowance(TICKETS_A_MINUTE, TooManyTickets))
    all_tickets: Allowance = field(default_factory=lambda: Allowance(ALL_TICKETS_A_MINUTE, TooManyTickets))
    now: Callable[[], datetime] = _process_time
    beginnings: Beginnings = field(default_factory=lambda: Beginnings(_process_time))

    def spend_ticket(self, request: Request) -> None:
        """Raises ``TooManyTickets``, which says when to come again."""
        self.tickets.spend(request)
        self.all_tickets.spend_of("all")

    def token(self, subject: str, application_id: str, participant_id: str | None, renewals: int, service: str) -> str:
        """For one service, of whoever sent an application: with their role and id there, and no more.

        Scheduling gives out a link that lasts longer than a token, and is told how often the code was renewed before
        it was given.
        """
        roles, claims = {"applicant"}, {}
        if service == "intake":
            claims["application_id"] = application_id
        if participant_id is not None:
            roles.add("participant")
            claims["participant_id"] = participant_id
            if service == "scheduling":
                claims["renewals"] = str(renewals)
        return self.issuer.token(subject, self.audience_of[service], frozenset(roles), claims)


def equip(shell: Shell) -> Equipment:
    settings = shell.settings
    if not isinstance(settings, IntakeSettings):
        raise TypeError("intake runs on IntakeSettings")
    return Equipment(TokenIssuer(settings.people_issuer, settings.token_keys), settings.audience_of)


def equipment_of(shell: Shell) -> Equipment:
    if not isinstance(shell.equipment, Equipment):
        raise TypeError("the shell is not intake's: it has no Equipment")
    return shell.equipment
