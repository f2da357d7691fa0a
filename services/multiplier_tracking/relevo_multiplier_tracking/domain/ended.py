"""What is no longer kept of a participant although they are still there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from relevo_chassis.kept import EndedData, end
from relevo_contracts.model import Event
from relevo_contracts.multiplier_tracking import CommitmentData, CommitmentDataDestroyed


def destroy(
    before: EndedData | None, participant_id: str, retention: str, now: datetime
) -> tuple[EndedData, Sequence[Event]]:
    """End one retention class of a participant, once and for good; told by its code alone."""
    code = cast(CommitmentData, retention)
    event = CommitmentDataDestroyed(participant_id=participant_id, retention_class=code, destroyed_at=now)
    return end(before, participant_id, retention, now, event)
