"""How a changed certificate is written: its state, the edition's figures, and when they are told next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from relevo_certification.domain import count as counting
from relevo_certification.domain.certificate import Certificate, Outcome
from relevo_certification.domain.count import Count
from relevo_certification.store import CERTIFICATE, COUNT
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, put

COUNT_DUE = "count"


def written(
    found: Found,
    edition_id: str,
    outcomes: Sequence[tuple[Certificate, Outcome]],
    now: datetime,
    *,
    states: Sequence[New] = (),
    rows: Sequence[Row] = (),
    answer: Any = None,
) -> Decision:
    """The decision that writes certificates of one edition, each with what it was before."""
    known = found[COUNT(edition_id)]
    count = known or Count(edition_id=edition_id)
    certificates = []
    for before, (after, _) in outcomes:
        count = counting.counted(count, before, after)
        if after != before:
            certificates.append(New(CERTIFICATE(after.participant_id), after))
    changed = [New(COUNT(edition_id), count)] if known is None or count != known else []
    telling = [_telling(edition_id, now)] if known is None else []
    return Decision(
        states=[*certificates, *changed, *states],
        events=[event for _, (_, events) in outcomes for event in events],
        rows=[*rows, *telling],
        answer=answer,
    )


def on_count_due(deadline: Deadline, now: datetime) -> Change:
    """Tell an edition's figures, and again tomorrow; days that were slept through are passed over."""
    ref = COUNT(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        count, events = counting.tell(found[ref] or Count(edition_id=deadline.aggregate_id), now)
        return Decision(states=[New(ref, count)], events=events, rows=[_telling(deadline.aggregate_id, now)])

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


def _telling(edition_id: str, now: datetime) -> Row:
    return put(Deadline(f"count/{edition_id}", COUNT_DUE, edition_id, counting.next_telling(now)))
