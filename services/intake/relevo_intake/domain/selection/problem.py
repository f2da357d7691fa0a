"""The selection as a problem of whole numbers: no names, no attributes, only positions in the published order."""

from __future__ import annotations

from typing import Literal

from relevo_contracts.model import Frozen


class Least(Frozen):
    """At least ``seats`` of the members are to be chosen."""

    code: str
    seats: int
    members: tuple[int, ...]


class Most(Frozen):
    """At most ``seats`` of the members may be chosen."""

    code: str
    seats: int
    members: tuple[int, ...]


class Problem(Frozen):
    """Choose exactly ``places`` of the positions with the most merit together.

    Positions stand in the published hash order: of two choices with the same merit the one that takes the earliest
    position on which they differ is *the* answer, so there is never more than one.
    """

    places: int
    merits: tuple[int, ...]
    least: tuple[Least, ...] = ()
    most: tuple[Most, ...] = ()


class Relaxation(Frozen):
    """By how many seats one rule would have to give way."""

    code: str
    asked: int
    reachable: int


class Solution(Frozen):
    """``optimal``: the answer, proven; ``bound`` is the solver's upper bound on the merit of any choice.

    ``infeasible``: no choice meets all rules; ``relaxations`` is a smallest set of concessions with which one does.
    """

    status: Literal["optimal", "infeasible"]
    chosen: tuple[int, ...] = ()
    merit: int = 0
    bound: int = 0
    relaxations: tuple[Relaxation, ...] = ()
    solver: str = ""
