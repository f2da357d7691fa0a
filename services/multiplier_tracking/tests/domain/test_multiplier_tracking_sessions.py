"""What counts as a multiplier session, and until when it is reported (rules 7, 8 and 9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_contracts.multiplier_tracking import (
    CommitmentFulfilled,
    MultiplierSessionReported,
    MultiplierSessionReturned,
    MultiplierSessionVerified,
)
from relevo_multiplier_tracking.domain import days, period, sessions
from relevo_multiplier_tracking.domain.commitment import counts
from relevo_multiplier_tracking.domain.reports import Report, ReportWasRevised
from relevo_multiplier_tracking.domain.sessions import Correction

SESSION = "1" * 32
OTHER = "2" * 32
LAST_ON = date(2019, 12, 13)
DUE_ON = date(2020, 2, 11)
UNTIL = date(2020, 2, 25)
COMPLETED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)


def test_rule_7_the_day_it_was_held_is_compared_and_not_the_hour_of_the_report(make: Any) -> None:
    now = days.ends_at(DUE_ON) + timedelta(days=3)
    after, events = sessions.report(make.opened(), SESSION, make.facts(DUE_ON), now)
    assert after.awaiting == 1
    assert make.kinds(events) == [MultiplierSessionReported]


def test_rule_8_one_session_of_240_minutes_with_10_others_fulfils_the_commitment_once_staff_verify_it(
    make: Any,
) -> None:
    before = make.reported(make.opened())
    assert before.state == "open"
    after, events = make.verified(before)
    assert after.state == "fulfilled"
    assert make.kinds(events) == [MultiplierSessionVerified, CommitmentFulfilled]


@pytest.mark.parametrize(("minutes", "people"), [(239, 10), (240, 9)])
def test_rule_8_a_shorter_session_or_one_with_fewer_people_does_not_fulfil_it(
    make: Any, minutes: int, people: int
) -> None:
    after, events = make.verified(make.reported(make.opened(), minutes=minutes, people=people))
    assert after.state == "open"
    assert make.kinds(events) == [MultiplierSessionVerified]
    assert events[0].model_dump()["counts"] is False


def test_rule_8_by_default_several_sessions_do_not_add_up(make: Any) -> None:
    one, _ = make.verified(make.reported(make.opened(), minutes=120, people=5))
    both, _ = make.verified(make.reported(one, session_id=OTHER, minutes=120, people=5), OTHER)
    assert both.state == "open"


def test_rule_8_several_sessions_add_up_where_the_edition_allows_it(make: Any) -> None:
    one, _ = make.verified(make.reported(make.opened(sessions_add_up=True), minutes=120, people=5))
    assert one.state == "open"
    both, events = make.verified(make.reported(one, session_id=OTHER, minutes=120, people=5), OTHER)
    assert both.state == "fulfilled"
    event = events[-1]
    assert isinstance(event, CommitmentFulfilled)
    assert (event.sessions, event.minutes, event.people) == (2, 240, 10)


def test_rule_8_a_session_held_during_the_week_is_refused(make: Any) -> None:
    with pytest.raises(sessions.HeldBeforeTheWeekEnded):
        make.reported(make.opened(), LAST_ON)


@pytest.mark.parametrize(("held_on", "timely"), [(LAST_ON, False), (DUE_ON, True), (date(2020, 2, 12), False)])
def test_rule_8_only_the_days_after_the_week_up_to_the_due_day_count(make: Any, held_on: date, timely: bool) -> None:
    report = Report(held_on=held_on, minutes=240, people=10, format="online", revision=1, reported_at=COMPLETED_AT)
    assert counts(make.opened(), report, make.noon(UNTIL)) is timely


def test_rule_8_a_session_held_after_the_due_day_is_refused(make: Any) -> None:
    with pytest.raises(sessions.HeldAfterTheDueDay):
        make.reported(make.opened(), DUE_ON + timedelta(days=1))


def test_rule_8_a_session_held_on_the_due_day_counts(make: Any) -> None:
    assert make.verified(make.reported(make.opened(), DUE_ON), now=make.noon(UNTIL))[0].state == "fulfilled"


def test_rule_8_a_session_that_has_not_begun_anywhere_is_refused(make: Any) -> None:
    day = date(2020, 1, 18)
    with pytest.raises(sessions.HeldInTheFuture):
        sessions.report(make.opened(), SESSION, make.facts(day), datetime(2020, 1, 17, 9, 59, tzinfo=UTC))
    sessions.report(make.opened(), SESSION, make.facts(day, minutes=1), datetime(2020, 1, 17, 10, 1, tzinfo=UTC))


def test_rule_8_a_decision_on_a_revision_that_was_not_read_is_refused(make: Any) -> None:
    with pytest.raises(ReportWasRevised):
        sessions.verify(make.reported(make.opened()), SESSION, 2, "coordinator", make.noon(UNTIL))


def test_rule_8_a_plan_lies_within_the_period(make: Any) -> None:
    for day in (LAST_ON, DUE_ON + timedelta(days=1)):
        with pytest.raises(sessions.PlannedOutsideThePeriod):
            sessions.plan(make.opened(), SESSION, day, "online", COMPLETED_AT)
    assert sessions.plan(make.opened(), SESSION, DUE_ON, "online", COMPLETED_AT)[0].session(SESSION).state == "planned"


def test_rule_9_a_late_report_is_taken_until_fourteen_days_after_the_due_day(make: Any) -> None:
    last_moment = days.ends_at(UNTIL) - timedelta(milliseconds=1)
    assert sessions.report(make.opened(), SESSION, make.facts(DUE_ON), last_moment)[0].awaiting == 1
    with pytest.raises(period.ReportingIsOver):
        sessions.report(make.opened(), SESSION, make.facts(DUE_ON), days.ends_at(UNTIL))


def test_rule_9_a_returned_report_has_fourteen_days_from_its_return(make: Any) -> None:
    returned_at = make.noon(UNTIL)
    before = make.reported(make.opened(), DUE_ON)
    after, events = sessions.return_report(before, SESSION, 1, "date_unclear", "coordinator", returned_at)
    until = UNTIL + timedelta(days=14)
    assert after.session(SESSION).correct_until_on == until
    assert make.kinds(events) == [MultiplierSessionReturned]
    again = Correction(revision=2)
    corrected, _ = sessions.correct(after, SESSION, again, days.ends_at(until) - timedelta(seconds=1))
    assert corrected.awaiting == 1
    with pytest.raises(sessions.CorrectingIsOver):
        sessions.correct(after, SESSION, again, days.ends_at(until))
