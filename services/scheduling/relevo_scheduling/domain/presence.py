"""Being in two places at once: more minutes recorded of sessions that overlap than there were.

It is a hint and not a refusal. Sheets of the same hour are sent by different people, and whoever comes second is often
right: to refuse their whole sheet over one row of the other's would lose what is right for what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from relevo_contracts.model import Frozen, Id, Minutes
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.programme import Published
from relevo_scheduling.domain.session import Session, minutes_covered, stretches_of

MOST_COMPARED = 20
"""How many overlapping sessions of one person are compared; more than these nobody has recorded by mistake."""


class InTwoPlaces(Frozen):
    """Sessions that overlap of which more minutes are recorded for one person than they last together."""

    session_ids: tuple[Id, ...]
    minutes_too_many: Minutes


def in_two_places(attendance: Attendance, published: Published) -> tuple[InTwoPlaces, ...]:
    """Where somebody cannot have been in all that is recorded of them, earliest first."""
    minutes = {each.session_id: each.minutes for each in attendance.records if each.minutes}
    attended = [each.session for each in published.sessions if each.session.session_id in minutes]
    found = (_worst(stretch, minutes) for stretch in stretches_of(attended) if len(stretch) > 1)
    return tuple(each for each in found if each is not None)


def _worst(stretch: Sequence[Session], minutes: dict[str, int]) -> InTwoPlaces | None:
    """The sessions between two instants that hold the most too many, if any do.

    Somebody can attend so much of each if and only if no such sessions hold more than the time they cover.
    """
    worst: InTwoPlaces | None = None
    compared = stretch[:MOST_COMPARED]
    for first in compared:
        for last in compared:
            within = [each for each in compared if first.starts_at <= each.starts_at and each.ends_at <= last.ends_at]
            lasted = minutes_covered((each.starts_at, each.ends_at) for each in within)
            too_many = sum(minutes[each.session_id] for each in within) - lasted
            if too_many > (worst.minutes_too_many if worst else 0):
                ids = tuple(each.session_id for each in within)
                worst = InTwoPlaces(session_ids=ids, minutes_too_many=too_many)
    return worst
