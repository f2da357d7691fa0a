"""The participants' groups and their calendar links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row
from relevo_chassis.delivery.deadlines import Deadline
from relevo_contracts import Event
from relevo_scheduling.commands.programme import existing, seats_in
from relevo_scheduling.domain import attendance as attendance_rules
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.programme import Programme, programme_id_of
from relevo_scheduling.domain.refusals import NoSuchParticipant, ParticipantHasLeft
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROOM, ROSTER, link_rows

LEAVE = "leave_roster"


@dataclass(frozen=True, slots=True)
class AssignGroups:
    """The groups of some participants from an instant on; those not named keep theirs.

    ``room_ids`` are the rooms of the version in force as it was read: their seats are reckoned with.
    """

    programme_id: str
    edition_id: str
    room_ids: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of an assignment; ``unchanged`` ones belonged to these groups from then on already."""

    changed: int
    unchanged: int
    outcomes_turned: int


@dataclass(frozen=True, slots=True)
class LinkCalendar:
    """A new private calendar link; ``link_hash`` is the keyed hash of its code."""

    participant_id: str
    link_hash: str
    code: str


async def assign_groups(commits: Commits, command: AssignGroups, now: datetime, cause_id: str) -> Any:
    """Give participants their parallel groups from an instant on, all or nobody.

    After the week was closed it is a late correction: whoever is settled is held against what they turn out to have
    owed (rules 6 and 16).
    """
    ref, roster_ref = PROGRAMME(command.programme_id), ROSTER(command.edition_id)
    ids = sorted(command.groups)

    def decide(found: Found) -> Decision[Assigned]:
        programme, known = existing(found, ref), found[roster_ref] or Roster(edition_id=command.edition_id)
        new = roster_rules.assign(known, command.groups, command.from_at)
        seats = seats_in(found, command.room_ids)
        rules.check_groups(programme, new, ids, command.from_at, seats, now)
        changed = [id for id in ids if new.entry_of(id) != known.entry_of(id)]
        held, events = reconsidered(found, programme, new, changed, now)
        states = [New(ATTENDANCE(each.participant_id), each) for each in held if each.outcome is not None]
        answer = Assigned(len(changed), len(ids) - len(changed), len(events))
        on_record = [Decided("groups_assigned", ATTENDANCE(id), under=(ref.id,)) for id in changed]
        return Decision([New(roster_ref, new), *states] if changed else [], events, answer=answer, on_record=on_record)

    refs: list[Ref[Any]] = [ref, roster_ref, *(ROOM(id) for id in command.room_ids), *(ATTENDANCE(id) for id in ids)]
    return await commits.commit(Change(refs, decide, now, cause_id))


def reconsidered(
    found: Found, programme: Programme, roster: Roster, ids: Sequence[str], now: datetime
) -> tuple[list[Attendance], list[Event]]:
    """These participants, held against what they owe now where they are settled.

    Raises ``NoSuchParticipant``, ``ParticipantHasLeft``, ``NothingIsRequired``.
    """
    attendances, events = [], list[Event]()
    for id in ids:
        before = found[ATTENDANCE(id)]
        if before is None:
            raise NoSuchParticipant(f"there is no participant {id}")
        if not before.takes_part:
            raise ParticipantHasLeft(f"participant {id} has left the course")
        after, told = attendance_rules.reconsider(before, roster.entry_of(id), programme, now)
        attendances.append(after)
        events += told
    return attendances, events


def leaving(edition_id: str, participant_id: str, now: datetime) -> Row:
    """The deadline, due at once, at which somebody who was erased leaves the roster."""
    return deadlines.put(
        Deadline(f"{LEAVE}/{participant_id}", LEAVE, edition_id, now, {"participant_id": participant_id})
    )


def on_leave_due(deadline: Deadline, now: datetime) -> Change:
    """Nobody who was erased is waited for or asked to be put into a group.

    Once the week is closed the roster stays as it was judged, by ids alone: what was counted stays counted (rule 14).
    """
    edition_id = deadline.aggregate_id
    ref, programme_ref = ROSTER(edition_id), PROGRAMME(programme_id_of(edition_id))

    def decide(found: Found) -> Decision:
        roster, programme = found[ref], found[programme_ref]
        if roster is None or (programme is not None and programme.closing is not None):
            return Decision()
        return Decision([New(ref, roster_rules.leave(roster, deadline.facts["participant_id"]))])

    return Change([ref, programme_ref], decide, now, deadline.cause_id)


async def link_calendar(
    commits: Commits, command: LinkCalendar, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Give a participant a new private calendar link; the one before stops working at once."""
    ref = ATTENDANCE(command.participant_id)

    def decide(found: Found) -> Decision[str]:
        attendance = found[ref]
        if attendance is None or attendance.edition_id is None:
            raise NoSuchParticipant(f"there is no participant {command.participant_id}")
        if not attendance.takes_part:
            raise ParticipantHasLeft(f"participant {command.participant_id} has left the course")
        rows = link_rows(attendance.link_hash, command.link_hash, command.participant_id)
        new = attendance.model_copy(update={"link_hash": command.link_hash})
        return Decision([New(ref, new)], rows=rows, answer=command.code)

    return await commits.commit(Change([ref], decide, now, cause_id, once=once))
