"""What a participant owes, set right by a coordinator: expected from when, excused from what (rule 16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref
from relevo_chassis.edge.vault import PersonKey, sealed_row
from relevo_scheduling.commands.people import reconsidered
from relevo_scheduling.commands.programme import existing
from relevo_scheduling.domain import excuses, roster
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.programme import Programme, Published
from relevo_scheduling.domain.refusals import NoSuchParticipant
from relevo_scheduling.domain.roster import Entry, Excuse, Roster
from relevo_scheduling.domain.sealed import ExcuseText, excuse_at
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROSTER


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose entry on the roster a coordinator sets right."""

    programme_id: str
    edition_id: str
    participant_id: str
    by: str


@dataclass(frozen=True, slots=True)
class ExcuseParticipant:
    excuse_id: str
    session_id: str
    text: ExcuseText


@dataclass(frozen=True, slots=True)
class SetRight:
    """How a participant stands afterwards."""

    attendance: Attendance
    entry: Entry
    published: Published | None


async def excuse_participant(
    commits: Commits,
    whose: Whose,
    key: PersonKey,
    command: ExcuseParticipant,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Excuse a participant from a session; the reason is sealed under their key."""
    given = Excuse(excuse_id=command.excuse_id, session_id=command.session_id, excused_at=now, excused_by=whose.by)

    def edit(entry: Entry, attendance: Attendance, programme: Programme) -> Entry:
        return excuses.excuse(entry, programme.in_force(), attendance.requirements, given)

    at = excuse_at(command.excuse_id)
    decided = Decided("excuse_given", _about(whose), _under(whose), reason=sealed_row(key, at, command.text))
    return await commits.commit(_change(whose, decided, edit, once, now, cause_id, sealed=(at,)))


async def withdraw_excuse(
    commits: Commits, whose: Whose, excuse_id: str, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Take an excuse back: the session is owed again."""

    def edit(entry: Entry, attendance: Attendance, programme: Programme) -> Entry:
        return excuses.withdraw_excuse(entry, excuse_id, whose.by, now)

    decided = Decided("excuse_withdrawn", _about(whose), _under(whose))
    return await commits.commit(_change(whose, decided, edit, once, now, cause_id))


async def expect_from(commits: Commits, whose: Whose, from_at: datetime, now: datetime, cause_id: str) -> Any:
    """Expect a participant from an instant on; nothing of before is owed."""

    def edit(entry: Entry, attendance: Attendance, programme: Programme) -> Entry:
        return roster.expect(entry, from_at, whose.by, now)

    decided = Decided("expected_from", _about(whose), _under(whose))
    return await commits.commit(_change(whose, decided, edit, None, now, cause_id))


def _about(whose: Whose) -> Ref[Attendance]:
    return ATTENDANCE(whose.participant_id)


def _under(whose: Whose) -> tuple[str, ...]:
    return (whose.programme_id, whose.edition_id)


def _change(
    whose: Whose,
    decided: Decided,
    edit: Callable[[Entry, Attendance, Programme], Entry],
    once: Once | None,
    now: datetime,
    cause_id: str,
    *,
    sealed: tuple[str, ...] = (),
) -> Change[SetRight]:
    ref, roster_ref = PROGRAMME(whose.programme_id), ROSTER(whose.edition_id)
    attendance_ref = ATTENDANCE(whose.participant_id)

    def decide(found: Found) -> Decision[SetRight]:
        programme, attendance = existing(found, ref), found[attendance_ref]
        listed = found[roster_ref] or Roster(edition_id=whose.edition_id)
        if attendance is None:
            raise NoSuchParticipant(f"there is no participant {whose.participant_id}")
        entry = edit(roster.known(listed, whose.participant_id), attendance, programme)
        after = roster.replaced(listed, entry)
        [held], events = reconsidered(found, programme, after, [whose.participant_id], now)
        kept = held.model_copy(update={"sealed": (*held.sealed, *sealed)})
        states = [New(roster_ref, after), New(attendance_ref, kept)]
        answer = SetRight(kept, entry, programme.published)
        return Decision(states, events, answer=answer, on_record=[decided])

    return Change([ref, roster_ref, attendance_ref], decide, now, cause_id, once=once)
