"""Reminders: at each distance, once, and none in vain (rule 11)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_contracts.multiplier_tracking import CommitmentDeadlineNear
from relevo_multiplier_tracking.domain import days, joining, period
from relevo_multiplier_tracking.domain.reminder import remind

DUE_ON = date(2020, 2, 11)
COMPLETED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)


@pytest.mark.parametrize("distance", [30, 14, 7, 1])
def test_rule_11_a_reminder_goes_out_at_each_distance(make: Any, distance: int) -> None:
    at = days.remind_at(DUE_ON, distance)
    after, events = remind(make.opened(), DUE_ON, distance, at)
    event = events[0]
    assert isinstance(event, CommitmentDeadlineNear)
    assert (event.days_left, event.due_on) == (distance, DUE_ON)
    assert remind(make.opened(), DUE_ON, distance, at - timedelta(seconds=1))[1] == ()
    assert remind(after, DUE_ON, distance, at)[1] == ()


def test_rule_11_of_several_overdue_reminders_only_the_nearest_is_sent(make: Any) -> None:
    now = days.remind_at(DUE_ON, 7) + timedelta(hours=1)
    commitment, days_left = make.opened(), []
    for distance in (30, 14, 7, 1):
        commitment, events = remind(commitment, DUE_ON, distance, now)
        days_left += [event.model_dump()["days_left"] for event in events]
    assert days_left == [7]


def test_rule_11_no_reminder_is_sent_while_the_days_are_paused(make: Any) -> None:
    paused, _ = period.pause(make.opened(), "p", "reason/p", "coordinator", make.noon(date(2020, 1, 10)))
    assert remind(paused, DUE_ON, 30, days.remind_at(DUE_ON, 30))[1] == ()


def test_rule_11_no_reminder_is_sent_for_a_due_day_that_has_moved_or_is_over(make: Any) -> None:
    extended, _ = period.extend(make.opened(), date(2020, 2, 25), "x", "reason/x", "coordinator", COMPLETED_AT)
    assert remind(extended, DUE_ON, 1, days.remind_at(DUE_ON, 1))[1] == ()
    assert remind(make.opened(), DUE_ON, 1, days.ends_at(DUE_ON))[1] == ()


def test_rule_11_no_reminder_is_sent_once_fulfilled_or_erased(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    erased, _ = joining.erase(make.opened(), COMPLETED_AT)
    for commitment in (fulfilled, erased):
        assert remind(commitment, DUE_ON, 7, days.remind_at(DUE_ON, 7))[1] == ()
