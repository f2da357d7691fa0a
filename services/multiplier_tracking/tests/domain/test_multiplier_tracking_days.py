"""When a day is over (rule 7)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from relevo_multiplier_tracking.domain import days

DUE_ON = date(2020, 2, 11)


@pytest.mark.parametrize(("hour", "minute", "over"), [(11, 59, False), (12, 0, True)])
def test_rule_7_a_day_is_over_when_it_is_over_everywhere_on_earth(hour: int, minute: int, over: bool) -> None:
    now = datetime(2020, 2, 12, hour, minute, tzinfo=UTC)
    assert days.is_over(DUE_ON, now) is over
    assert (days.current(now) > DUE_ON) is over
