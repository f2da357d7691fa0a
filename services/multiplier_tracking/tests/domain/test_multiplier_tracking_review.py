"""A coordinator decides when what stood does not stand any more (rules 6, 8 and 12)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from relevo_contracts.multiplier_tracking import (
    CommitmentCancelled,
    CommitmentFulfilled,
    CommitmentPutUnderReview,
    CommitmentReopened,
    MultiplierSessionVerificationWithdrawn,
    MultiplierSessionVerified,
)
from relevo_multiplier_tracking.domain import joining, review

EDITION = "e" * 32
SESSION = "1" * 32
OTHER = "2" * 32
LAST_ON = date(2019, 12, 13)
UNTIL = date(2020, 2, 25)


def test_rule_12_a_withdrawn_verification_puts_a_fulfilled_commitment_under_review(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    after, events = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", make.noon(UNTIL))
    assert (after.state, after.awaiting) == ("under_review", 1)
    assert make.kinds(events) == [MultiplierSessionVerificationWithdrawn, CommitmentPutUnderReview]


def test_rule_20_that_a_verification_was_withdrawn_while_the_days_run_is_told(make: Any) -> None:
    """A session that counts by itself alone in a commitment that asks for two of them."""
    running = make.opened(multiplier_minutes=480, sessions_add_up=True)
    verified, _ = make.verified(make.reported(running))
    assert verified.state == "open"
    after, events = review.withdraw_verification(verified, SESSION, "w", "coordinator", make.noon(UNTIL))
    assert (after.state, after.session(SESSION).state) == ("open", "reported")
    [event] = events
    assert isinstance(event, MultiplierSessionVerificationWithdrawn)
    assert event.session_id == SESSION


def test_rule_12_upholding_restores_what_stood(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    doubted, _ = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", make.noon(UNTIL))
    after, events = review.uphold(doubted, "u", "coordinator", make.noon(UNTIL))
    assert (after.state, after.review) == ("fulfilled", None)
    assert make.kinds(events) == [MultiplierSessionVerified, CommitmentFulfilled]


def test_rule_12_reopening_lets_the_days_run_again_with_the_verification_withdrawn(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    doubted, _ = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", make.noon(UNTIL))
    after, events = review.reopen_reviewed(doubted, None, "r", "coordinator", make.noon(UNTIL))
    assert (after.state, after.session(SESSION).state) == ("open", "reported")
    assert make.kinds(events) == [CommitmentReopened]


def test_rule_12_other_verified_sessions_may_still_meet_the_requirement(make: Any) -> None:
    one, _ = make.verified(make.reported(make.opened()))
    both, _ = make.verified(make.reported(one, session_id=OTHER), OTHER)
    doubted, _ = review.withdraw_verification(both, SESSION, "w", "coordinator", make.noon(UNTIL))
    after, events = review.reopen_reviewed(doubted, None, "r", "coordinator", make.noon(UNTIL))
    assert after.state == "fulfilled"
    assert make.kinds(events) == [CommitmentReopened, CommitmentFulfilled]


def test_rule_6_a_coordinator_ends_a_commitment_only_over_a_reversed_completion(make: Any) -> None:
    fulfilled, _ = make.verified(make.reported(make.opened()))
    doubted, _ = review.withdraw_verification(fulfilled, SESSION, "w", "coordinator", make.noon(UNTIL))
    with pytest.raises(review.OnsiteWeekStands):
        review.end(doubted, "e", "coordinator", make.noon(UNTIL))
    reversed_, _ = joining.correct_onsite(fulfilled, EDITION, False, LAST_ON, make.noon(UNTIL), "s")
    after, events = review.end(reversed_, "e", "coordinator", make.noon(UNTIL))
    assert after.state == "not_due"
    assert make.kinds(events) == [CommitmentCancelled]
