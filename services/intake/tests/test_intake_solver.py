"""The solver against an exhaustive search, and its proofs."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_intake.domain.selection.problem import Least, Most, Problem
from relevo_intake.solver.highs import NotProven, solve


def every_choice(problem: Problem) -> list[tuple[int, ...]]:
    return [
        choice
        for choice in combinations(range(len(problem.merits)), problem.places)
        if set(problem.inside) <= set(choice) and set(problem.outside).isdisjoint(choice)
        if all(len(set(choice) & set(each.members)) >= each.seats for each in problem.least)
        and all(len(set(choice) & set(each.members)) <= each.seats for each in problem.most)
    ]


def by_exhaustion(problem: Problem) -> tuple[int, ...] | None:
    width = len(problem.merits)
    choices = every_choice(problem)

    def rank(choice: tuple[int, ...]) -> tuple[int, list[bool]]:
        return sum(problem.merits[each] for each in choice), [at in choice for at in range(width)]

    return max(choices, key=rank) if choices else None


@st.composite
def problems(draw: st.DrawFn, merits: st.SearchStrategy[int]) -> Problem:
    width = draw(st.integers(1, 12))
    members = st.lists(st.integers(0, width - 1), unique=True, max_size=width).map(tuple)
    by_hand = draw(st.dictionaries(st.integers(0, width - 1), st.booleans(), max_size=3))
    inside = sum(by_hand.values())
    places = draw(st.integers(inside, max(inside, min(width - len(by_hand) + inside, 6))))
    least = draw(st.lists(st.tuples(st.integers(0, 3), members), max_size=3))
    most = draw(st.lists(st.tuples(st.integers(0, 4), members), max_size=3))
    return Problem(
        places=places,
        merits=tuple(draw(st.lists(merits, min_size=width, max_size=width))),
        least=tuple(Least(code=f"least_{at}", seats=n, members=m) for at, (n, m) in enumerate(least)),
        most=tuple(Most(code=f"most_{at}", seats=n, members=m) for at, (n, m) in enumerate(most)),
        inside=tuple(at for at, inside in by_hand.items() if inside),
        outside=tuple(at for at, inside in by_hand.items() if not inside),
    )


@settings(max_examples=200, deadline=None)
@given(problems(st.integers(0, 10_000)), st.sampled_from([0, 1, 3, 400]))
def test_the_choice_is_the_best_of_all_choices_however_few_are_tried_first(problem: Problem, in_doubt: int) -> None:
    expected, solution = by_exhaustion(problem), solve(problem, in_doubt=in_doubt)
    assert solution.status == ("infeasible" if expected is None else "optimal")
    assert solution.chosen == (expected or ())
    assert solution.merit == solution.bound


@settings(max_examples=200, deadline=None)
@given(problems(st.integers(7, 9)), st.sampled_from([0, 2, 400]))
def test_rule_3_ties_are_broken_by_the_published_order_and_by_nothing_else(problem: Problem, in_doubt: int) -> None:
    assert solve(problem, in_doubt=in_doubt).chosen == (by_exhaustion(problem) or ())


@settings(max_examples=80, deadline=None)
@given(problems(st.integers(0, 10_000)))
def test_an_infeasible_problem_becomes_feasible_by_the_relaxation_and_by_no_smaller_one(problem: Problem) -> None:
    solution = solve(problem)
    if solution.status == "optimal":
        assert not solution.relaxations
        return
    reachable = {each.code: each.reachable for each in solution.relaxations}
    relaxed = _with(problem, reachable)
    assert every_choice(relaxed)
    conceded = sum(abs(each.asked - each.reachable) for each in solution.relaxations)
    assert conceded == _fewest_seats(problem)


def test_merit_and_bound_agree_when_all_merits_are_equal() -> None:
    late = Least(code="late", seats=4, members=tuple(range(400, 500)))
    problem = Problem(places=30, merits=(5000,) * 500, least=(late,))
    solution = solve(problem)
    assert solution.chosen == (*range(26), 400, 401, 402, 403)
    assert (solution.merit, solution.bound) == (150_000, 150_000)


def test_more_places_than_people_are_never_proven() -> None:
    with pytest.raises(NotProven):
        solve(Problem(places=2, merits=(1,)))


def _with(problem: Problem, seats: dict[str, int]) -> Problem:
    return problem._replace(
        least=[each._replace(seats=seats.get(each.code, each.seats)) for each in problem.least],
        most=[each._replace(seats=seats.get(each.code, each.seats)) for each in problem.most],
    )


def _fewest_seats(problem: Problem) -> int:
    def short(choice: tuple[int, ...]) -> int:
        picked = set(choice)
        return sum(max(0, each.seats - len(picked & set(each.members))) for each in problem.least) + sum(
            max(0, len(picked & set(each.members)) - each.seats) for each in problem.most
        )

    by_hand = problem._replace(least=(), most=())
    return min(short(each) for each in every_choice(by_hand))
