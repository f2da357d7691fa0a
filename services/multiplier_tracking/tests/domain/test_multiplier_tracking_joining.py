"""How a commitment begins, and what the week and the person change about it (rules 6, 7 and 14)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from relevo_contracts import Requirements
from relevo_contracts.multiplier_tracking import (
    CommitmentFulfilled,
    CommitmentOpened,
    CommitmentPutUnderReview,
    CommitmentReopened,
)
from relevo_multiplier_tracking.domain import joining, period, review, sessions
from relevo_multiplier_tracking.domain.commitment import ParticipantHasLeft, ParticipantIsErased

EDITION = "e" * 32
PARTICIPANT = "a" * 32
OTHER = "2" * 32
LAST_ON = date(2019, 12, 13)
DUE_ON = date(2020, 2, 11)
UNTIL = date(2020, 2, 25)
ENROLLED_AT = datetime(2019, 11, 1, tzinfo=UTC)
COMPLETED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)


def test_rule_7_a_commitment_opens_when_the_on_site_week_is_completed_and_is_due_on_day_60(make: Any) -> None:
    enrolled, before = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(), ENROLLED_AT)
    after, events = joining.complete_onsite(enrolled, EDITION, LAST_ON, COMPLETED_AT)
    assert before == ()
    assert enrolled.state == "expected"
    assert after.state == "open"
    assert (after.due_on, after.report_until_on) == (DUE_ON, UNTIL)
    assert make.kinds(events) == [CommitmentOpened]


def test_rule_7_a_commitment_opens_the_same_whichever_of_the_two_is_known_first(make: Any) -> None:
    first, _ = joining.complete_onsite(joining.expected(PARTICIPANT), EDITION, LAST_ON, COMPLETED_AT)
    then, events = joining.enrol(first, EDITION, Requirements(), ENROLLED_AT)
    assert then == make.opened()
    assert make.kinds(events) == [CommitmentOpened]


def test_rule_7_there_is_no_commitment_when_the_week_was_not_completed() -> None:
    enrolled, _ = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(), ENROLLED_AT)
    missed, events = joining.miss_onsite(enrolled, EDITION)
    assert (missed.state, missed.due_on, events) == ("not_due", None, ())


def test_rule_7_a_later_correction_opens_what_was_not_due(make: Any) -> None:
    enrolled, _ = joining.enrol(joining.expected(PARTICIPANT), EDITION, Requirements(), ENROLLED_AT)
    missed, _ = joining.miss_onsite(enrolled, EDITION)
    after, events = joining.correct_onsite(missed, EDITION, True, LAST_ON, COMPLETED_AT, "s")
    assert (after.state, after.due_on) == ("open", DUE_ON)
    assert make.kinds(events) == [CommitmentOpened]


def test_rule_7_a_later_enrolment_moves_nobodys_goalposts(make: Any) -> None:
    again, events = joining.enrol(make.opened(), EDITION, Requirements(multiplier_people=99), ENROLLED_AT)
    assert again.required.multiplier_people == 10
    assert events == ()


def test_rule_6_a_reversed_completion_puts_the_commitment_under_review_and_undoes_nothing(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    for before in (make.opened(), fulfilled):
        after, events = joining.correct_onsite(before, EDITION, False, LAST_ON, make.noon(UNTIL), "s")
        assert after.state == "under_review"
        assert after.sessions == before.sessions
        assert make.kinds(events) == [CommitmentPutUnderReview]


def test_rule_6_an_open_commitment_that_is_upheld_runs_again(make: Any) -> None:
    doubted, _ = joining.correct_onsite(make.opened(), EDITION, False, LAST_ON, COMPLETED_AT, "s")
    after, events = review.uphold(doubted, "u", "coordinator", COMPLETED_AT)
    assert (after.state, after.due_on, make.kinds(events)) == ("open", DUE_ON, [CommitmentReopened])


def test_rule_14_an_erased_participant_can_do_nothing_more_and_what_was_counted_stays(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    erased, events = joining.erase(fulfilled, make.noon(UNTIL))
    assert (erased.state, erased.sessions, events) == ("fulfilled", fulfilled.sessions, ())
    with pytest.raises(ParticipantIsErased):
        sessions.plan(erased, OTHER, DUE_ON, "online", COMPLETED_AT)


def test_rule_14_what_was_fulfilled_stays_fulfilled_when_the_participant_leaves(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    assert joining.withdraw_participant(fulfilled, EDITION, make.noon(UNTIL))[0].state == "fulfilled"
    left, _ = joining.withdraw_participant(make.opened(), EDITION, COMPLETED_AT)
    assert left.state == "withdrawn"
    with pytest.raises(ParticipantHasLeft):
        make.reported(left)


def test_rules_6_and_8_what_was_verified_counts_again_when_a_week_found_not_completed_is_completed_after_all(
    make: Any,
) -> None:
    """An ended commitment that runs again does not lapse over sessions that were verified before."""
    now = make.noon(date(2020, 1, 20))
    fulfilled, _ = make.verified(make.reported(make.opened()))
    doubted, _ = joining.correct_onsite(fulfilled, EDITION, False, LAST_ON, now, "turned")
    not_due, _ = review.end(doubted, "end", "carla", now)
    assert not_due.state == "not_due"
    again, events = joining.correct_onsite(not_due, EDITION, True, LAST_ON, now, "step")
    assert make.kinds(events) == [CommitmentReopened, CommitmentFulfilled]
    assert again.state == "fulfilled"
    assert period.lapse(again, datetime(2021, 1, 1, tzinfo=UTC))[0].state == "fulfilled"
