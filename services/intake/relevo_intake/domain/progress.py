"""What other services told of a participant, as far as a letter's truth hangs on it; nothing is decided by it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import TAKING_PART


class ParticipantProgress(Frozen):
    """A participant's commitment and certificate as they were last told of."""

    kept: ClassVar[Kept] = TAKING_PART

    participant_id: str
    commitment: Literal["running", "paused", "over"] | None = None
    due_on: date | None = None
    certificate_revoked: bool = False
