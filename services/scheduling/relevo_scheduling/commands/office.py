"""What scheduling's use cases need from outside."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import normalised
from relevo_chassis.people.vault import Vault


@dataclass(frozen=True, slots=True)
class Office:
    """Whoever commits, the store they write to, and the vault."""

    commits: Commits
    store: Store
    vault: Vault

    @classmethod
    def of(cls, shell: Shell) -> Office:
        return cls(shell.committer, shell.store, shell.vault)

    def link_hash(self, code: str) -> str:
        """What stands in the store for the code of a calendar link, however it was typed in."""
        return self.vault.keyed_hash("calendar-link", normalised(code))
