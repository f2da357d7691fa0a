"""A report that says what another one of the same participant says is taken when it is affirmed to be of another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from relevo_multiplier_tracking.domain import sessions
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.same_meeting import ReportedAlready
from relevo_multiplier_tracking.domain.sessions import ReportedFacts

FIRST, SECOND = "1" * 32, "2" * 32
DAY = date(2020, 1, 18)


@pytest.fixture
def once(make: Any) -> Commitment:
    """Somebody has reported a session."""
    commitment: Commitment = make.reported(make.opened(), DAY, FIRST)
    return commitment


def again(make: Any, commitment: Commitment, **says: Any) -> Outcome:
    facts = {**make.facts(DAY).model_dump(), "another_session": False, **says}
    return sessions.report(commitment, SECOND, ReportedFacts(**facts), make.noon(DAY) + timedelta(days=1))


def test_rule_8_the_same_report_sent_anew_is_refused_and_says_which_one_stands(make: Any, once: Commitment) -> None:
    with pytest.raises(ReportedAlready) as refused:
        again(make, once)
    assert refused.value.facts == {"session_id": FIRST}


def test_rule_8_it_is_refused_for_the_day_too_long_only_when_it_is_affirmed_to_be_another(make: Any) -> None:
    once = make.reported(make.opened(), DAY, FIRST, minutes=800)
    with pytest.raises(ReportedAlready):
        again(make, once, minutes=800)
    with pytest.raises(sessions.LongerThanTheDay):
        again(make, once, minutes=800, another_session=True)


def test_rule_8_a_session_that_is_affirmed_to_be_another_is_taken(make: Any, once: Commitment) -> None:
    after, _ = again(make, once, another_session=True)
    assert [each.session_id for each in after.sessions] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "says", [{"held_on": date(2020, 1, 17)}, {"minutes": 241}, {"people": 11}, {"format": "online"}]
)
def test_rule_8_what_says_something_else_is_taken_as_it_is(make: Any, once: Commitment, says: dict[str, Any]) -> None:
    assert len(again(make, once, **says)[0].sessions) == 2


def test_rule_8_one_that_was_verified_or_came_back_stands_and_one_that_was_rejected_does_not(
    make: Any, once: Commitment
) -> None:
    now = make.noon(date(2020, 1, 19))
    verified, _ = make.verified(once, FIRST)
    returned, _ = sessions.return_report(once, FIRST, 1, "people_unclear", "coordinator", now)
    rejected, _ = sessions.reject(once, FIRST, 1, "not_credible", "coordinator", now)
    for standing in (verified, returned):
        with pytest.raises(ReportedAlready):
            again(make, standing)
    assert len(again(make, rejected)[0].sessions) == 2


def test_rule_8_a_plan_for_the_same_day_is_no_report(make: Any) -> None:
    planned, _ = sessions.plan(make.opened(), FIRST, DAY, "in_person", make.noon(date(2019, 12, 20)))
    assert len(again(make, planned)[0].sessions) == 2
