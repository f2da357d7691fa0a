"""Fewer positions, the same answer: what cannot be in it is left out before anything is solved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from relevo_intake.domain.selection.problem import Least, Most, Problem


class Narrowed(NamedTuple):
    """A problem over fewer positions. ``kept`` are their numbers in the problem it came from."""

    problem: Problem
    kept: Sequence[int]


def narrowed(problem: Problem, *, keep_caps: bool = True) -> Narrowed:
    """Without those inside and outside by hand, and of those that count for the same rules only as many as have room.

    Positions that count for the same rules can stand in for each other, so of these the answer takes the ones with
    the most merit, and among equals the earliest: another choice would be worse, or come later in the published order.
    ``keep_caps`` is false where the most of a country may have to rise.
    """
    by_hand, inside = {*problem.inside, *problem.outside}, set(problem.inside)
    rules: list[Least | Most] = [*problem.least, *problem.most]
    left = [each.seats - len(inside.intersection(each.members)) for each in rules]
    places = problem.places - len(inside)
    counts_for: list[list[int]] = [[] for _ in problem.merits]
    for number, rule in enumerate(rules):
        for position in rule.members:
            counts_for[position].append(number)
    alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for position, its_rules in enumerate(counts_for):
        if position not in by_hand:
            alike[tuple(its_rules)].append(position)
    kept: list[int] = []
    for numbers, positions in alike.items():
        caps = [left[each] for each in numbers if each >= len(problem.least)] if keep_caps else []
        positions.sort(key=lambda position: -problem.merits[position])
        kept += positions[: max(0, min([places, *caps]))]
    kept.sort()
    return Narrowed(_over(problem, kept, places, left), kept)


def _over(problem: Problem, kept: Sequence[int], places: int, left: Sequence[int]) -> Problem:
    at = {position: number for number, position in enumerate(kept)}
    rules: list[Least | Most] = [*problem.least, *problem.most]
    members = [tuple(at[position] for position in each.members if position in at) for each in rules]
    first = len(problem.least)
    return Problem(
        places=places,
        merits=tuple(problem.merits[each] for each in kept),
        least=tuple(Least(each.code, left[n], members[n]) for n, each in enumerate(problem.least)),
        most=tuple(Most(each.code, left[n], members[n]) for n, each in enumerate(problem.most, start=first)),
    )
