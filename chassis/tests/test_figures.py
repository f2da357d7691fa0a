"""The gate of figures: what somebody who reads all that is told, and knows the gate, can work out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevo_chassis.figures import LEAST, WITHHELD, Actual, is_news, snapshot

Groups = tuple[int, int, int]
"""Those who are in both figures, in the outer one alone, in neither."""

LARGEST = 60
groups = st.tuples(*(st.one_of(st.integers(0, 12), st.integers(0, LARGEST // 3)) for _ in range(3)))


def nested(inside: Groups) -> dict[str, Actual]:
    """Two figures, one a part of the other, of people whose number everybody knows."""
    inner, between, outside = inside
    everybody = (inner + between + outside,)
    return {
        "inner": Actual(inner, everybody, part_of=("outer",)),
        "outer": Actual(inner + between, everybody),
    }


def releases_of(history: Sequence[Groups]) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """What was told before and after each day of a history."""
    before: dict[str, int] = {"inner": WITHHELD, "outer": WITHHELD}
    for each in history:
        after = snapshot(before, nested(each))
        yield before, after
        before = after


def possible(before: Mapping[str, int], after: Mapping[str, int], everybody: int) -> list[Groups]:
    """Everything that may be so when this is told after that: the attack, by somebody who knows how many there are."""
    steps = _steps(tuple(before.items()), everybody)
    return steps[tuple(after.items())]


@cache
def _steps(before: tuple[tuple[str, int], ...], everybody: int) -> dict[tuple[tuple[str, int], ...], list[Groups]]:
    found: dict[tuple[tuple[str, int], ...], list[Groups]] = {}
    for outer in range(everybody + 1):
        for inner in range(outer + 1):
            each = (inner, outer - inner, everybody - outer)
            found.setdefault(tuple(snapshot(dict(before), nested(each)).items()), []).append(each)
    return found


@given(history=st.lists(groups, min_size=1, max_size=5))
def test_rule_27_no_sequence_of_snapshots_tells_how_large_a_group_under_ten_is(history: list[Groups]) -> None:
    for day, (before, after) in zip(history, releases_of(history), strict=True):
        everybody = sum(day)
        might_be = possible(before, after, everybody)
        assert day in might_be
        for number, size in enumerate(day):
            if size < LEAST:
                assert len({each[number] for each in might_be}) > min(everybody, LEAST - 1)


@given(history=st.lists(groups, min_size=2, max_size=6))
def test_rule_27_no_difference_between_any_two_snapshots_is_under_ten(history: list[Groups]) -> None:
    released = [value for _, after in releases_of(history) for value in after.values()]
    assert {value % LEAST for value in released} == {0}


@given(parts=st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_rule_27_of_two_parts_of_a_known_whole_both_are_told_or_neither_tells_the_other(parts: tuple[int, int]) -> None:
    everybody = sum(parts)
    both = snapshot({}, {"one": Actual(parts[0], (everybody,)), "other": Actual(parts[1], (everybody,))})
    might_be = [
        first
        for first in range(everybody + 1)
        if snapshot({}, {"one": Actual(first, (everybody,)), "other": Actual(everybody - first, (everybody,))}) == both
    ]
    if min(parts) < LEAST:
        assert both == {"one": WITHHELD, "other": WITHHELD}
        assert len(might_be) > min(everybody, 2 * LEAST - 1)


@pytest.mark.parametrize(("actual", "released"), [(0, 0), (9, 0), (10, 10), (14, 10), (15, 20), (841, 840), (846, 850)])
def test_rule_27_a_figure_is_told_to_the_nearest_ten_and_none_under_ten(actual: int, released: int) -> None:
    assert snapshot({}, {"figure": Actual(actual)}) == {"figure": released}


@pytest.mark.parametrize(("actual", "released"), [(20, 20), (29, 20), (11, 20), (30, 30), (44, 40), (10, 10), (9, 20)])
def test_rule_27_a_figure_stays_as_it_was_told_until_it_is_ten_away_and_may_be_told(actual: int, released: int) -> None:
    assert snapshot({"figure": 20}, {"figure": Actual(actual)}) == {"figure": released}


@pytest.mark.parametrize(
    ("actual", "released"),
    [
        (Actual(20, within=(30,)), 0),
        (Actual(20, within=(34,)), 20),
        (Actual(30, within=(30,)), 0),
        (Actual(45, beyond=(36,)), 0),
        (Actual(45, beyond=(35,)), 50),
        (Actual(45, beyond=(36, 0)), 0),
    ],
)
def test_rule_27_a_figure_is_told_only_if_all_that_it_may_be_leaves_ten_others(actual: Actual, released: int) -> None:
    assert snapshot({}, {"figure": actual}) == {"figure": released}


def test_what_comes_first_in_the_table_is_told_and_what_lies_close_to_it_is_not() -> None:
    close = {"part": Actual(30, part_of=("whole",)), "whole": Actual(37)}
    assert snapshot({}, close) == {"part": 30, "whole": 0}
    assert snapshot({}, dict(reversed(close.items()))) == {"whole": 40, "part": 0}
    assert snapshot({"part": 30}, close | {"whole": Actual(60)}) == {"part": 30, "whole": 60}


def test_rule_27_what_one_person_may_have_several_of_is_told_when_ten_people_have_some() -> None:
    assert snapshot({}, {"sessions": Actual(40, (30,), people=9)}) == {"sessions": 0}
    assert snapshot({}, {"sessions": Actual(40, (30,), people=10)}) == {"sessions": 40}
    assert snapshot({}, {"sessions": Actual(40, (19,), people=19)}) == {"sessions": 0}, "all of them would have some"


def test_a_sum_is_told_anew_only_with_what_it_is_the_sum_over() -> None:
    def table(sessions: int, reached: int) -> dict[str, Actual]:
        return {"sessions": Actual(sessions), "reached": Actual(reached, along="sessions")}

    released = snapshot({}, table(9, 120))
    assert released == {"sessions": 0, "reached": 0}
    released = snapshot(released, table(10, 132))
    assert released == {"sessions": 10, "reached": 130}
    assert snapshot(released, table(19, 261)) == released
    assert snapshot(released, table(20, 274)) == {"sessions": 20, "reached": 270}


def test_only_what_was_not_told_before_is_news() -> None:
    assert not is_news({}, {"figure": WITHHELD})
    assert not is_news({"figure": 20}, {"figure": 20})
    assert is_news({}, {"figure": 10})
    assert is_news({"figure": 20}, {"figure": 30})
