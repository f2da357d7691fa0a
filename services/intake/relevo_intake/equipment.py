"""What intake makes for itself when it starts, once, from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relevo_chassis.given.shell import Shell
from relevo_intake.issuing import TokenIssuer
from relevo_intake.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class Equipment:
    """Who issues tokens to people without an account, and the audience of each service for which it does."""

    issuer: TokenIssuer
    audience_of: Mapping[str, str]

    def token(self, subject: str, application_id: str, participant_id: str | None, service: str) -> str:
        """For one service, of whoever sent an application: with their role and id there, and no more."""
        roles, claims = {"applicant"}, {}
        if service == "intake":
            claims["application_id"] = application_id
        if participant_id is not None:
            roles.add("participant")
            claims["participant_id"] = participant_id
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
