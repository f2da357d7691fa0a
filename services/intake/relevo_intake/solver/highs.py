"""From the selection's problem to its one answer.

1. Most merit: a mixed-integer program, solved until no gap is left. All data are whole numbers, so a bound below the
   next whole number is a proof.
2. The published order: what the prices of the relaxed program prove to be in every best choice, or in none, is fixed;
   the few positions left are decided ten at a time, earliest first, by programs whose gains are powers of two (so
   that one earlier position outweighs all later ones, exactly, in double precision).
3. If nothing meets all rules: the fewest seats by which rules must give way.

Every answer is checked again in whole numbers before it is given.
"""

from __future__ import annotations

from collections.abc import Sequence

from relevo_intake.domain.selection.problem import Least, Most, Problem, Relaxation, Solution
from relevo_intake.solver.program import INFINITY, SOLVER, Program, Row, run

BLOCK = 10
MARGIN = 0.5
ONE_SEAT = 1000.0


class NotProven(RuntimeError):
    """The solver stopped without a proof; nothing may be decided on what it has."""


def solve(problem: Problem) -> Solution:
    """The answer, or the smallest relaxation. Raises ``NotProven``. Takes the time it takes: call it from a thread."""
    rows = _rows(problem)
    best = run(Program(problem.merits, rows, [1.0] * len(problem.merits)), whole=True)
    if best.status == "infeasible":
        return Solution(status="infeasible", relaxations=_smallest_relaxation(problem), solver=SOLVER)
    if best.status != "optimal":
        raise NotProven("the merit program ended undecided")
    chosen = _positions(best.values)
    merit = sum(problem.merits[each] for each in chosen)
    bound = int(best.bound + 1e-3) if best.bound < 2**52 else 2**52
    if bound != merit:
        raise NotProven(f"merit {merit} but bound {best.bound}")
    chosen = _first_in_order(problem, rows, merit, chosen)
    _check(problem, chosen, merit)
    return Solution(status="optimal", chosen=tuple(chosen), merit=merit, bound=bound, solver=SOLVER)


def _rows(problem: Problem) -> list[Row]:
    everyone = range(len(problem.merits))
    rows = [Row(everyone, lower=problem.places, upper=problem.places)]
    rows += [Row(each.members, lower=each.seats) for each in problem.least]
    rows += [Row(each.members, upper=each.seats) for each in problem.most]
    return rows


def _first_in_order(problem: Problem, rows: Sequence[Row], merit: int, chosen: Sequence[int]) -> list[int]:
    """Of all choices with this merit, the one that takes the earliest position on which they differ."""
    taken, free = _settled(problem, rows, merit, chosen)
    incumbent = set(chosen)
    while free and len(taken) < problem.places:
        block, free = free[:BLOCK], free[BLOCK:]
        if not incumbent.issuperset(block):
            incumbent = _best_block(problem, rows, merit, taken, block, free)
        taken |= incumbent.intersection(block)
    return sorted(taken)


def _settled(problem: Problem, rows: Sequence[Row], merit: int, chosen: Sequence[int]) -> tuple[set[int], list[int]]:
    """The positions in every best choice, and those that may be in some.

    For any prices of the right sign, ``ceiling`` bounds the merit of every choice, and forcing a position against its
    own gain lowers that bound by the gain (weak duality): below the best merit no best choice can do so.
    """
    gains = [float(each) for each in problem.merits]
    relaxed = run(Program(problem.merits, rows, [1.0] * len(gains)), whole=False)
    if relaxed.status != "optimal":
        return set(), list(range(len(gains)))
    ceiling = 0.0
    for row, dual in zip(rows, relaxed.duals, strict=True):
        price = _right_sign(row, dual)
        if price == 0.0:
            continue
        ceiling += price * (row.upper if price > 0 else row.lower)
        for column in row.columns:
            gains[column] -= price
    ceiling += sum(each for each in gains if each > 0)
    open_ones = [at for at, gain in enumerate(gains) if ceiling - abs(gain) >= merit - MARGIN]
    undecided = set(open_ones)
    return {each for each in chosen if each not in undecided}, open_ones


def _right_sign(row: Row, dual: float) -> float:
    """A price with which the bound holds: none for a side that the row does not have."""
    if dual > 0:
        return dual if row.upper < INFINITY else 0.0
    return dual if row.lower > -INFINITY else 0.0


def _best_block(
    problem: Problem, rows: Sequence[Row], merit: int, taken: set[int], block: Sequence[int], rest: Sequence[int]
) -> set[int]:
    columns = [*block, *rest]
    at = {position: column for column, position in enumerate(columns)}
    left = [_without(row, taken, at) for row in rows]
    missing = merit - sum(problem.merits[each] for each in taken)
    left.append(Row(range(len(columns)), lower=missing - MARGIN, weights=[problem.merits[each] for each in columns]))
    gains = [2.0 ** (len(block) - 1 - column) for column in range(len(block))] + [0.0] * len(rest)
    answer = run(Program(gains, left, [1.0] * len(columns)), whole=True)
    if answer.status != "optimal":
        raise NotProven("a program of the published order ended undecided")
    found = taken | {columns[column] for column in _positions(answer.values)}
    _check(problem, sorted(found), merit)
    return found


def _without(row: Row, taken: set[int], at: dict[int, int]) -> Row:
    had = sum(1 for each in row.columns if each in taken)
    return Row([at[each] for each in row.columns if each in at], lower=row.lower - had, upper=row.upper - had)


def _smallest_relaxation(problem: Problem) -> tuple[Relaxation, ...]:
    """Let each rule give way by some seats, at the same price for each seat; rules named first give way last."""
    width = len(problem.merits)
    rules: list[Least | Most] = [*problem.least, *problem.most]
    rows = [Row(range(width), lower=problem.places, upper=problem.places)]
    for give, each in enumerate(problem.least, start=width):
        rows.append(Row([*each.members, give], lower=each.seats))
    for give, most in enumerate(problem.most, start=width + len(problem.least)):
        rows.append(Row([*most.members, give], upper=most.seats, weights=[*[1.0] * len(most.members), -1.0]))
    gains = [0.0] * width + [-(ONE_SEAT + len(rules) - place) for place in range(len(rules))]
    tops = [1.0] * width + [float(problem.places + each.seats) for each in rules]
    answer = run(Program(gains, rows, tops), whole=True)
    if answer.status != "optimal":
        raise NotProven("no relaxation was found; are there fewer people than places?")
    given = [round(value) for value in answer.values[width:]]
    least = len(problem.least)
    return tuple(
        Relaxation(code=each.code, asked=each.seats, reachable=each.seats - by if place < least else each.seats + by)
        for place, (each, by) in enumerate(zip(rules, given, strict=True))
        if by
    )


def _positions(values: Sequence[float]) -> list[int]:
    return [at for at, value in enumerate(values) if value > 0.5]


def _check(problem: Problem, chosen: Sequence[int], merit: int) -> None:
    """In whole numbers: the right number, the right merit, every rule met. Raises ``NotProven``."""
    picked = set(chosen)
    good = (
        len(picked) == problem.places
        and sum(problem.merits[each] for each in picked) == merit
        and all(len(picked.intersection(each.members)) >= each.seats for each in problem.least)
        and all(len(picked.intersection(each.members)) <= each.seats for each in problem.most)
    )
    if not good:
        raise NotProven("the solver's answer does not hold in whole numbers")
