"""What every use case needs from outside."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_certification.equipment import equipment_of
from relevo_certification.identities import Identities
from relevo_certification.press import Press
from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import normalised
from relevo_chassis.people.vault import Vault

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

THE_SERVICE = "certification"
"""Who asks for what the service does by itself."""


@dataclass(frozen=True, slots=True)
class Office:
    """The store and those who write to it, the vault, the press, and who knows names."""

    store: Store
    commits: Commits
    vault: Vault
    press: Press
    identities: Identities

    @classmethod
    def of(cls, shell: Shell) -> Office:
        equipment = equipment_of(shell)
        return cls(shell.store, shell.committer, shell.vault, equipment.press, equipment.identities)

    def token(self, certificate_id: str) -> str:
        """The certificate's verification token: 128 bits that only this service can tell from the id."""
        bits = int(self.vault.keyed_hash("verification-token", certificate_id)[:32], 16)
        return "".join(_ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))

    def link_hash(self, token: str) -> str:
        """What stands for a token in the store, from where nobody can get back to it; however it was typed in."""
        return self.vault.keyed_hash("verification-link", normalised(token))

    def verification_url(self, certificate_id: str) -> str:
        return self.press.verification_url(self.token(certificate_id))
