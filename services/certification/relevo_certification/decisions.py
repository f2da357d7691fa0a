"""How a changed certificate is written, and when the figures of its edition are told next."""

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
    edition_id: str,
    outcomes: Sequence[tuple[Certificate, Outcome]],
    now: datetime,
    *,
    states: Sequence[New] = (),
    rows: Sequence[Row] = (),
    answer: Any = None,
) -> Decision:
    """The decision that writes certificates of one edition, each with what it was before.

    It writes nothing that other participants of the edition share, so that nobody waits for anybody.
    """
    certificates = [New(CERTIFICATE(after.participant_id), after) for before, (after, _) in outcomes if after != before]
    is_first = any(before.edition_id is None for before, _ in outcomes)
    return Decision(
        states=[*certificates, *states],
        events=[event for _, (_, events) in outcomes for event in events],
        rows=[*rows, *([_telling(edition_id, now)._replace(keep=True)] if is_first else [])],
        answer=answer,
    )


def on_count_due(deadline: Deadline, now: datetime) -> Change:
    """An edition's figures are to be told, and again tomorrow; days that were slept through are passed over."""
    ref = COUNT(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        count = counting.fall_due(found[ref] or Count(edition_id=deadline.aggregate_id), now)
        return Decision(states=[New(ref, count)], rows=[_telling(deadline.aggregate_id, now)])

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


def _telling(edition_id: str, now: datetime) -> Row:
    return put(Deadline(f"count/{edition_id}", COUNT_DUE, edition_id, counting.next_telling(now)))
