"""A day has 24 hours: what is reported of it lies within them (rule 8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Requirements
from relevo_multiplier_tracking.domain import joining, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.sessions import Correction, LongerThanTheDay, ReportedFacts

LAST_ON, DAY = date(2019, 12, 13), date(2020, 1, 18)
OPENED_AT = datetime(2019, 12, 14, tzinfo=UTC)
BEGINS_AT = datetime(2020, 1, 17, 10, tzinfo=UTC)
LATER = BEGINS_AT + timedelta(days=3)


def opened() -> Commitment:
    enrolled, _ = joining.enrol(joining.expected("a" * 32), "e" * 32, Requirements(sessions_add_up=True), OPENED_AT)
    return joining.complete_onsite(enrolled, "e" * 32, LAST_ON, OPENED_AT)[0]


def reported(commitment: Commitment, number: int, minutes: int, on: date = DAY, now: datetime = LATER) -> Commitment:
    facts = ReportedFacts(held_on=on, minutes=minutes, people=10, format="online", another_session=True)
    return sessions.report(commitment, f"{number:032x}", facts, now)[0]


def test_rule_8_the_reports_of_one_day_claim_no_more_minutes_together_than_it_has() -> None:
    one = reported(opened(), 1, 1000)
    with pytest.raises(LongerThanTheDay) as refused:
        reported(one, 2, 441)
    assert refused.value.facts == {"held_on": "2020-01-18", "minutes_left": 440}
    assert len(reported(one, 2, 440).sessions) == 2
    assert len(reported(one, 2, 1440, DAY - timedelta(days=1)).sessions) == 2


def test_rule_8_a_correction_is_held_against_the_other_reports_of_its_day_and_not_against_itself() -> None:
    both = reported(reported(opened(), 1, 700), 2, 700)
    returned, _ = sessions.return_report(both, f"{2:032x}", 1, "duration_unclear", "carla", LATER)
    with pytest.raises(LongerThanTheDay):
        sessions.correct(returned, f"{2:032x}", Correction(revision=2, minutes=741), LATER)
    assert sessions.correct(returned, f"{2:032x}", Correction(revision=2, minutes=740), LATER)[0].awaiting == 2


def test_rule_8_a_report_that_was_rejected_leaves_its_minutes_to_others() -> None:
    rejected, _ = sessions.reject(reported(opened(), 1, 1440), f"{1:032x}", 1, "not_credible", "carla", LATER)
    assert reported(rejected, 2, 1440).awaiting == 1


def test_rule_8_nobody_reports_more_of_today_than_there_was_of_it_anywhere() -> None:
    with pytest.raises(LongerThanTheDay):
        reported(opened(), 1, 240, now=BEGINS_AT + timedelta(minutes=239))
    assert reported(opened(), 1, 240, now=BEGINS_AT + timedelta(minutes=240)).awaiting == 1


@given(st.lists(st.tuples(st.integers(1, 1440), st.integers(0, 1)), max_size=12))
def test_rule_8_whatever_is_reported_no_day_holds_more_than_a_day(reports: list[tuple[int, int]]) -> None:
    commitment = opened()
    for number, (minutes, ahead) in enumerate(reports):
        try:
            commitment = reported(commitment, number, minutes, DAY + timedelta(days=ahead))
        except Refusal:
            continue
    for ahead in (0, 1):
        accepted = [each.report for each in commitment.sessions if each.report]
        assert sum(each.minutes for each in accepted if each.held_on == DAY + timedelta(days=ahead)) <= 1440
