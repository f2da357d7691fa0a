"""One mixed-integer program as HiGHS takes it, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal, NamedTuple

import highspy

INFINITY = highspy.kHighsInf
SOLVER = f"HiGHS {version('highspy')}"


@dataclass(frozen=True, slots=True)
class Row:
    """lower <= sum of weight x column <= upper; weights are 1 unless given."""

    columns: Sequence[int]
    lower: float = -INFINITY
    upper: float = INFINITY
    weights: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Columns from 0 to ``tops``; ``gains`` are maximised."""

    gains: Sequence[float]
    rows: Sequence[Row]
    tops: Sequence[float]


class Answer(NamedTuple):
    """``bound`` is an upper bound on the gain; ``duals`` are the rows' prices, for a relaxed program only."""

    status: Literal["optimal", "infeasible", "undecided"]
    values: Sequence[float]
    bound: float
    duals: Sequence[float]


def run(program: Program, *, whole: bool) -> Answer:
    """Solve, in whole numbers or relaxed: single-threaded, with a fixed seed, no gap left but rounding."""
    if not program.gains:
        good = all(row.lower <= 0 <= row.upper for row in program.rows)
        return Answer("optimal" if good else "infeasible", (), 0.0, [0.0] * len(program.rows))
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in _OPTIONS.items():
        highs.setOptionValue(option, value)
    highs.passModel(_model(program, whole))
    highs.run()
    status = highs.getModelStatus()
    found, info = highs.getSolution(), highs.getInfo()
    bound = info.mip_dual_bound if whole else info.objective_function_value
    return Answer(_STATUS.get(status, "undecided"), list(found.col_value), bound, list(found.row_dual))


def _model(program: Program, whole: bool) -> Any:
    model = highspy.HighsLp()
    width = len(program.gains)
    model.num_col_, model.num_row_ = width, len(program.rows)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = list(program.gains)
    model.col_lower_ = [0.0] * width
    model.col_upper_ = list(program.tops)
    model.row_lower_ = [row.lower for row in program.rows]
    model.row_upper_ = [row.upper for row in program.rows]
    starts, columns, weights = [0], list[int](), list[float]()
    for row in program.rows:
        columns.extend(row.columns)
        weights.extend(row.weights if row.weights is not None else [1.0] * len(row.columns))
        starts.append(len(columns))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = starts, columns, weights
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * width
    return model


_OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "time_limit": 60.0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.5,
    "mip_feasibility_tolerance": 1e-8,
    "primal_feasibility_tolerance": 1e-8,
    "dual_feasibility_tolerance": 1e-8,
}
_STATUS: dict[Any, Literal["optimal", "infeasible"]] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
}
