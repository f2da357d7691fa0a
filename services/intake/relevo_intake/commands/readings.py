"""Putting on record that sealed data are opened, before they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Row
from relevo_chassis.edge.ids import new_id
from relevo_intake.domain import reading
from relevo_intake.domain.reading import LOG_ID, Purpose
from relevo_intake.store.people import READING_LOG, SENSITIVE_READS

THE_SERVICE = "intake"
"""Who reads when nobody is shown anything: to compare, to weigh, to call up the waitlist."""


async def record_reading(
    commits: Commits,
    *,
    reader: str,
    purpose: Purpose,
    field_sets: Iterable[str],
    person_ids: Iterable[str],
    now: datetime,
) -> None:
    """Append to the log of readings who opens which field sets of whom, and why. Returns when it is durable.

    Called before anything is opened, by every route that opens the vault for somebody.
    """
    ref = READING_LOG(LOG_ID)
    fields, people = tuple(field_sets), tuple(person_ids)

    def decide(found: Found) -> Decision:
        log, entry = reading.append(
            found[ref], at=now, reader=reader, purpose=purpose, field_sets=fields, person_ids=people
        )
        row = Row(SENSITIVE_READS, f"{entry.number:012d}", entry.model_dump(mode="json"))
        return Decision([New(ref, log)], rows=[row])

    await commits.commit(Change([ref], decide, now, new_id()))
