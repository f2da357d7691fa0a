"""A coordinator decides when what stood does not stand any more (rules 6, 8 and 12)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from relevo_contracts.multiplier_tracking import (
    CommitmentFulfilled,
    CommitmentPutUnderReview,
    CommitmentReopened,
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
    assert make.kinds(events) == [CommitmentPutUnderReview]


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
    assert review.end(reversed_, "e", "coordinator", make.noon(UNTIL))[0].state == "not_due"
