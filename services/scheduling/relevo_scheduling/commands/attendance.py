"""Recording attendance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat
from relevo_contracts import Event
from relevo_contracts.model import Id
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain import attendance
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.presence import InTwoPlaces, in_two_places
from relevo_scheduling.domain.programme import Programme
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, programme_in


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
class RecordedSheet:
    """What became of a sheet; ``unchanged`` rows said what was recorded already.

    ``in_two_places`` are those to look at again: this sheet or that of another session of the same hour is wrong.
    """

    recorded: int
    unchanged: int
    outcomes_turned: int
    in_two_places: tuple[Twice, ...] = ()


async def record_sheet(office: Office, command: RecordSheet, asked: Asked) -> RecordedSheet | Repeat:
    """Record a session's sheet, all of it or nothing, in one transaction whatever its length.

    The programme is named so that the session is in the version in force when the sheet is committed.
    """
    programme_ref = PROGRAMME(command.programme_id)
    refs = {id: ATTENDANCE(id) for id in sorted(command.minutes)}

    def decide(found: Found) -> Decision[RecordedSheet]:
        programme = programme_in(found, programme_ref)
        states, events, on_record = [], list[Event](), list[Decided]()
        turned, twice = 0, list[Twice]()
        for id, ref in refs.items():
            before, minutes = found[ref], command.minutes[id]
            after, emitted = attendance.record_minutes(
                before, programme, id, command.session_id, minutes, asked.now, found.by
            )
            if emitted:
                states.append(New(ref, after))
                on_record.append(_decided(ref, before, command))
            events += emitted
            turned += len(emitted) > 1
            twice += _twice(after, programme, command.session_id)
        answer = RecordedSheet(len(states), len(refs) - len(states), turned, tuple(twice))
        return Decision(states, events, answer=answer, on_record=on_record)

    return await office.commits.commit(asked.change([programme_ref, *refs.values()], decide))


def _decided(ref: Ref[Attendance], before: Attendance | None, command: RecordSheet) -> Decided:
    again = before is not None and before.attended_session(command.session_id) is not None
    code = "attendance_corrected" if again else "attendance_recorded"
    return Decided(code, ref, under=(command.programme_id, command.session_id))


def _twice(attendance: Attendance, programme: Programme, session_id: str) -> list[Twice]:
    found = in_two_places(attendance, programme.in_force())
    named = [each for each in found if session_id in each.session_ids]
    return [Twice(participant_id=attendance.participant_id, **each.model_dump()) for each in named]
