"""What falls due in certification, and what is done then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from relevo_certification.domain.count import Count, fall_due, next_count_at
from relevo_certification.store import COUNT
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, OnDue, put

COUNT_DUE = "count"


def count_row(edition_id: str, now: datetime) -> Row:
    """The deadline at which an edition's figures are counted next."""
    return put(Deadline(f"count/{edition_id}", COUNT_DUE, edition_id, next_count_at(now)))


def on_count_due(deadline: Deadline, now: datetime) -> Change:
    """An edition's figures are to be counted, and again tomorrow; days that were slept through are passed over."""
    ref = COUNT(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        count = fall_due(found[ref] or Count(edition_id=deadline.aggregate_id), now)
        return Decision(states=[New(ref, count)], rows=[count_row(deadline.aggregate_id, now)])

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


ON_DUE: Mapping[str, OnDue] = {COUNT_DUE: on_count_due}
