"""The participants' parallel groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat
from relevo_contracts import Event
from relevo_scheduling import store
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain import attendance, programme, roster
from relevo_scheduling.domain.attendance import Attendance, ParticipantHasLeft
from relevo_scheduling.domain.own_sessions import Own, own_change, own_sessions_changed
from relevo_scheduling.domain.programme import Programme
from relevo_scheduling.domain.roster import NoSuchParticipant, Roster
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROOM, ROSTER, programme_in, roster_in, seats_in


@dataclass(frozen=True, slots=True)
class AssignGroups:
    """The groups of some participants from an instant on, or from now on; those not named keep theirs."""

    programme_id: str
    groups: Mapping[str, tuple[str, ...]]
    from_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of an assignment; ``unchanged`` ones belonged to these groups from then on already."""

    changed: int
    unchanged: int
    outcomes_turned: int


async def assign_groups(office: Office, command: AssignGroups, asked: Asked) -> Assigned | Repeat:
    """Give participants their parallel groups from an instant on, all or nobody.

    After the week was closed it is a late correction: whoever is settled is held against what they turn out to have
    owed (rules 6 and 16). The seats of the rooms in the version in force, as it was read before, are reckoned with.
    """
    read = await store.programme_of(office.store, command.programme_id)
    ref, roster_ref = PROGRAMME(read.programme_id), ROSTER(read.edition_id)
    room_ids = read.published.room_ids if read.published else ()
    ids, from_at = sorted(command.groups), command.from_at or asked.now

    def decide(found: Found) -> Decision[Assigned]:
        week, before = programme_in(found, ref), roster_in(found, read.edition_id)
        after = roster.assign(before, command.groups, from_at)
        programme.check_groups(week, after, ids, from_at, seats_in(found, room_ids), asked.now)
        changed = [id for id in ids if after.entry_of(id) != before.entry_of(id)]
        attendances, events = reconsidered(found, week, after, changed, asked.now)
        states = [New(ATTENDANCE(each.participant_id), each) for each in attendances if each.outcome is not None]
        answer = Assigned(len(changed), len(ids) - len(changed), len(events))
        events += own_changes(week, before, after, changed, asked.now)
        on_record = [Decided("groups_assigned", ATTENDANCE(id), under=(ref.id,)) for id in changed]
        return Decision(
            [New(roster_ref, after), *states] if changed else [], events, answer=answer, on_record=on_record
        )

    refs: list[Ref[Any]] = [ref, roster_ref, *(ROOM(id) for id in room_ids), *(ATTENDANCE(id) for id in ids)]
    return await office.commits.commit(asked.change(refs, decide))


def own_changes(week: Programme, before: Roster, after: Roster, ids: Sequence[str], now: datetime) -> list[Event]:
    """What is told of these participants, should it change when and where they are expected in the version in force."""
    in_force, events = week.published, list[Event]()
    if in_force is None:
        return events
    for id in ids:
        own = (Own(before.entry_of(id), in_force), Own(after.entry_of(id), in_force))
        change = own_change(*own, ZoneInfo(in_force.frame.time_zone), now)
        if change is not None:
            events.append(own_sessions_changed(id, week.edition_id, in_force.version, change, "expected", now))
    return events


def reconsidered(
    found: Found, week: Programme, listed: Roster, ids: Sequence[str], now: datetime
) -> tuple[list[Attendance], list[Event]]:
    """These participants, held against what they owe now where they are settled.

    Raises ``NoSuchParticipant``, ``ParticipantHasLeft``, ``NothingIsRequired``.
    """
    attendances, events = [], list[Event]()
    for id in ids:
        before = found[ATTENDANCE(id)]
        if before is None:
            raise NoSuchParticipant(participant_id=id)
        if not before.takes_part:
            raise ParticipantHasLeft(participant_id=id)
        after, emitted = attendance.reconsider(before, listed.entry_of(id), week, now)
        attendances.append(after)
        events += emitted
    return attendances, events
