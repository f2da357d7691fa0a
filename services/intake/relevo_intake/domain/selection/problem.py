"""The selection as a problem of whole numbers: no names, no attributes, only positions in the published order.

Plain data, without any library: whatever solves it may live in a process of its own that starts in no time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple


class Least(NamedTuple):
    """At least ``seats`` of the members are to be chosen."""

    code: str
    seats: int
    members: Sequence[int]


class Most(NamedTuple):
    """At most ``seats`` of the members may be chosen."""

    code: str
    seats: int
    members: Sequence[int]


class Problem(NamedTuple):
    """Choose exactly ``places`` of the positions with the most merit together.

    Positions stand in the published hash order: of two choices with the same merit the one that takes the earliest
    position on which they differ is *the* answer, so there is never more than one. ``inside`` are in every choice,
    ``outside`` in none.
    """

    places: int
    merits: Sequence[int]
    least: Sequence[Least] = ()
    most: Sequence[Most] = ()
    inside: Sequence[int] = ()
    outside: Sequence[int] = ()


class Relaxation(NamedTuple):
    """By how many seats one rule would have to give way."""

    code: str
    asked: int
    reachable: int


class Solution(NamedTuple):
    """``optimal``: the answer, proven; ``bound`` is an upper bound on the merit of any choice.

    ``infeasible``: no choice meets all rules; ``relaxations`` is a smallest set of concessions with which one does.
    """

    status: Literal["optimal", "infeasible"]
    chosen: Sequence[int] = ()
    merit: int = 0
    bound: int = 0
    relaxations: Sequence[Relaxation] = ()
    solver: str = ""
