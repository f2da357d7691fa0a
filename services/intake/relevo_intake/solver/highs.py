"""From the selection's problem to its one answer.

1. What cannot be in the answer is left out (``narrowing.py``).
2. Most merit: the prices of the relaxed program say who is likely to be in doubt. A mixed-integer program over these
   alone gives a choice; what the prices prove to be in every choice as good, or in none, is fixed; a program over all
   others, solved until no gap is left, gives the best. All data are whole numbers, so a bound below the next whole
   number is a proof.
3. The published order: with the best merit known, even fewer positions are left; they are decided ten at a time,
   earliest first, by programs whose gains are powers of two (so that one earlier position outweighs all later ones,
   exactly, in double precision).
4. If nothing meets all rules: the fewest seats by which rules must give way.

Every answer is checked again in whole numbers before it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from relevo_intake.domain.selection.problem import Least, Most, Problem, Relaxation, Solution
from relevo_intake.solver.narrowing import narrowed
from relevo_intake.solver.prices import MARGIN, Priced, priced
from relevo_intake.solver.program import SOLVER, Program, Row, run

BLOCK = 10
IN_DOUBT = 400
ONE_SEAT = 1000.0


class NotProven(RuntimeError):
    """The solver stopped without a proof; nothing may be decided on what it has."""


class Choice(NamedTuple):
    """Positions with their merit, and a bound on the merit of any choice."""

    positions: set[int]
    merit: int
    bound: int


def solve(problem: Problem, *, in_doubt: int = IN_DOUBT) -> Solution:
    """The answer, or the smallest relaxation. Raises ``NotProven``. Takes the time it takes.

    ``in_doubt`` is how many positions are tried first; the answer is the same with any.
    """
    small, kept = narrowed(problem)
    best = _best(small, in_doubt)
    if best is None:
        return Solution("infeasible", relaxations=_smallest_relaxation(problem), solver=SOLVER)
    by_hand = sum(problem.merits[each] for each in problem.inside)
    chosen = sorted([*(kept[each] for each in best.positions), *problem.inside])
    merit, bound = best.merit + by_hand, best.bound + by_hand
    _check(problem, chosen, merit)
    return Solution("optimal", tuple(chosen), merit, bound, solver=SOLVER)


def _best(problem: Problem, in_doubt: int) -> Choice | None:
    """The best choice, earliest in the published order; ``None`` when there is none."""
    rows = _rows(problem)
    prices = priced(problem.merits, rows)
    best = _most_merit(problem, rows, prices, in_doubt) if prices else None
    if best is None or prices is None:
        return None
    if best.merit != best.bound:
        raise NotProven(f"merit {best.merit} but bound {best.bound}")
    return best._replace(positions=_first_in_order(problem, rows, best, prices))


def _rows(problem: Problem) -> list[Row]:
    everyone = range(len(problem.merits))
    rows = [Row(everyone, lower=problem.places, upper=problem.places)]
    rows += [Row(each.members, lower=each.seats) for each in problem.least]
    rows += [Row(each.members, upper=each.seats) for each in problem.most]
    return rows


def _most_merit(problem: Problem, rows: Sequence[Row], prices: Priced, in_doubt: int) -> Choice | None:
    everyone = range(len(problem.merits))
    doubted = set(sorted(everyone, key=lambda at: abs(prices.gains[at]))[:in_doubt])
    found = _best_among(problem, rows, prices, doubted)
    if found is None:
        return _best_among(problem, rows, prices, set(everyone)) if len(doubted) < len(everyone) else None
    uncertain = {at for at in everyone if not prices.is_certain(at, found.merit)}
    return found if uncertain <= doubted else _best_among(problem, rows, prices, uncertain)


def _best_among(problem: Problem, rows: Sequence[Row], prices: Priced, doubted: set[int]) -> Choice | None:
    """The choice with the most merit in which all but the doubted are as their prices say; ``None`` without any."""
    fixed = {at for at, gain in enumerate(prices.gains) if gain > 0 and at not in doubted}
    columns = sorted(doubted)
    at = {position: column for column, position in enumerate(columns)}
    left = [_without(row, fixed, at) for row in rows]
    gains = [problem.merits[each] for each in columns]
    answer = run(Program(gains, left, [1.0] * len(columns)), whole=True)
    if answer.status == "infeasible":
        return None
    if answer.status != "optimal":
        raise NotProven("the merit program ended undecided")
    positions = fixed | {columns[each] for each in _positions(answer.values)}
    had = sum(problem.merits[each] for each in fixed)
    bound = int(answer.bound + 1e-3) + had if answer.bound < 2**52 else 2**52
    return Choice(positions, sum(problem.merits[each] for each in positions), bound)


def _first_in_order(problem: Problem, rows: Sequence[Row], best: Choice, prices: Priced) -> set[int]:
    """Of all choices with this merit, the one that takes the earliest position on which they differ."""
    free = [at for at in range(len(problem.merits)) if not prices.is_certain(at, best.merit)]
    fixed = best.positions.difference(free)
    incumbent = best.positions
    while free and len(fixed) < problem.places:
        block, free = free[:BLOCK], free[BLOCK:]
        if not incumbent.issuperset(block):
            incumbent = _best_block(problem, rows, best.merit, fixed, block, free)
        fixed |= incumbent.intersection(block)
    return fixed


def _best_block(
    problem: Problem, rows: Sequence[Row], merit: int, fixed: set[int], block: Sequence[int], rest: Sequence[int]
) -> set[int]:
    columns = [*block, *rest]
    at = {position: column for column, position in enumerate(columns)}
    left = [_without(row, fixed, at) for row in rows]
    missing = merit - sum(problem.merits[each] for each in fixed)
    left.append(Row(range(len(columns)), lower=missing - MARGIN, weights=[problem.merits[each] for each in columns]))
    gains = [2.0 ** (len(block) - 1 - column) for column in range(len(block))] + [0.0] * len(rest)
    answer = run(Program(gains, left, [1.0] * len(columns)), whole=True)
    if answer.status != "optimal":
        raise NotProven("a program of the published order ended undecided")
    found = fixed | {columns[column] for column in _positions(answer.values)}
    _check(problem, found, merit)
    return found


def _without(row: Row, fixed: set[int], at: dict[int, int]) -> Row:
    had = sum(1 for each in row.columns if each in fixed)
    return Row([at[each] for each in row.columns if each in at], lower=row.lower - had, upper=row.upper - had)


def _smallest_relaxation(problem: Problem) -> tuple[Relaxation, ...]:
    """Let each rule give way by some seats, at the same price for each seat; rules named first give way last."""
    small = narrowed(problem, keep_caps=False).problem
    width = len(small.merits)
    rules: list[Least | Most] = [*small.least, *small.most]
    rows = [Row(range(width), lower=small.places, upper=small.places)]
    for slack, each in enumerate(small.least, start=width):
        rows.append(Row([*each.members, slack], lower=each.seats))
    for slack, most in enumerate(small.most, start=width + len(small.least)):
        rows.append(Row([*most.members, slack], upper=most.seats, weights=[*[1.0] * len(most.members), -1.0]))
    gains = [0.0] * width + [-(ONE_SEAT + len(rules) - place) for place in range(len(rules))]
    tops = [1.0] * width + [float(problem.places + abs(each.seats)) for each in rules]
    answer = run(Program(gains, rows, tops), whole=True)
    if answer.status != "optimal":
        raise NotProven("no relaxation was found; are there fewer people than places?")
    slack_seats = [round(value) for value in answer.values[width:]]
    asked: list[Least | Most] = [*problem.least, *problem.most]
    least = len(small.least)
    return tuple(
        Relaxation(each.code, each.seats, each.seats - by if place < least else each.seats + by)
        for place, (each, by) in enumerate(zip(asked, slack_seats, strict=True))
        if by
    )


def _positions(values: Sequence[float]) -> list[int]:
    return [at for at, value in enumerate(values) if value > 0.5]


def _check(problem: Problem, chosen: Sequence[int] | set[int], merit: int) -> None:
    """In whole numbers: the right number, the right merit, every rule met. Raises ``NotProven``."""
    picked = set(chosen)
    good = (
        len(picked) == problem.places
        and sum(problem.merits[each] for each in picked) == merit
        and all(len(picked.intersection(each.members)) >= each.seats for each in problem.least)
        and all(len(picked.intersection(each.members)) <= each.seats for each in problem.most)
        and picked.issuperset(problem.inside)
        and picked.isdisjoint(problem.outside)
    )
    if not good:
        raise NotProven("the solver's answer does not hold in whole numbers")
