"""The days of a commitment: lapsed, reopened, paused and extended (rules 9 and 10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_contracts.multiplier_tracking import (
    CommitmentExtended,
    CommitmentFulfilled,
    CommitmentLapsed,
    CommitmentPaused,
    CommitmentReopened,
    CommitmentResumed,
    MultiplierSessionVerified,
)
from relevo_multiplier_tracking.domain import days, period, sessions

SESSION = "1" * 32
DUE_ON = date(2020, 2, 11)
UNTIL = date(2020, 2, 25)
COMPLETED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)


def test_rule_9_a_commitment_lapses_when_the_window_is_over(make: Any) -> None:
    early, nothing = period.lapse(make.opened(), days.ends_at(UNTIL) - timedelta(seconds=1))
    assert (early.state, nothing) == ("open", ())
    after, events = period.lapse(make.opened(), days.ends_at(UNTIL))
    assert (after.state, make.kinds(events)) == ("lapsed", [CommitmentLapsed])


def test_rule_9_a_commitment_does_not_lapse_while_a_report_awaits_a_decision(make: Any) -> None:
    assert period.lapse(make.reported(make.opened()), days.ends_at(UNTIL) + timedelta(days=99))[0].state == "open"


def test_rule_9_a_commitment_does_not_lapse_while_a_returned_report_has_days_left(make: Any) -> None:
    before = make.reported(make.opened(), DUE_ON)
    returned, _ = sessions.return_report(before, SESSION, 1, "other", "coordinator", make.noon(UNTIL))
    until = UNTIL + timedelta(days=14)
    assert period.lapse(returned, days.ends_at(until) - timedelta(seconds=1))[0].state == "open"
    assert period.lapse(returned, days.ends_at(until))[0].state == "lapsed"


def test_rule_9_a_commitment_lapses_with_the_rejection_of_the_last_report_after_the_window(make: Any) -> None:
    late = days.ends_at(UNTIL) + timedelta(days=1)
    after, events = sessions.reject(make.reported(make.opened()), SESSION, 1, "not_credible", "coordinator", late)
    assert after.state == "lapsed"
    assert make.kinds(events)[-1] is CommitmentLapsed


def test_rule_9_a_coordinator_reopens_a_commitment_with_a_later_due_day(make: Any) -> None:
    now = days.ends_at(UNTIL) + timedelta(days=5)
    lapsed, _ = period.lapse(make.opened(), now)
    after, events = period.reopen(lapsed, date(2020, 4, 1), "s", "reason/s", "coordinator", now)
    assert (after.state, after.due_on, after.report_until_on) == ("open", date(2020, 4, 1), date(2020, 4, 15))
    assert make.kinds(events) == [CommitmentReopened]


def test_rule_9_reopening_to_days_that_are_over_is_refused(make: Any) -> None:
    now = days.ends_at(UNTIL) + timedelta(days=5)
    lapsed, _ = period.lapse(make.opened(), now)
    with pytest.raises(period.ReportingIsOver):
        period.reopen(lapsed, DUE_ON, "s", "reason/s", "coordinator", now)


def test_rule_10_the_due_day_moves_by_the_days_of_the_pause_rounded_up(make: Any) -> None:
    start = make.noon(date(2020, 1, 10))
    paused, pausing = period.pause(make.opened(), "p", "reason/p", "coordinator", start)
    after, resuming = period.resume(paused, "r", "coordinator", start + timedelta(days=9, seconds=1))
    assert after.due_on == DUE_ON + timedelta(days=10)
    assert after.report_until_on == UNTIL + timedelta(days=10)
    assert (make.kinds(pausing), make.kinds(resuming)) == ([CommitmentPaused], [CommitmentResumed])


def test_rule_10_nothing_is_over_while_paused(make: Any) -> None:
    paused, _ = period.pause(make.opened(), "p", "reason/p", "coordinator", make.noon(date(2020, 2, 20)))
    late = days.ends_at(UNTIL) + timedelta(days=30)
    assert period.lapse(paused, late)[0].state == "open"
    assert sessions.report(paused, SESSION, make.facts(DUE_ON + timedelta(days=20)), late)[0].awaiting == 1


def test_rule_10_a_returned_report_gets_the_days_of_the_pause_too(make: Any) -> None:
    returned, _ = sessions.return_report(
        make.reported(make.opened()), SESSION, 1, "other", "coordinator", make.noon(date(2020, 2, 20))
    )
    until = returned.session(SESSION).correct_until_on
    paused, _ = period.pause(returned, "p", "reason/p", "coordinator", make.noon(date(2020, 2, 21)))
    after, _ = period.resume(paused, "r", "coordinator", make.noon(date(2020, 2, 24)))
    assert until is not None
    assert after.session(SESSION).correct_until_on == until + timedelta(days=3)


def test_rule_10_an_extension_moves_the_due_day_later_and_leaves_a_trail(make: Any) -> None:
    after, events = period.extend(make.opened(), date(2020, 2, 25), "x", "reason/x", "coordinator", COMPLETED_AT)
    assert after.report_until_on == date(2020, 3, 10)
    assert [(step.step, step.days, step.taken_by) for step in after.trail] == [("extended", 14, "coordinator")]
    assert make.kinds(events) == [CommitmentExtended]


@pytest.mark.parametrize("due_on", [DUE_ON, DUE_ON - timedelta(days=1)])
def test_rule_10_the_due_day_never_moves_earlier(make: Any, due_on: date) -> None:
    with pytest.raises(period.DueDayWouldNotMoveLater):
        period.extend(make.opened(), due_on, "x", "reason/x", "coordinator", COMPLETED_AT)


def test_rule_10_the_reason_is_in_no_event_and_not_in_the_clear_state(make: Any) -> None:
    paused, events = period.pause(make.opened(), "p", "reason/p", "coordinator", make.noon(date(2020, 1, 10)))
    assert "reason" not in events[0].model_dump()
    assert paused.sealed == ("reason/p",)
    assert "threat" not in paused.model_dump_json()


def test_rule_10_fulfilling_ends_a_pause(make: Any) -> None:
    start = make.noon(date(2020, 1, 20))
    paused, _ = period.pause(make.reported(make.opened()), "p", "reason/p", "coordinator", start)
    after, events = make.verified(paused, now=start + timedelta(days=2))
    assert (after.state, after.paused) == ("fulfilled", False)
    assert make.kinds(events) == [MultiplierSessionVerified, CommitmentResumed, CommitmentFulfilled]
