"""While a participant is in danger their days stand still (rule 25)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from relevo_contracts import Requirements
from relevo_contracts.multiplier_tracking import CommitmentPaused, CommitmentResumed
from relevo_multiplier_tracking.domain import danger, days, joining, period
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.period import DaysStandStillInDanger

ANA, EDITION = "a" * 32, "e" * 32
LAST_ON, DUE_ON = date(2019, 12, 13), date(2020, 2, 11)
OPENED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)
AT = datetime(2020, 1, 10, 12, tzinfo=UTC)


def opened(commitment: Commitment | None = None) -> Commitment:
    enrolled, _ = joining.enrol(commitment or joining.expected(ANA), EDITION, Requirements(), OPENED_AT)
    return joining.complete_onsite(enrolled, EDITION, LAST_ON, OPENED_AT)[0]


def test_rule_25_the_days_stand_still_from_that_instant_and_none_is_lost() -> None:
    endangered, (paused,) = danger.enter(opened(), AT, "1", AT + timedelta(seconds=2))
    assert isinstance(paused, CommitmentPaused)
    assert (paused.paused_at, endangered.trail[-1].taken_by) == (AT, period.IN_DANGER)
    assert danger.enter(endangered, AT + timedelta(days=1), "2", AT + timedelta(days=1)) == (endangered, ())
    later = AT + timedelta(days=200)
    assert period.lapse(endangered, later) == (endangered, ())
    after, (resumed,) = danger.leave(endangered, "3", later)
    assert isinstance(resumed, CommitmentResumed)
    assert (after.due_on, after.paused, after.in_danger_since) == (DUE_ON + timedelta(days=200), False, None)


def test_rule_25_no_coordinator_lets_the_days_run_meanwhile() -> None:
    endangered, _ = danger.enter(opened(), AT, "1", AT)
    with pytest.raises(DaysStandStillInDanger):
        period.resume(endangered, "2", "carla", AT + timedelta(days=1))


def test_rule_25_a_pause_that_somebody_else_began_goes_on_when_it_is_over() -> None:
    paused, _ = period.pause(opened(), "0", "pause/0", "carla", AT - timedelta(days=2))
    endangered, events = danger.enter(paused, AT, "1", AT)
    assert events == ()
    over, events = danger.leave(endangered, "2", AT + timedelta(days=9))
    assert (events, over.paused_at, over.in_danger_since) == ((), AT - timedelta(days=2), None)


def test_rule_25_days_that_begin_meanwhile_stand_still_at_once() -> None:
    endangered, events = danger.enter(joining.expected(ANA), AT - timedelta(days=60), "1", AT - timedelta(days=60))
    assert events == ()
    still, (paused,) = period.stand_still(opened(endangered), AT - timedelta(days=60), "2", OPENED_AT)
    assert isinstance(paused, CommitmentPaused)
    assert (still.paused_at, paused.paused_at) == (OPENED_AT, OPENED_AT)


def test_rule_25_days_that_run_again_meanwhile_stand_still_at_once() -> None:
    lapsed, _ = period.lapse(opened(), days.ends_at(DUE_ON) + timedelta(days=30))
    now = days.ends_at(DUE_ON) + timedelta(days=40)
    endangered, events = danger.enter(lapsed, now - timedelta(days=3), "1", now)
    assert (lapsed.state, events) == ("lapsed", ())
    again, events = period.reopen(endangered, (now + timedelta(days=20)).date(), "2", "why/2", "carla", now)
    assert (again.state, again.paused) == ("open", True)
    assert [type(each).__name__ for each in events] == ["CommitmentReopened", "CommitmentPaused"]
    assert again.paused_at == now, "and not before they ran again"
    after, _ = danger.leave(again, "3", now + timedelta(days=5))
    assert after.due - again.due == timedelta(days=5)


def test_rule_25_whoever_was_in_no_danger_is_not_changed_by_its_end() -> None:
    assert danger.leave(opened(), "1", AT) == (opened(), ())
