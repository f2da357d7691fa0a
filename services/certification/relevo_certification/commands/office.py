"""What every use case needs from outside."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_certification.domain.invitation import compared
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
        return spelled(self.vault.keyed_hash("verification-token", certificate_id))

    def link_hash(self, token: str) -> str:
        """What stands for a token in the store, from where nobody can get back to it; however it was typed in."""
        return self.vault.keyed_hash("verification-link", normalised(token))

    def invitation_code(self, participant_id: str, once: str) -> str:
        """The code on an invitation: 128 bits that are kept nowhere.

        Only this service can make it, and only again for whoever has the Idempotency-Key that it was asked for with.
        """
        return spelled(self.vault.keyed_hash("invitation-code", participant_id, once))

    def invitation_id(self, code: str) -> str:
        return self.vault.keyed_hash("invitation-id", normalised(code))[:32]

    def invitation_hash(self, code: str) -> str:
        """What stands for a code in the store; however it was typed in."""
        return self.vault.keyed_hash("invitation-link", normalised(code))

    def name_hash(self, code: str, name: str) -> str:
        """What a name on an invitation is compared with: nobody without the code can try names against it."""
        return self.vault.keyed_hash("invitation-name", normalised(code), compared(name))

    def verification_url(self, certificate_id: str) -> str:
        return self.press.verification_url(self.token(certificate_id))


def spelled(keyed_hash: str) -> str:
    """The first 128 bits of a hash, to be typed in."""
    bits = int(keyed_hash[:32], 16)
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))
