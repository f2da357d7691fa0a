"""What is only ever kept sealed, under the participant's own key, and where it lies in the vault."""

from __future__ import annotations

from typing import Literal

from relevo_contracts.model import Frozen

ExcuseReason = Literal["illness", "threat", "emergency", "travel", "hearing", "observance", "other"]


class ExcuseText(Frozen):
    """Why somebody was excused from a session (rule 16)."""

    reason: ExcuseReason
    note: str | None = None


def excuse_at(excuse_id: str) -> str:
    return f"excuse/{excuse_id}"
