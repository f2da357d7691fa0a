"""Putting on record that sealed texts are opened, before they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Row
from relevo_chassis.edge.ids import new_id
from relevo_multiplier_tracking.domain import reading
from relevo_multiplier_tracking.domain.reading import LOG_ID, Purpose
from relevo_multiplier_tracking.store import READING_LOG, SENSITIVE_READS


async def record_reading(
    commits: Commits, *, reader: str, purpose: Purpose, field_sets: Sequence[str], person_id: str, now: datetime
) -> None:
    """Append to the log of readings who opens which texts of whom, and why. Returns when it is durable."""
    ref = READING_LOG(LOG_ID)

    def decide(found: Found) -> Decision:
        log, entry = reading.append(
            found[ref], at=now, reader=reader, purpose=purpose, field_sets=field_sets, person_ids=[person_id]
        )
        row = Row(SENSITIVE_READS, f"{entry.number:012d}", entry.model_dump(mode="json"))
        return Decision([New(ref, log)], rows=[row])

    await commits.commit(Change([ref], decide, now, new_id()))
