"""Rooms, faculty, the participants' groups and their calendar links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Once, Row
from relevo_chassis.delivery.deadlines import Deadline
from relevo_scheduling.commands.programme import existing
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import programme_id_of
from relevo_scheduling.domain.refusals import NoSuchFaculty, NoSuchParticipant, NoSuchRoom, ParticipantHasLeft
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.store import ATTENDANCE, FACULTY, PROGRAMME, ROOM, ROSTER, link_rows

LEAVE = "leave_roster"


@dataclass(frozen=True, slots=True)
class AssignGroups:
    """The groups of some participants; those not named keep theirs."""

    programme_id: str
    edition_id: str
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LinkCalendar:
    """A new private calendar link; ``link_hash`` is the keyed hash of its code."""

    participant_id: str
    link_hash: str
    code: str


async def add_room(commits: Commits, room: Room, once: Once | None, now: datetime, cause_id: str) -> Any:
    ref = ROOM(room.room_id)
    return await commits.commit(
        Change([ref], lambda _: Decision([New(ref, room)], answer=room), now, cause_id, once=once)
    )


async def change_room(commits: Commits, room: Room, now: datetime, cause_id: str) -> Any:
    """Raises ``NoSuchRoom``."""
    ref = ROOM(room.room_id)

    def decide(found: Found) -> Decision:
        known = found[ref]
        if known is None or known.edition_id != room.edition_id:
            raise NoSuchRoom(f"edition {room.edition_id} has no room {room.room_id}")
        return Decision([New(ref, room)], answer=room)

    return await commits.commit(Change([ref], decide, now, cause_id))


async def add_faculty(commits: Commits, member: Faculty, once: Once | None, now: datetime, cause_id: str) -> Any:
    ref = FACULTY(member.faculty_id)
    return await commits.commit(
        Change([ref], lambda _: Decision([New(ref, member)], answer=member), now, cause_id, once=once)
    )


async def change_faculty(commits: Commits, member: Faculty, now: datetime, cause_id: str) -> Any:
    """Raises ``NoSuchFaculty``."""
    ref = FACULTY(member.faculty_id)

    def decide(found: Found) -> Decision:
        known = found[ref]
        if known is None or known.edition_id != member.edition_id:
            raise NoSuchFaculty(f"edition {member.edition_id} has no member of faculty {member.faculty_id}")
        return Decision([New(ref, member)], answer=member)

    return await commits.commit(Change([ref], decide, now, cause_id))


async def assign_groups(commits: Commits, command: AssignGroups, now: datetime, cause_id: str) -> Any:
    """Give participants their parallel groups, all or nobody."""
    programme, roster = PROGRAMME(command.programme_id), ROSTER(command.edition_id)

    def decide(found: Found) -> Decision:
        known = found[roster] or Roster(edition_id=command.edition_id)
        new = roster_rules.assign(known, command.groups)
        rules.check_memberships(existing(found, programme), tuple(new.groups_of(id) for id in sorted(command.groups)))
        return Decision([New(roster, new)], answer=new)

    return await commits.commit(Change([programme, roster], decide, now, cause_id))


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

    def decide(found: Found) -> Decision:
        attendance = found[ref]
        if attendance is None or attendance.edition_id is None:
            raise NoSuchParticipant(f"there is no participant {command.participant_id}")
        if not attendance.takes_part:
            raise ParticipantHasLeft(f"participant {command.participant_id} has left the course")
        rows = link_rows(attendance.link_hash, command.link_hash, command.participant_id)
        new = attendance.model_copy(update={"link_hash": command.link_hash})
        return Decision([New(ref, new)], rows=rows, answer=command.code)

    return await commits.commit(Change([ref], decide, now, cause_id, once=once))
