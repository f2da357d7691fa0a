"""The selection's mixed-integer program, solved to proven optimality by HiGHS."""

from relevo_intake.solver.highs import NotProven, solve

__all__ = ["NotProven", "solve"]
