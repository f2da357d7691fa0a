"""The arithmetic of the report: what counts as met, what a median and a percentile are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from benchmarks.report import Entry, Goal, Limit, in_turn, percentile, ratios
from benchmarks.table import broken, lines
from hypothesis import given
from hypothesis import strategies as st

RUN = {"failed": {}, "size": "quick"}


def entry(*rounds: float, **others: Any) -> Entry:
    return Entry("consume_vs_floor", "ours ÷ floor", "4 ÷ 10", rounds, others.pop("goal", Goal(0.4)), **others)


def test_a_median_at_the_goal_meets_it_whichever_side_is_better() -> None:
    assert entry(0.3, 0.4, 0.9).met
    assert not entry(0.3, 0.39, 0.9).met
    assert entry(2, 3, 9, goal=Goal(3, at_least=False)).met
    assert not entry(2, 3.1, 9, goal=Goal(3, at_least=False)).met


def test_a_condition_that_did_not_hold_meets_no_goal() -> None:
    unsound = entry(9.0, conditions={"backlog_within_one_second": False, "all_took_effect_once": True})
    assert not unsound.sound
    assert unsound.met is False


def test_a_limit_that_is_passed_misses_the_goal() -> None:
    assert entry(1.0, limits={"p99_over_median": Limit(5.0, Goal(5, at_least=False))}).met
    assert not entry(1.0, limits={"p99_over_median": Limit(5.1, Goal(5, at_least=False))}).met


def test_what_has_no_goal_is_neither_met_nor_missed() -> None:
    assert entry(1.0, goal=None).met is None


def test_a_document_has_what_readers_of_the_report_rely_on() -> None:
    document = json.loads(json.dumps(entry(0.5, 0.123456, 0.7, measured={"rate": [1234.5678]}).document()))
    assert {name: document[name] for name in ("median", "min", "max", "goal", "goal_is", "met")} == {
        "median": 0.5,
        "min": 0.1235,
        "max": 0.7,
        "goal": 0.4,
        "goal_is": "at least",
        "met": True,
    }
    assert document["measured"] == {"rate": [1235.0]}


def test_how_many_times_as_good_as_the_goal_grows_with_what_is_better() -> None:
    assert Goal(0.4).times(0.8) == 2
    assert Goal(3, at_least=False).times(1.5) == 2


def test_ratios_are_taken_round_by_round() -> None:
    assert ratios([2, 9], [4, 3]) == [0.5, 3]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


def test_rounds_take_turns_in_who_is_first() -> None:
    assert [in_turn(number, ["floor", "ours"])[0] for number in range(4)] == ["floor", "ours", "floor", "ours"]


@given(st.lists(st.integers(), min_size=1, max_size=300), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_this_share_does_not_exceed(values: list[int], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(each <= found for each in values) >= share * len(values)
    assert sum(each < found for each in values) < share * len(values)


def test_percentiles_of_a_hundred_are_what_one_counts() -> None:
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile(range(1, 101), 1) == 100
    with pytest.raises(ValueError, match="share"):
        percentile([1.0], 0)


def test_a_table_marks_what_is_missed_and_says_what_is_broken() -> None:
    missed = entry(0.2, conditions={"all_took_effect_once": False}, limits={"p99": Limit(9, Goal(5, at_least=False))})
    report = {"run": {**RUN, "failed": {"hop": "TimeoutError: "}}, missed.name: missed.document()}
    first, second = lines(report)
    assert (first.median, first.goal, first.mark) == ("0.2", "≥ 0.4", "✗")
    assert (second.median, second.goal, second.mark) == ("9", "≤ 5", "✗")
    assert broken(report) == [
        "hop was not measured: TimeoutError: ",
        "consume_vs_floor: all took effect once did not hold",
    ]
