"""Rule 1: a call takes applications between two instants, and after the close only with a late-access code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_contracts import Requirements
from relevo_contracts.intake import CallClosed, CallExtended, CallOpened
from relevo_intake.domain import call as calls
from relevo_intake.domain.call import (
    Call,
    CallCorrection,
    CallExists,
    CallIsClosed,
    CallWasSelected,
    ClosesEarlier,
    Criteria,
    CriteriaAreInUse,
    LateCode,
    LateCodeIsNotValid,
)

OPENS = datetime(2019, 9, 12, 12, tzinfo=UTC)
CLOSES = datetime(2019, 9, 27, 4, 59, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
CALL_ID, EDITION_ID, APPLICATION_ID = "1" * 32, "2" * 32, "3" * 32


def a_call() -> Call:
    return Call(call_id=CALL_ID, edition_id=EDITION_ID, opens_at=OPENS, closes_at=CLOSES, seats=30, travel_grants=7)


def a_closed_call() -> Call:
    closed, _ = calls.close(a_call(), 0, CLOSES)
    return closed


def with_code(call: Call, code_hash: str = "h", expires_at: datetime = CLOSES + timedelta(days=3)) -> Call:
    return calls.add_late_code(call, LateCode(code_hash=code_hash, issued_at=CLOSES, expires_at=expires_at))


def test_an_opened_call_tells_its_times_seats_and_requirements() -> None:
    opened, events = calls.open_call(None, a_call())
    assert opened == a_call()
    (event,) = events
    assert isinstance(event, CallOpened)
    assert (event.opens_at, event.closes_at, event.seats, event.travel_grants) == (OPENS, CLOSES, 30, 7)
    assert event.requirements == Requirements()


def test_a_call_is_opened_once() -> None:
    with pytest.raises(CallExists):
        calls.open_call(a_call(), a_call())


def test_rule_1_a_late_access_code_lets_one_application_in_and_is_used_up() -> None:
    used = calls.use_late_code(with_code(a_closed_call()), APPLICATION_ID, CLOSES + TICK, "h")
    assert used.late_codes[0].used_by == APPLICATION_ID
    with pytest.raises(LateCodeIsNotValid):
        calls.use_late_code(used, "4" * 32, CLOSES + TICK, "h")


def test_rule_1_an_expired_or_unknown_late_access_code_lets_nobody_in() -> None:
    call = with_code(a_closed_call(), expires_at=CLOSES + timedelta(hours=1))
    with pytest.raises(LateCodeIsNotValid):
        calls.use_late_code(call, APPLICATION_ID, CLOSES + timedelta(hours=1), "h")
    with pytest.raises(LateCodeIsNotValid):
        calls.use_late_code(call, APPLICATION_ID, CLOSES + TICK, "another")


def test_rule_1_closing_by_hand_closes_a_minute_ahead() -> None:
    closing = calls.close_by_hand(a_call(), OPENS + timedelta(days=1))
    assert closing.closes_at == OPENS + timedelta(days=1, seconds=60)
    assert closing.state_at(closing.closes_at - TICK) == "open"
    assert closing.state_at(closing.closes_at) == "closed"


def test_rule_1_closing_by_hand_never_moves_the_close_later() -> None:
    assert calls.close_by_hand(a_call(), CLOSES - timedelta(seconds=5)).closes_at == CLOSES


def test_a_closed_call_cannot_be_closed_by_hand() -> None:
    with pytest.raises(CallIsClosed):
        calls.close_by_hand(a_call(), CLOSES)


def test_the_close_is_told_once_with_the_count_and_by_whom() -> None:
    call = a_call()
    early, nothing = calls.close(call, 1, CLOSES - TICK)
    assert (early, list(nothing)) == (call, [])
    closed, (event,) = calls.close(call, 841, CLOSES + timedelta(minutes=3))
    assert isinstance(event, CallClosed)
    assert (event.applications, event.closed_at, event.closed_by) == (840, CLOSES, "plan")
    assert calls.close(closed, 841, CLOSES + timedelta(days=1)) == (closed, ())


def test_rule_27_a_call_that_closes_again_tells_no_few_more_applications() -> None:
    released = []
    call = a_call()
    for days, applications in enumerate((9, 44, 53, 59, 62)):
        closes_at = CLOSES + timedelta(days=days + 1)
        call, _ = calls.extend(call, closes_at, closes_at - timedelta(hours=1), selected=False)
        call, (event,) = calls.close(call, applications, closes_at)
        assert isinstance(event, CallClosed)
        released.append(event.applications)
    assert released == [0, 0, 50, 50, 60]


def test_a_close_by_hand_says_so() -> None:
    closing = calls.close_by_hand(a_call(), OPENS)
    _, (event,) = calls.close(closing, 0, closing.closes_at)
    assert isinstance(event, CallClosed)
    assert event.closed_by == "hand"


def test_changed_requirements_are_a_new_version_and_the_same_ones_are_not() -> None:
    changed = calls.change_requirements(a_call(), Requirements(multiplier_days=90))
    assert (changed.requirements_version, changed.requirements.multiplier_days) == (2, 90)
    assert calls.change_requirements(changed, Requirements(multiplier_days=90)) == changed


def test_a_rubric_names_each_criterion_once() -> None:
    criterion = calls.Criterion(code="motivation", weight=1, max_score=5)
    with pytest.raises(ValueError, match="names something twice"):
        calls.Criteria(rubric=(criterion, criterion))


def test_rule_1_an_open_call_is_kept_open_until_a_later_instant_and_tells_so() -> None:
    extended, (event,) = calls.extend(a_call(), CLOSES + timedelta(days=7), OPENS, selected=False)
    assert extended.state_at(CLOSES + timedelta(days=6)) == "open"
    assert isinstance(event, CallExtended)
    assert (event.closes_at, event.extended_at, event.reopened) == (CLOSES + timedelta(days=7), OPENS, False)


def test_rule_1_a_closed_call_is_opened_again_and_closes_again() -> None:
    now = CLOSES + timedelta(days=2)
    reopened, (event,) = calls.extend(a_closed_call(), now + timedelta(days=1), now, selected=False)
    assert isinstance(event, CallExtended)
    assert event.reopened
    assert (reopened.closed, reopened.state_at(now)) == (False, "open")
    closed, (event,) = calls.close(reopened, 67, reopened.closes_at)
    assert isinstance(event, CallClosed)
    assert (closed.closed, event.closed_at, event.applications) == (True, reopened.closes_at, 70)


@pytest.mark.parametrize("closes_at", [CLOSES - TICK, CLOSES, OPENS])
def test_a_call_is_never_extended_to_an_earlier_instant(closes_at: datetime) -> None:
    with pytest.raises(ClosesEarlier):
        calls.extend(a_call(), closes_at, OPENS, selected=False)
    with pytest.raises(ClosesEarlier):
        calls.extend(a_closed_call(), CLOSES + TICK, CLOSES + TICK, selected=False)


def test_a_call_whose_seats_were_offered_is_not_opened_again() -> None:
    with pytest.raises(CallWasSelected):
        calls.extend(a_closed_call(), CLOSES + timedelta(days=9), CLOSES + TICK, selected=True)


def test_what_a_call_says_is_corrected_at_any_time_and_its_criteria_until_the_first_review() -> None:
    call = calls.correct(a_closed_call(), CallCorrection(titles={"es": "Nueva"}, texts={"es": "Dice."}), reviewed=True)
    assert (call.titles, call.texts, call.criteria) == ({"es": "Nueva"}, {"es": "Dice."}, a_call().criteria)
    other = Criteria(country_cap=2)
    assert calls.correct(a_call(), CallCorrection(criteria=other), reviewed=False).criteria == other
    with pytest.raises(CriteriaAreInUse):
        calls.correct(a_call(), CallCorrection(criteria=other), reviewed=True)
    assert calls.correct(a_call(), CallCorrection(criteria=a_call().criteria), reviewed=True) == a_call()
