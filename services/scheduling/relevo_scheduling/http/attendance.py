"""Routes of attendance: sheets, corrections, closing the week, and what participants see of their own."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.ids import new_code, normalised
from relevo_chassis.edge.once import answer_json
from relevo_chassis.edge.paging import After, Cursors, Limit, Page
from relevo_chassis.edge.routes import Routes
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.commands import attendance as commands
from relevo_scheduling.commands import people
from relevo_scheduling.commands.attendance import CloseWeek, Recorded, RecordSheet
from relevo_scheduling.commands.people import Assigned, AssignGroups, LinkCalendar
from relevo_scheduling.domain.programme import Closing, programme_id_of
from relevo_scheduling.domain.refusals import NoSuchSession
from relevo_scheduling.http.callers import Command, Coordinator, Member, Participant, must_be
from relevo_scheduling.http.forms import GroupsForm, MinutesForm, SheetForm
from relevo_scheduling.http.views import (
    AttendanceView,
    CalendarLinkView,
    ParticipantView,
    ProgrammeView,
    SheetRow,
    SheetView,
    attendance_view,
    participant_view,
    programme_view,
)

router = Routes(tags=["attendance"])


@router.post("/programmes/{programme_id}/sessions/{session_id}/attendance", response_model=Recorded)
async def record_sheet(
    programme_id: Id, session_id: Id, body: SheetForm, caller: Coordinator, asked: Command
) -> Response:
    """Record a session's whole sheet, or correct it: all of it or nothing."""
    once = await asked.once(caller)
    command = RecordSheet(programme_id, session_id, body.minutes)
    outcome = await commands.record_sheet(asked.shell.by(caller), command, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/programmes/{programme_id}/sessions/{session_id}/attendance")
async def sheet(programme_id: Id, session_id: Id, _: Coordinator, shell: InShell) -> SheetView:
    """The sheet of a session: who is expected, and what is recorded; without those who have left or were erased."""
    programme = await store.programme(shell.store, programme_id)
    session = programme.in_force().session(session_id)
    if session is None:
        raise NoSuchSession(f"the version in force of programme {programme_id} has no session {session_id}")
    roster = await store.roster_of(shell.store, programme.edition_id)
    attendances = await store.attendances(shell.store, roster.participant_ids)
    rows = tuple(
        SheetRow(
            participant_id=each.participant_id,
            expected=each.is_expected_in(session),
            excused=each.is_excused_from(session_id),
            minutes=record.minutes if (record := attendances[each.participant_id].record_of(session_id)) else None,
        )
        for each in roster.entries
        if each.participant_id in attendances and attendances[each.participant_id].takes_part
    )
    return SheetView(session_id=session_id, session_minutes=session.minutes, participants=rows)


@router.put("/programmes/{programme_id}/sessions/{session_id}/attendance/{participant_id}", response_model=Recorded)
async def record_one(
    programme_id: Id, session_id: Id, participant_id: Id, body: MinutesForm, caller: Coordinator, asked: Command
) -> Response:
    """Record or correct one participant's minutes, also after the week was closed."""
    command = RecordSheet(programme_id, session_id, {participant_id: body.minutes})
    outcome = await commands.record_sheet(asked.shell.by(caller), command, None, asked.now, asked.cause_id)
    return answer_json(outcome).response()


@router.get("/programmes/{programme_id}/participants")
async def participants(
    programme_id: Id, _: Coordinator, shell: InShell, limit: Limit = 100, after: After = None
) -> Page[ParticipantView]:
    """Everybody's figures; before the closing they are its preview."""
    programme = await store.programme(shell.store, programme_id)
    cursors = Cursors(shell.vault.service_key, "participants", programme_id)
    found = await store.attendances_of(shell.store, programme.edition_id, limit + 1, cursors.after(after))
    roster = await store.roster_of(shell.store, programme.edition_id)
    views = [participant_view(each, roster.entry_of(each.participant_id), programme.published) for each in found]
    return cursors.page(views, limit, lambda each: each.participant_id)


@router.put("/programmes/{programme_id}/participants/groups")
async def assign_groups(programme_id: Id, body: GroupsForm, caller: Coordinator, asked: Command) -> Assigned:
    """Give participants their parallel groups from an instant on: all of them or nobody."""
    programme = await store.programme(asked.shell.store, programme_id)
    rooms = programme.published.room_ids if programme.published else ()
    command = AssignGroups(programme_id, programme.edition_id, rooms, body.groups, body.from_at or asked.now)
    assigned: Assigned = await people.assign_groups(asked.shell.by(caller), command, asked.now, asked.cause_id)
    return assigned


@router.post("/programmes/{programme_id}/close", response_model=Closing)
async def close_week(programme_id: Id, caller: Coordinator, asked: Command) -> Response:
    """Close the week: completed or not, for everybody. With up to 200 participants it has ended in the answer."""
    once = await asked.once(caller)
    shell = asked.shell
    programme = await store.programme(shell.store, programme_id)
    command = CloseWeek(programme_id, programme.edition_id)
    outcome = await commands.close_week(shell.by(caller), shell.store, command, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/participants/{participant_id}/attendance")
async def own_attendance(participant_id: Id, caller: Member, shell: InShell) -> AttendanceView:
    """What is recorded of a participant, for themselves and for coordinators."""
    must_be(caller, participant_id)
    attendance = await store.attendance(shell.store, participant_id)
    programme = await store.programme_or_none(shell.store, programme_id_of(attendance.edition_id or ""))
    roster = await store.roster_of(shell.store, attendance.edition_id or "")
    entry, published = roster.entry_of(participant_id), programme.published if programme else None
    return attendance_view(attendance, entry, published, to_staff=caller.has("coordinator"))


@router.get("/participants/{participant_id}/programme")
async def own_programme(participant_id: Id, caller: Member, shell: InShell) -> ProgrammeView:
    """The sessions that a participant is meant to attend, for themselves and for coordinators."""
    must_be(caller, participant_id)
    attendance = await store.attendance(shell.store, participant_id)
    edition_id = attendance.edition_id or ""
    programme = await store.programme_of(shell.store, edition_id)
    roster = await store.roster_of(shell.store, edition_id)
    rooms, faculty = await store.rooms_of(shell.store, edition_id), await store.faculty_of(shell.store, edition_id)
    return programme_view(programme, programme.in_force(), rooms, faculty, roster.entry_of(participant_id))


@router.post("/participants/{participant_id}/calendar-link", status_code=201, response_model=CalendarLinkView)
async def calendar_link(participant_id: Id, caller: Participant, asked: Command) -> Response:
    """A new private calendar link; the one before stops working at once."""
    must_be(caller, participant_id)
    once = await asked.once(caller, lambda code: answer_json(CalendarLinkView(path=f"/calendars/{code}.ics"), 201))
    code = new_code()
    command = LinkCalendar(participant_id, link_hash(asked, code), code)
    outcome = await people.link_calendar(asked.shell.by(caller), command, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


def link_hash(asked: Command, code: str) -> str:
    """What stands in the store for the code of a calendar link."""
    return asked.shell.vault.keyed_hash("calendar-link", normalised(code))
