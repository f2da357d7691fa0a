"""What intake's use cases need from outside, and who asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from relevo_chassis.delivery.change import Asked, Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.given.shell import Shell
from relevo_chassis.people.vault import ClassKey, PersonKey, Vault
from relevo_intake.commands.index import Index
from relevo_intake.commands.selections.under_way import UnderWay
from relevo_intake.domain.questions import Question
from relevo_intake.domain.sealed import Identity

ANYBODY = "anybody"
"""Who asks for something with neither an account nor a receipt yet."""


@dataclass(frozen=True, slots=True)
class Office:
    """Whoever commits, the store, the vault with everybody's keys, and what this process holds: an index of calls that
    were searched, the selections that it computes, and what calls ask for good.
    """

    commits: Commits
    store: Store
    vault: Vault
    index: Index = field(default_factory=Index)
    under_way: UnderWay = field(default_factory=UnderWay)
    questions: dict[str, tuple[Question, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, shell: Shell) -> Office:
        return cls(shell.committer, shell.store, shell.vault)


def applicant(application_id: str) -> str:
    """How an applicant, who has no account, stands on record."""
    return f"applicant/{application_id}"


def contact_of(application_id: str) -> str:
    """How whoever holds an application's contact stands on record."""
    return f"contact/{application_id}"


def staff_of(asked: Asked) -> str:
    """Who of the staff asks: a caller with an account, an issuer's. Empty for everybody else."""
    return asked.by if "|" in asked.by else ""


def key_of_answers(key: PersonKey) -> ClassKey:
    """The key under which answers to somebody are kept, which is there for as long as they are."""
    return key.like(Identity)
