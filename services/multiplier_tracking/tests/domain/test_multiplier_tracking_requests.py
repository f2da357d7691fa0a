"""A participant asks for a pause or for more days, and nothing lapses before it is decided (rule 21)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_contracts import Requirements
from relevo_contracts.multiplier_tracking import (
    CommitmentExtended,
    CommitmentLapsed,
    CommitmentPaused,
    DaysRequestDeclined,
)
from relevo_multiplier_tracking.domain import days, joining, period, requests, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.next_step import next_step
from relevo_multiplier_tracking.domain.period import (
    CommitmentIsPaused,
    DueDayWouldNotMoveLater,
    ReportingIsOver,
    RequestAwaitsDecision,
)
from relevo_multiplier_tracking.domain.reminder import remind
from relevo_multiplier_tracking.domain.requests import NoSuchRequest, RequestIsDecided
from relevo_multiplier_tracking.domain.sessions import ReportedFacts

ANA, EDITION, R = "a" * 32, "e" * 32, "5" * 32
LAST_ON, DUE_ON, UNTIL = date(2019, 12, 13), date(2020, 2, 11), date(2020, 2, 25)
OPENED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)
LATE = days.ends_at(UNTIL) + timedelta(days=9)
LAST_MOMENT = days.ends_at(UNTIL) - timedelta(seconds=1)


def opened() -> Commitment:
    enrolled, _ = joining.enrol(joining.expected(ANA), EDITION, Requirements(), OPENED_AT)
    return joining.complete_onsite(enrolled, EDITION, LAST_ON, OPENED_AT)[0]


def asked(at: datetime = LAST_MOMENT, due_on: date | None = None, commitment: Commitment | None = None) -> Commitment:
    what: Any = "more_days" if due_on else "pause"
    return requests.ask(commitment or opened(), R, what, due_on, "asking/r", at)[0]


def granted(commitment: Commitment, now: datetime, due_on: date | None = None) -> Any:
    return requests.grant(commitment, R, due_on, "s", [], "carla", now)


def test_rule_21_what_is_asked_for_before_the_window_is_over_is_decided_before_anything_lapses() -> None:
    waiting, events = period.lapse(asked(), LATE)
    assert (waiting.state, events) == ("open", ())
    assert next_step(waiting, LATE) == "wait_for_the_answer"
    with pytest.raises(ReportingIsOver):
        asked(days.ends_at(UNTIL))


def test_rule_21_a_pause_granted_counts_from_the_day_it_was_asked_for() -> None:
    at = datetime(2020, 1, 10, 12, tzinfo=UTC)
    paused, (event,) = granted(asked(at), at + timedelta(days=20))
    assert isinstance(event, CommitmentPaused)
    assert event.paused_at == at
    assert (paused.trail[-1].taken_at, paused.trail[-1].request_id) == (at + timedelta(days=20), R)
    after, _ = period.resume(paused, "e", "carla", at + timedelta(days=25))
    assert after.due_on == DUE_ON + timedelta(days=25)


def test_rule_21_a_pause_asked_for_at_the_last_moment_and_granted_long_after_leaves_the_days_there_were() -> None:
    paused, _ = granted(asked(), LATE)
    after, _ = period.resume(paused, "e", "carla", LATE + timedelta(days=1))
    assert after.report_until_on is not None
    assert not days.is_over(after.report_until_on, LATE + timedelta(days=1))


def test_rule_21_what_is_declined_after_the_window_lapses_with_the_decision_and_not_before() -> None:
    declined, events = requests.decline(asked(), R, [], "carla", LATE)
    assert [type(each) for each in events] == [DaysRequestDeclined, CommitmentLapsed]
    assert (declined.state, declined.requests[0].state, declined.requests[0].decided_by) == (
        "lapsed",
        "declined",
        "carla",
    )
    early, (event,) = requests.decline(asked(OPENED_AT), R, [], "carla", OPENED_AT)
    assert early.state == "open"
    assert isinstance(event, DaysRequestDeclined)
    assert (event.request_id, event.commitment_id, event.declined_at) == (R, early.commitment_id, OPENED_AT)


def test_rule_21_a_request_that_is_taken_back_leaves_the_days_as_they_were() -> None:
    early, events = requests.withdraw_request(asked(OPENED_AT), R, OPENED_AT)
    assert (early.state, early.asking, events) == ("open", False, ())
    assert requests.withdraw_request(asked(), R, LATE)[0].state == "lapsed"


def test_rule_21_more_days_are_granted_as_asked_for_or_to_another_day_that_is_yet_to_come() -> None:
    waiting = asked(due_on=date(2020, 3, 20))
    after, (event,) = granted(waiting, LATE)
    assert isinstance(event, CommitmentExtended)
    assert (after.due_on, after.trail[-1].request_id) == (date(2020, 3, 20), R)
    assert granted(waiting, LATE, date(2020, 3, 1))[0].due_on == date(2020, 3, 1)
    with pytest.raises(ReportingIsOver):
        granted(waiting, LATE, DUE_ON + timedelta(days=1))
    with pytest.raises(DueDayWouldNotMoveLater):
        granted(waiting, LATE, DUE_ON)


def test_rule_21_reports_are_taken_while_a_request_awaits_its_decision() -> None:
    facts = ReportedFacts(held_on=DUE_ON, minutes=240, people=10, format="online")
    reported, _ = sessions.report(asked(), "1" * 32, facts, LATE)
    assert requests.decline(reported, R, [], "carla", LATE)[0].state == "open"


def test_rule_21_one_request_awaits_its_decision_at_a_time_and_is_decided_first() -> None:
    waiting = asked(OPENED_AT)
    with pytest.raises(RequestAwaitsDecision):
        requests.ask(waiting, "q", "pause", None, "asking/q", OPENED_AT)
    with pytest.raises(RequestAwaitsDecision):
        period.pause(waiting, "p", "reason/p", "carla", OPENED_AT)
    with pytest.raises(RequestAwaitsDecision):
        period.extend(waiting, date(2020, 3, 1), "x", "reason/x", "carla", OPENED_AT)
    decided, _ = requests.decline(waiting, R, [], "carla", OPENED_AT)
    with pytest.raises(RequestIsDecided):
        granted(decided, OPENED_AT)
    with pytest.raises(NoSuchRequest):
        requests.decline(decided, "q", [], "carla", OPENED_AT)


def test_rule_21_nobody_asks_for_a_pause_in_a_pause_or_for_fewer_days() -> None:
    paused, _ = period.pause(opened(), "p", "reason/p", "carla", OPENED_AT)
    with pytest.raises(CommitmentIsPaused):
        asked(OPENED_AT, commitment=paused)
    with pytest.raises(DueDayWouldNotMoveLater):
        asked(OPENED_AT, due_on=DUE_ON)


def test_rule_21_a_returned_report_with_days_left_leaves_time_to_ask() -> None:
    facts = ReportedFacts(held_on=DUE_ON, minutes=200, people=10, format="online")
    reported, _ = sessions.report(opened(), "1" * 32, facts, LAST_MOMENT)
    returned, _ = sessions.return_report(reported, "1" * 32, 1, "other", "carla", LAST_MOMENT)
    late = days.ends_at(UNTIL) + timedelta(days=3)
    waiting = asked(late, commitment=returned)
    assert period.lapse(waiting, LATE + timedelta(days=99))[0].state == "open"


def test_rule_11_no_reminder_goes_out_while_a_request_awaits_its_decision_and_the_nearest_one_after_it() -> None:
    at = days.remind_at(DUE_ON, 7)
    waiting = asked(at - timedelta(days=1))
    assert remind(waiting, DUE_ON, 7, at)[1] == ()
    declined, _ = requests.decline(waiting, R, [], "carla", at)
    assert remind(declined, DUE_ON, 7, at)[1] != ()


def test_rule_21_what_is_fulfilled_or_left_leaves_nothing_to_decide() -> None:
    facts = ReportedFacts(held_on=date(2020, 1, 18), minutes=240, people=10, format="online")
    reported, _ = sessions.report(asked(datetime(2020, 1, 20, tzinfo=UTC)), "1" * 32, facts, LATE)
    fulfilled, _ = sessions.verify(reported, "1" * 32, 1, "carla", LATE)
    left, _ = joining.withdraw_participant(asked(), EDITION, LATE)
    erased, _ = joining.erase(asked(), LATE)
    for over in (fulfilled, left, erased):
        assert ([each.state for each in over.requests], over.asking) == (["ended"], False)
