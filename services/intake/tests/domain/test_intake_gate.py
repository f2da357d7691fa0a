"""Rule 1 at the gates: who comes in between which instants, and what is counted. Rule 17: what has moved since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_intake.domain import gate
from relevo_intake.domain.call import Call, CallIsClosed, CallIsNotOpenYet
from relevo_intake.domain.gate import Gate

OPENS = datetime(2019, 9, 12, 12, tzinfo=UTC)
CLOSES = datetime(2019, 9, 27, 4, 59, tzinfo=UTC)
TICK = timedelta(milliseconds=1)


def a_call() -> Call:
    return Call(call_id="1" * 32, edition_id="2" * 32, opens_at=OPENS, closes_at=CLOSES, seats=30, travel_grants=7)


def a_gate(**facts: object) -> Gate:
    return gate.gate_of(a_call()).model_copy(update=facts)


@pytest.mark.parametrize("now", [OPENS, OPENS + TICK, CLOSES - TICK])
def test_rule_1_an_application_is_taken_from_the_opening_to_the_last_instant_before_the_close(now: datetime) -> None:
    assert gate.let_in(a_gate(), now, late=False).taken == 1


def test_rule_1_an_application_before_the_opening_is_refused() -> None:
    with pytest.raises(CallIsNotOpenYet):
        gate.let_in(a_gate(), OPENS - TICK, late=False)


@pytest.mark.parametrize("now", [CLOSES, CLOSES + TICK, CLOSES + timedelta(days=400)])
def test_rule_1_after_the_close_nothing_is_taken_but_with_a_late_access_code(now: datetime) -> None:
    with pytest.raises(CallIsClosed):
        gate.let_in(a_gate(), now, late=False)
    assert gate.let_in(a_gate(), now, late=True).taken == 1


def test_rule_1_once_the_close_is_written_an_earlier_instant_opens_nothing() -> None:
    with pytest.raises(CallIsClosed):
        gate.let_in(a_gate(closed=True), CLOSES - TICK, late=False)


def test_a_gate_follows_its_call_and_keeps_its_counts() -> None:
    one = gate.let_in(a_gate(), OPENS, late=False)
    later = gate.follow(one, a_call().model_copy(update={"closes_at": CLOSES + TICK, "closed_at": CLOSES + TICK}))
    assert (later.closes_at, later.closed, later.taken, later.moved) == (CLOSES + TICK, True, 1, one.moved)


def test_what_came_in_through_any_gate_is_counted() -> None:
    assert gate.applications_at([a_gate(taken=3), a_gate(), a_gate(taken=4)]) == 7


def test_rule_17_what_has_moved_since_is_told_by_what_it_was_whichever_gates_it_passed() -> None:
    one, other = gate.let_in(a_gate(), OPENS, late=False), gate.move(a_gate(), "reviews")
    then = gate.moves([one, other])
    assert then == {"applications": 1, "reviews": 1}
    assert gate.moved_since(then, [one, other]) == {}
    assert gate.moved_since(then, [gate.move(one, "departures"), gate.move(other, "reviews")]) == {
        "departures": 1,
        "reviews": 1,
    }
