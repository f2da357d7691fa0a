"""Reminders before the due day: each once, of several overdue only the nearest (rule 11).

None goes out while paused or while a request for days awaits its decision.
"""

from __future__ import annotations

from datetime import date, datetime

from relevo_contracts.multiplier_tracking import CommitmentDeadlineNear
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome, changed, names


def remind(commitment: Commitment, due_on: date, distance: int, now: datetime) -> Outcome:
    """Notice that the due day is near, if this is the reminder to send now; otherwise leave all as it is."""
    if not _is_running(commitment, due_on, now) or distance != _nearest_overdue(commitment, due_on, now):
        return commitment, ()
    if (due_on, distance) in commitment.reminded:
        return commitment, ()
    event = CommitmentDeadlineNear(**names(commitment), due_on=due_on, days_left=distance, noticed_at=now)
    return changed(commitment, reminded=(*commitment.reminded, (due_on, distance))), (event,)


def _is_running(commitment: Commitment, due_on: date, now: datetime) -> bool:
    is_resting = commitment.paused or commitment.asking or commitment.erased_at is not None
    runs = commitment.state == "open" and not is_resting
    return runs and commitment.due_on == due_on and not days.is_over(due_on, now)


def _nearest_overdue(commitment: Commitment, due_on: date, now: datetime) -> int | None:
    distances = commitment.required.reminder_days
    return min((each for each in distances if days.remind_at(due_on, each) <= now), default=None)
