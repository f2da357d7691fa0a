"""Recording attendance and closing the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Busy, Change, Commits, Decided, Decision, Found, New, Once, Ref, Repeat, Row
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.delivery.store import Store
from relevo_contracts import Event
from relevo_contracts.model import Id
from relevo_scheduling.commands.programme import existing
from relevo_scheduling.domain import attendance as rules
from relevo_scheduling.domain import closing
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.presence import InTwoPlaces, in_two_places
from relevo_scheduling.domain.programme import Closing, Programme
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROSTER, roster_of

SETTLE = "settle_attendance"
LISTINGS = 5


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """The sheet of one session: minutes by participant. One participant alone is a sheet of one."""

    programme_id: str
    session_id: str
    minutes: Mapping[str, int]


class Twice(InTwoPlaces):
    """Somebody of a sheet who would have been in two places at once."""

    participant_id: Id


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a sheet; ``unchanged`` rows said what was recorded already.

    ``in_two_places`` are those to look at again: this sheet or that of another session of the same hour is wrong.
    """

    recorded: int
    unchanged: int
    outcomes_turned: int
    in_two_places: tuple[Twice, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseWeek:
    programme_id: str
    edition_id: str


async def record_sheet(commits: Commits, command: RecordSheet, once: Once | None, now: datetime, cause_id: str) -> Any:
    """Record a session's sheet, all of it or nothing, in one transaction whatever its length.

    The programme is named so that the session is in the version in force when the sheet is committed.
    """
    programme_ref = PROGRAMME(command.programme_id)
    refs = {id: ATTENDANCE(id) for id in sorted(command.minutes)}

    def decide(found: Found) -> Decision[Recorded]:
        programme = existing(found, programme_ref)
        states, events, on_record = [], list[Event](), list[Decided]()
        turned, twice = 0, list[Twice]()
        for id, ref in refs.items():
            before = found[ref]
            new, told = rules.record(before, programme, id, command.session_id, command.minutes[id], now, found.by)
            if told:
                states.append(New(ref, new))
                on_record.append(_recorded(ref, before, command))
            events += told
            turned += len(told) > 1
            twice += _twice(new, programme, command.session_id)
        answer = Recorded(len(states), len(refs) - len(states), turned, tuple(twice))
        return Decision(states, events, answer=answer, on_record=on_record)

    return await commits.commit(Change([programme_ref, *refs.values()], decide, now, cause_id, once=once))


def _recorded(ref: Ref[Attendance], before: Attendance | None, command: RecordSheet) -> Decided:
    again = before is not None and before.record_of(command.session_id) is not None
    code = "attendance_corrected" if again else "attendance_recorded"
    return Decided(code, ref, under=(command.programme_id, command.session_id))


def _twice(attendance: Attendance, programme: Programme, session_id: str) -> list[Twice]:
    found = in_two_places(attendance, programme.in_force())
    named = [each for each in found if session_id in each.session_ids]
    return [Twice(participant_id=attendance.participant_id, **each.model_dump()) for each in named]


async def close_week(
    commits: Commits, store: Store, command: CloseWeek, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Close the week: from here on the programme stands, and every participant gets an outcome.

    One transaction fixes who is judged by which version and settles the first 200; for up to 200 participants that is
    all, and the week has ended when this returns. For more, the same transaction leaves a deadline, due at once, for
    each further portion of 200; they are settled right away, one transaction each, and by the sweeper should this
    process die in between. Portions settle once whoever comes first, and the last one tells that the week has ended,
    with the sums of all. One transaction over everybody would be atomic too, but its size would grow with the
    edition; what has to be atomic is who is judged by what, and that is.

    Somebody who enrols between the listing and the decision makes the listing be done again.
    """
    for _ in range(LISTINGS):
        roster = await roster_of(store, command.edition_id)
        portions = closing.portions_of(roster.participant_ids)
        change = _beginning(command, roster.participant_ids, portions, once, now, cause_id)
        try:
            answer = await commits.commit(change)
        except _RosterMoved:
            continue
        if isinstance(answer, Repeat):
            return answer
        for number, portion in enumerate(portions[1:], start=1):
            await commits.commit(_settling(command, number, portion, now, cause_id))
        return answer
    raise Busy("participants enrol faster than they can be listed; repeat the call")


def on_settle_due(deadline: Deadline, now: datetime) -> Change[Closing | None]:
    """Settle a portion of the participants that was left when the process ended."""
    facts = deadline.facts
    command = CloseWeek(programme_id=deadline.aggregate_id, edition_id=facts["edition_id"])
    return _settling(command, facts["portion"], tuple(facts["participant_ids"]), now, deadline.cause_id)


class _RosterMoved(Exception):
    """Somebody enrolled or left since the roster was listed."""


def _beginning(
    command: CloseWeek,
    listed: tuple[str, ...],
    portions: Sequence[tuple[str, ...]],
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Change[Closing | None]:
    programme_ref, roster_ref = PROGRAMME(command.programme_id), ROSTER(command.edition_id)
    refs = [ATTENDANCE(id) for id in portions[0]]
    waiting = [_left(command, number, portion, now) for number, portion in enumerate(portions) if number > 0]

    def decide(found: Found) -> Decision[Closing | None]:
        roster = found[roster_ref] or Roster(edition_id=command.edition_id)
        begun = closing.begin(existing(found, programme_ref), roster, len(portions), now, found.by)
        if roster.participant_ids != listed:
            raise _RosterMoved
        settled = _settled(begun, roster, 0, _known(found, refs), now)
        on_record = [Decided("week_closed", programme_ref, under=(command.edition_id,))]
        return Decision(settled.states, settled.events, waiting, settled.answer, on_record)

    return Change([programme_ref, roster_ref, *refs], decide, now, cause_id, once=once)


def _left(command: CloseWeek, number: int, portion: tuple[str, ...], now: datetime) -> Row:
    """The deadline, due at once, of a portion that is left to settle."""
    facts = {"edition_id": command.edition_id, "portion": number, "participant_ids": list(portion)}
    return deadlines.put(Deadline(_key(command, number), SETTLE, command.programme_id, now, facts))


def _settling(
    command: CloseWeek, number: int, portion: tuple[str, ...], now: datetime, cause_id: str
) -> Change[Closing | None]:
    programme_ref, roster_ref = PROGRAMME(command.programme_id), ROSTER(command.edition_id)
    refs = [ATTENDANCE(id) for id in portion]

    def decide(found: Found) -> Decision[Closing | None]:
        roster = found[roster_ref] or Roster(edition_id=command.edition_id)
        settled = _settled(existing(found, programme_ref), roster, number, _known(found, refs), now)
        return Decision(settled.states, settled.events, [deadlines.drop(_key(command, number))], settled.answer)

    return Change([programme_ref, roster_ref, *refs], decide, now, cause_id)


def _settled(
    programme: Programme, roster: Roster, number: int, attendances: Sequence[Attendance], now: datetime
) -> Decision[Closing | None]:
    new, settled, events = closing.settle(programme, roster, number, attendances, now)
    states = [New(PROGRAMME(new.programme_id), new), *(New(ATTENDANCE(each.participant_id), each) for each in settled)]
    return Decision(states, events, answer=new.closing)


def _known(found: Found, refs: Sequence[Ref[Attendance]]) -> list[Attendance]:
    return [state for state in (found[ref] for ref in refs) if state is not None]


def _key(command: CloseWeek, number: int) -> str:
    return f"{SETTLE}/{command.programme_id}/{number}"
