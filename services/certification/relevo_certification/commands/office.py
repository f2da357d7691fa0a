"""What every use case needs from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relevo_certification.press import Press
from relevo_chassis.delivery.change import Commits, OnBehalf
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import normalised
from relevo_chassis.edge.vault import Vault

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ATTEMPTS = 5


@dataclass(frozen=True)
class Office:
    """The store and those who write to it, the vault, and the press."""

    store: Store
    commits: Commits
    vault: Vault
    press: Press
    by: str | None = None
    """On whose behalf things are done here, who goes on record with what is decided."""

    def on_behalf_of(self, by: str) -> Office:
        return replace(self, commits=OnBehalf(self.commits, by), by=by)

    def token(self, certificate_id: str) -> str:
        """The certificate's verification token: 128 bits that only this service can tell from the id."""
        bits = int(self.vault.keyed_hash("verification-token", certificate_id)[:32], 16)
        return "".join(_ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))

    def link_hash(self, token: str) -> str:
        """What stands for a token in the store, from where nobody can get back to it; however it was typed in."""
        return self.vault.keyed_hash("verification-link", normalised(token))

    def verification_url(self, certificate_id: str) -> str:
        return self.press.verification_url(self.token(certificate_id))


class DecideAgain(Exception):
    """What was read beforehand was changed before the commit; it is read and made anew."""
