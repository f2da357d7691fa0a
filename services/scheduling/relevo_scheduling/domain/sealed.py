"""What is only ever kept sealed, under the participant's own key, and where it lies in the vault.

All of it is why something was decided about a participant: ``DECISIONS``.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from relevo_chassis.kept import Kept, Sealed
from relevo_scheduling.domain.kept import WHY

DECISIONS = "decisions"
RETENTIONS: tuple[str, ...] = (DECISIONS,)
"""The retention classes, for each of which a participant has a key of their own."""

ExcuseReason = Literal["illness", "threat", "emergency", "travel", "hearing", "observance", "other"]


class ExcuseText(Sealed):
    """Why somebody was excused from a session (rule 16)."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = DECISIONS

    reason: ExcuseReason
    note: str | None = None


def excuse_at(excuse_id: str) -> str:
    return f"excuse/{excuse_id}"
