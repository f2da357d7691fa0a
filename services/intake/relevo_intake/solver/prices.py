"""What the prices of the relaxed program prove: which positions are in every choice of some merit, which in none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from relevo_intake.solver.program import INFINITY, Program, Row, run

MARGIN = 0.5


class Priced(NamedTuple):
    """``ceiling`` bounds the merit of every choice; against its gain a position lowers that bound by the gain."""

    ceiling: float
    gains: Sequence[float]

    def is_certain(self, position: int, merit: int) -> bool:
        """Whether it is in all choices of at least that merit (with a positive gain), or in none (weak duality)."""
        return self.ceiling - abs(self.gains[position]) < merit - MARGIN


def priced(merits: Sequence[int], rows: Sequence[Row]) -> Priced | None:
    """Prices that hold whatever the solver made of them, or ``None`` when not even the relaxed program has an answer.

    For any prices of the right sign the bound holds, so that rounding in the solver can cost speed and no proof.
    """
    relaxed = run(Program(merits, rows, [1.0] * len(merits)), whole=False)
    if relaxed.status == "infeasible":
        return None
    gains, ceiling = [float(each) for each in merits], 0.0
    for row, dual in zip(rows, relaxed.duals, strict=True) if relaxed.status == "optimal" else ():
        price = _right_sign(row, dual)
        if price == 0.0:
            continue
        ceiling += price * (row.upper if price > 0 else row.lower)
        for column in row.columns:
            gains[column] -= price
    return Priced(ceiling + sum(each for each in gains if each > 0), gains)


def _right_sign(row: Row, dual: float) -> float:
    """A price with which the bound holds: none for a side that the row does not have."""
    if dual > 0:
        return dual if row.upper < INFINITY else 0.0
    return dual if row.lower > -INFINITY else 0.0
