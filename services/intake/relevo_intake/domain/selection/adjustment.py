"""What coordinators decide by hand before a selection is computed around it, with a reason (rules 17 and 22)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.model import Frozen
from relevo_intake.domain.selection.deciding import ByHand

Side = Literal["inside", "outside"]


class NotInThisSelection(Refusal):
    """An adjustment names an application that does not stand in the call, or was not reviewed."""

    status = 422
    where = "body.adjustments"


class MoreByHandThanSeats(Refusal):
    """No more people can be given a seat by hand than there are seats."""

    status = 422
    where = "body.adjustments"


class Adjustment(Frozen):
    """An application that is to be among those offered a seat, or not, whatever its merit.

    ``selection_id`` is the selection that it was first part of: the reason is sealed under that name with the person.
    """

    application_id: str
    side: Side
    decided_by: str
    decided_at: datetime
    selection_id: str


def adjusted(before: Iterable[Adjustment], new: Sequence[Adjustment], removed: Iterable[str]) -> tuple[Adjustment, ...]:
    """The adjustments with new ones in place of earlier ones about the same application, and some taken back."""
    gone = {*removed, *(each.application_id for each in new)}
    kept = [each for each in before if each.application_id not in gone]
    return tuple(sorted([*kept, *new], key=lambda each: each.application_id))


def applicable(
    adjustments: Iterable[Adjustment], considered: set[str], seats: int, selection_id: str
) -> tuple[Adjustment, ...]:
    """Those that a selection is computed with: of earlier ones whose application has left since, nothing is left.

    Raises ``NotInThisSelection`` for one that is made now, or ``MoreByHandThanSeats``.
    """
    kept = tuple(each for each in adjustments if each.application_id in considered)
    missing = [
        each.application_id
        for each in adjustments
        if each.application_id not in considered and each.selection_id == selection_id
    ]
    if missing:
        raise NotInThisSelection(application_id=missing[0], applications=len(missing))
    inside = sum(1 for each in kept if each.side == "inside")
    if inside > seats:
        raise MoreByHandThanSeats(by_hand=inside, seats=seats)
    return kept


def sides(adjustments: Iterable[Adjustment]) -> dict[str, ByHand]:
    return {each.application_id: each.side for each in adjustments}
