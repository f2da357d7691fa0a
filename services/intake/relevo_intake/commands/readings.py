"""What intake opens sealed data for. Whoever opens any is put on record before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from relevo_chassis.delivery.change import Asked, Commits
from relevo_chassis.ids import new_id
from relevo_chassis.people.readings import Readings
from relevo_intake.shown import Purpose

THE_SERVICE = "intake"
"""Who reads when nobody is shown anything: to compare, to weigh, to call up the waitlist."""

_readings = Readings[Purpose]()


async def put_on_record(
    commits: Commits, asked: Asked, purpose: Purpose, field_sets: Iterable[str], person_ids: Iterable[str]
) -> None:
    """That whoever asks opens these field sets of these people, and why. Returns when it is durable."""
    await _readings.record(
        commits, reader=asked.by, purpose=purpose, field_sets=field_sets, person_ids=person_ids, now=asked.now
    )


def by_the_service(now: datetime, cause_id: str | None = None) -> Asked:
    """What the service asks of itself."""
    return Asked(THE_SERVICE, now, cause_id or new_id())


def on_behalf(asked: Asked) -> Asked:
    """What the service does itself of what somebody asked for: it stands on record as who reads."""
    return replace(asked, by=THE_SERVICE, once=None)
