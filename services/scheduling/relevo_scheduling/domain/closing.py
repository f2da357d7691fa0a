"""Closing the week: completed or not, for every participant, with the figures (rule 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_contracts import Event
from relevo_contracts.scheduling import OnsiteWeekEnded
from relevo_scheduling.domain.attendance import Attendance, close
from relevo_scheduling.domain.programme import Closing, Programme
from relevo_scheduling.domain.refusals import NothingIsRequired, WeekIsClosed, WeekIsNotOver
from relevo_scheduling.domain.roster import Roster

CHUNK = 200
"""How many participants one transaction settles."""


def begin(programme: Programme, roster: Roster, now: datetime) -> Programme:
    """Fix who and what is judged: from here on neither programme nor groups change.

    Raises ``NotPublishedYet``, ``WeekIsClosed``, ``WeekIsNotOver``, ``NothingIsRequired``.
    """
    published = programme.in_force()
    if programme.closing is not None:
        raise WeekIsClosed(f"the week of programme {programme.programme_id} was closed before")
    if now < published.ends_at:
        raise WeekIsNotOver(f"the last session ends at {published.ends_at:%Y-%m-%dT%H:%MZ}; close the week after it")
    idle = [each.participant_id for each in roster.entries if not published.required_of(each.groups)]
    if idle:
        raise NothingIsRequired(
            f"{len(idle)} participants, {idle[0]} among them, have no required session; put them into a group first",
            participants=len(idle),
        )
    closing = Closing(began_at=now, version=published.version, waiting=len(roster.entries))
    return programme.model_copy(update={"closing": closing})


def settle(
    programme: Programme, roster: Roster, attendances: Sequence[Attendance], now: datetime
) -> tuple[Programme, tuple[Attendance, ...], tuple[Event, ...]]:
    """Settle some of the participants, each once; whoever settles the last ends the week.

    ``attendances`` are those of one chunk, not settled before. Those who have left are counted neither way.
    """
    closing, published = programme.closing, programme.in_force()
    if closing is None or closing.ended_at is not None:
        return programme, (), ()
    settled = [close(each, roster.groups_of(each.participant_id), published, now) for each in attendances]
    outcomes = [each.outcome.completed for each, events in settled if events and each.outcome is not None]
    waiting = closing.waiting - len(attendances)
    new = closing.model_copy(
        update={
            "waiting": waiting,
            "completed": closing.completed + sum(outcomes),
            "not_completed": closing.not_completed + len(outcomes) - sum(outcomes),
            "ended_at": now if waiting == 0 else None,
        }
    )
    events = [event for _, told in settled for event in told]
    if waiting == 0:
        events.append(_ended(programme, new, now))
    return (
        programme.model_copy(update={"closing": new}),
        tuple(each for each, told in settled if told),
        tuple(events),
    )


def chunks(participant_ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The participants in the portions that one transaction settles; one empty portion when there is nobody."""
    return [tuple(participant_ids[at : at + CHUNK]) for at in range(0, max(len(participant_ids), 1), CHUNK)]


def _ended(programme: Programme, closing: Closing, now: datetime) -> OnsiteWeekEnded:
    return OnsiteWeekEnded(
        programme_id=programme.programme_id,
        edition_id=programme.edition_id,
        ended_at=now,
        last_on=programme.in_force().frame.last_on,
        participants=closing.completed + closing.not_completed,
        completed=closing.completed,
        not_completed=closing.not_completed,
    )
