"""What every command carries, and the change that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery.change import Change, Decided, Decision, Found, Once, Row
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
    place: Place,
    transition: Callable[[Commitment], Outcome],
    asked: Asked,
    rows: Sequence[Row] = (),
    decided: Decided | None = None,
) -> Change[Commitment]:
    """The change of one commitment; its answer is the commitment as it is afterwards.

    ``decided`` goes on record with who asked, unless nothing was changed.
    """
    return change_beside(place, None, lambda commitment, _: transition(commitment), asked, rows, decided)


def change_beside(
    place: Place,
    other_id: str | None,
    transition: Callable[[Commitment, Commitment | None], Outcome],
    asked: Asked,
    rows: Sequence[Row] = (),
    decided: Decided | None = None,
) -> Change[Commitment]:
    """The change of one commitment that relies on another's as it is, if one is named."""
    other = COMMITMENT(other_id) if other_id else None

    def decide(found: Found) -> Decision[Commitment]:
        before = found[place.commitment]
        if before is None:
            raise NoSuchCommitment(commitment_id=place.commitment_id)
        after, events = transition(before, found[other] if other else None)
        states, deadlines = written(before, after, found[place.reach], asked.now)
        on_record = [decided] if decided and states else []
        return Decision(states, events, (*rows, *deadlines), after, on_record)

    return Change(
        refs=[place.commitment, place.reach, *([other] if other else [])],
        decide=decide,
        now=asked.now,
        cause_id=asked.cause_id,
        once=asked.once,
        by=asked.by,
    )


def decided(code: str, place: Place, *ids: str, because: str | None = None, why: Iterable[Row] = ()) -> Decided:
    """A decision about a commitment, found under its participant, its edition and these ids too."""
    under = (place.participant_id, place.edition_id, *ids)
    return Decided(code, place.commitment, under, because, next(iter(why), None))
