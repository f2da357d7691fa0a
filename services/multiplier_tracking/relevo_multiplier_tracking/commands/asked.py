"""What every command carries, and the change that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery.change import Change, Decision, Found, Once, Row
from relevo_multiplier_tracking.deadlines import written
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.refusals import NoSuchCommitment
from relevo_multiplier_tracking.store import COMMITMENT, Place


@dataclass(frozen=True, slots=True)
class Asked:
    """When a command was given (domain time), by whom, its id, and what makes a repetition of it one and the same."""

    now: datetime
    by: str
    cause_id: str
    once: Once | None = None


def change_of(
    place: Place, transition: Callable[[Commitment], Outcome], asked: Asked, rows: Sequence[Row] = ()
) -> Change:
    """The change of one commitment; its answer is the commitment as it is afterwards."""
    return change_beside(place, None, lambda commitment, _: transition(commitment), asked, rows)


def change_beside(
    place: Place,
    other_id: str | None,
    transition: Callable[[Commitment, Commitment | None], Outcome],
    asked: Asked,
    rows: Sequence[Row] = (),
) -> Change:
    """The change of one commitment that relies on another's as it is, if one is named."""
    other = COMMITMENT(other_id) if other_id else None

    def decide(found: Found) -> Decision:
        before = found[place.commitment]
        if before is None:
            raise NoSuchCommitment(commitment_id=place.commitment_id)
        after, events = transition(before, found[other] if other else None)
        states, deadlines = written(before, after, found[place.reach], asked.now)
        return Decision(states=states, events=events, rows=(*rows, *deadlines), answer=after)

    return Change(
        refs=[place.commitment, place.reach, *([other] if other else [])],
        decide=decide,
        now=asked.now,
        cause_id=asked.cause_id,
        once=asked.once,
    )
