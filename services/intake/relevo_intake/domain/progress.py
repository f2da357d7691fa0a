"""What other services told of a participant, as far as a letter's truth hangs on it; nothing is decided by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import TAKING_PART

ReportProgress = Literal["reported", "returned", "verified", "rejected"]


class ParticipantProgress(Frozen):
    """A participant's week, commitment and certificate as they were last told of.

    ``stands`` is how a commitment does whose days are over. ``reports`` is by the session that each is about.
    ``certificate_kept`` is whether what had put the certificate under review is settled.
    ``replaces`` is the id of the certificate that took the place of another. ``late_questions`` are the ids of those
    to the experts whose answer is late.
    """

    kept: ClassVar[Kept] = TAKING_PART

    participant_id: str
    commitment: Literal["running", "paused", "over"] | None = None
    stands: Literal["fulfilled", "lapsed", "under_review", "cancelled"] | None = None
    due_on: date | None = None
    reports: Mapping[str, ReportProgress] = {}
    onsite: Literal["completed", "not_completed"] | None = None
    certificate_revoked: bool = False
    certificate_kept: bool = False
    replaces: str | None = None
    late_questions: tuple[str, ...] = ()

    @property
    def now(self) -> str | None:
        """How the commitment does now, a pause included."""
        if self.commitment == "over":
            return self.stands
        return "open" if self.commitment == "running" else self.commitment
