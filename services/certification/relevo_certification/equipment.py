"""What certification makes for itself when it starts, once, from its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from relevo_certification.credential.keys import load
from relevo_certification.identities import Identities, IntakeIdentities, ServiceToken
from relevo_certification.pdf.typeset import Typesetter
from relevo_certification.press import Press
from relevo_certification.settings import CertificationSettings
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.allowance import Allowance


class TooManyVerifications(Refusal):
    """Too many verifications from one address; wait a moment."""

    status = 429


@dataclass(frozen=True, slots=True)
class Equipment:
    """The press, who knows names, how much one address may verify, and how often status lists are published."""

    press: Press
    identities: Identities
    allowance: Allowance
    publish_every: timedelta


def equip(shell: Shell) -> Equipment:
    settings = shell.settings
    if not isinstance(settings, CertificationSettings):
        raise TypeError("certification runs on CertificationSettings")
    keys, signer = load(settings.signing_keys, settings.did), settings.paper_signer()
    token = ServiceToken(
        shell.client, settings.oidc_issuer, settings.client_id, settings.client_secret, settings.intake_audience
    )
    return Equipment(
        press=Press(keys, settings.public_url, Typesetter(), signer),
        identities=IntakeIdentities(shell.client, settings.intake_url, token),
        allowance=Allowance(settings.verifications_per_minute, TooManyVerifications),
        publish_every=settings.status_list_interval,
    )


def equipment_of(shell: Shell) -> Equipment:
    if not isinstance(shell.equipment, Equipment):
        raise TypeError("the shell is not certification's: it has no Equipment")
    return shell.equipment
