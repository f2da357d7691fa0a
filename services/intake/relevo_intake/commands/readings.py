"""What intake opens sealed data for. Whoever opens any is put on record before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_chassis.people.readings import Readings
from relevo_intake.shown import Purpose

THE_SERVICE = "intake"
"""Who reads when nobody is shown anything: to compare, to weigh, to call up the waitlist."""

record_reading = Readings[Purpose]().record


def by_the_service(now: datetime, cause_id: str | None = None) -> Asked:
    """What the service asks of itself."""
    return Asked(THE_SERVICE, now, cause_id or new_id())


def on_behalf(asked: Asked) -> Asked:
    """What the service does itself of what somebody asked for: it stands on record as who reads."""
    return replace(asked, by=THE_SERVICE, once=None)
