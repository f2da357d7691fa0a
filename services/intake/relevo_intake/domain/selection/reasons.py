"""Why an application was decided as it was, in terms of the published criteria and betraying nobody else (rule 3)."""

from __future__ import annotations

from relevo_intake.domain.selection.deciding import ReasonCode


def reason_unconsidered(merit: int | None, merit_of_last_seat: int) -> ReasonCode:
    """For an application that another one of the same contact stands for, or that came too late to be weighed.

    True, and one of the codes that those who were weighed are given too: a stranger who applied in a defender's name
    must not learn from it that the defender has applied (rule 1).
    """
    if merit is not None and merit < merit_of_last_seat:
        return "merit_below_last_seat"
    return "published_shares_and_rules"
