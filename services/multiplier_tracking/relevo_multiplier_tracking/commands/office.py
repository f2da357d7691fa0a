"""What multiplier tracking's use cases need from outside."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.shell import Shell
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
