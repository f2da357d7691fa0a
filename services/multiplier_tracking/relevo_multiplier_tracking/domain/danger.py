"""A participant is in danger: the days stand still from that instant, until it is over (rule 25).

Intake tells both. Nobody's reason is kept here: it is not asked for.
"""

from __future__ import annotations

from datetime import datetime

from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome, changed
from relevo_multiplier_tracking.domain.period import IN_DANGER, resumed, stand_still


def enter(commitment: Commitment, since: datetime, step_id: str, now: datetime) -> Outcome:
    """From now on the days stand still. What is paused already, is over or has not begun stays as it is."""
    if commitment.in_danger_since is not None or commitment.erased_at is not None:
        return commitment, ()
    return stand_still(changed(commitment, in_danger_since=since), since, step_id, now)


def leave(commitment: Commitment, step_id: str, now: datetime) -> Outcome:
    """It is over: days that stood still because of it run again. Somebody else's pause goes on."""
    if commitment.in_danger_since is None:
        return commitment, ()
    over = changed(commitment, in_danger_since=None)
    last = next((each for each in reversed(over.trail) if each.step in ("paused", "resumed")), None)
    if not over.paused or over.state != "open" or last is None or last.taken_by != IN_DANGER:
        return over, ()
    return resumed(over, step_id, IN_DANGER, now)
