"""One issuing of an edition's certificates: asked for once, done in portions, with a record of how far it has come.

Each portion takes effect by itself, together with this record, so that whatever is killed in between goes on where it
stopped (rule 12).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from relevo_certification.domain.edition import EditionFacts
from relevo_certification.domain.kept import ISSUING
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen


class NoSuchIssuance(Refusal):
    """There is no such issuing of this edition."""

    status = 404


class Issuance(Frozen):
    """Who asked for it, when, and how far it has come.

    ``facts`` are those in force when it was asked for: all of its certificates state the same. ``ready`` and
    ``already_issued`` say how many were so at that moment. ``reached`` is the participant up to whom all is done.
    """

    kept: ClassVar[Kept] = ISSUING

    issuance_id: str
    edition_id: str
    asked_by: str
    asked_at: datetime
    facts: EditionFacts
    ready: int
    already_issued: int
    reached: str | None = None
    finished_at: datetime | None = None


Problem = Literal["identity_missing", "identity_unreadable", "cannot_be_typeset", "cannot_be_made"]
"""Why one certificate cannot be issued while others can. ``cannot_be_made`` is not foreseen; the log says more."""


class IssueRow(Frozen):
    """What became, or would become, of one participant's certificate."""

    participant_id: str
    outcome: Literal["issue", "issued", "already_issued", "problem"]
    certificate_id: str | None = None
    problem: Problem | None = None


def advance(issuance: Issuance, reached: str | None, now: datetime) -> Issuance:
    """A portion is done up to that participant; ``None`` when nobody came after those that were done before."""
    if reached is None:
        return issuance.model_copy(update={"finished_at": now})
    return issuance.model_copy(update={"reached": reached})
