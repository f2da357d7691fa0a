"""Closing the week: completed or not, for every participant, with the figures (rule 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.figures import Actual, snapshot
from relevo_contracts import Event
from relevo_contracts.scheduling import OnsiteWeekEnded
from relevo_scheduling.domain.attendance import Attendance, close
from relevo_scheduling.domain.owed import owed_by, owes_anything
from relevo_scheduling.domain.programme import Closing, NothingIsRequired, Programme, WeekIsClosed
from relevo_scheduling.domain.roster import Roster

PORTION = 200
"""How many participants one transaction settles: a portion."""


class WeekIsNotOver(Refusal):
    """The week is closed after its last session has ended."""


def begin(programme: Programme, roster: Roster, portions: int, now: datetime, by: str | None = None) -> Programme:
    """Fix who and what is judged: from here on neither programme nor groups change.

    Raises ``NotPublishedYet``, ``WeekIsClosed``, ``WeekIsNotOver``, ``NothingIsRequired``.
    """
    published = programme.in_force()
    if programme.closing is not None:
        raise WeekIsClosed(programme_id=programme.programme_id)
    if now < published.ends_at:
        raise WeekIsNotOver(ends_at=f"{published.ends_at:%Y-%m-%dT%H:%MZ}")
    idle = [each.participant_id for each in roster.entries if not owes_anything(owed_by(each, published))]
    if idle:
        raise NothingIsRequired(participants=len(idle), participant_id=idle[0])
    closing = Closing(began_at=now, began_by=by, version=published.version, portions_left=tuple(range(portions)))
    return programme.model_copy(update={"closing": closing})


def settle(
    programme: Programme, roster: Roster, portion: int, attendances: Sequence[Attendance], now: datetime
) -> tuple[Programme, tuple[Attendance, ...], tuple[Event, ...]]:
    """Settle one portion of the participants, once; whoever settles the last portion ends the week.

    Those who have left are counted neither way.
    """
    closing, published = programme.closing, programme.in_force()
    if closing is None or portion not in closing.portions_left:
        return programme, (), ()
    settled = [close(each, roster.entry_of(each.participant_id), published, now) for each in attendances]
    outcomes = [each.outcome.completed for each, events in settled if events and each.outcome is not None]
    left = tuple(each for each in closing.portions_left if each != portion)
    new = closing.model_copy(
        update={
            "portions_left": left,
            "completed": closing.completed + sum(outcomes),
            "not_completed": closing.not_completed + len(outcomes) - sum(outcomes),
            "ended_at": None if left else now,
        }
    )
    events = [event for _, emitted in settled for event in emitted]
    if not left:
        events.append(_end_of_week(programme, new, now))
    return (
        programme.model_copy(update={"closing": new}),
        tuple(each for each, emitted in settled if emitted),
        tuple(events),
    )


def portions_of(participant_ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The participants in portions; one empty portion when there is nobody."""
    return [tuple(participant_ids[at : at + PORTION]) for at in range(0, max(len(participant_ids), 1), PORTION)]


def _end_of_week(programme: Programme, closing: Closing, now: datetime) -> OnsiteWeekEnded:
    everybody = closing.completed + closing.not_completed
    actual = {
        "participants": Actual(everybody),
        "completed": Actual(closing.completed, within=(everybody,)),
        "not_completed": Actual(closing.not_completed, within=(everybody,)),
    }
    return OnsiteWeekEnded(
        programme_id=programme.programme_id,
        edition_id=programme.edition_id,
        ended_at=now,
        last_on=programme.in_force().frame.last_on,
        **snapshot({}, actual),
    )
