"""Routes of one participant's week: their own under ``/me``, and anybody's for coordinators."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.commands import calendar_links, excuses
from relevo_scheduling.commands.calendar_links import LinkCalendar
from relevo_scheduling.commands.excuses import SeeExcuses
from relevo_scheduling.domain.attendance import Attendance, CodeWasRenewed, ParticipantHasLeft
from relevo_scheduling.domain.programme import NoSuchProgramme, NotPublishedYet, programme_id_of
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.http.callers import (
    InOffice,
    MayExcuse,
    MayRecordAttendance,
    Participant,
    own_id,
    renewals_before,
)
from relevo_scheduling.http.views.week import (
    AttendanceView,
    CalendarLinkView,
    ExcuseView,
    OwnProgrammeView,
    ProgrammeView,
    attendance_view,
    calendar_link_answer,
    excuses_answer,
    own_programme_view,
    programme_view,
)

router = Routes(tags=["participants"])


@router.get("/me/attendance")
@refuses(NoSuchParticipant)
async def read_own_attendance(caller: Participant, shell: InShell) -> AttendanceView:
    """What is recorded of the participant who asks."""
    return await _attendance_of(shell, own_id(caller), to_staff=False)


@router.get("/participants/{participant_id}/attendance")
@refuses(NoSuchParticipant)
async def read_attendance(participant_id: Id, _: MayRecordAttendance, shell: InShell) -> AttendanceView:
    """What is recorded of a participant, and by whom."""
    return await _attendance_of(shell, participant_id, to_staff=True)


@router.get("/me/programme")
@refuses(NoSuchParticipant, NoSuchProgramme, NotPublishedYet)
async def read_own_programme(caller: Participant, shell: InShell) -> OwnProgrammeView:
    """The sessions that the participant who asks is meant to attend, and how their calendar link does."""
    found = await store.attendance_of(shell.store, own_id(caller))
    return own_programme_view(await _programme_of(shell, found), found)


@router.get("/participants/{participant_id}/programme")
@refuses(NoSuchParticipant, NoSuchProgramme, NotPublishedYet)
async def read_participant_programme(participant_id: Id, _: MayRecordAttendance, shell: InShell) -> ProgrammeView:
    """The sessions that a participant is meant to attend."""
    return await _programme_of(shell, await store.attendance_of(shell.store, participant_id))


@router.get("/me/excuses", response_model=list[ExcuseView])
@refuses(NoSuchParticipant)
async def list_own_excuses(caller: Participant, asking: InAsking, office: InOffice) -> Response:
    """The excuses of the participant who asks, with their reasons; on record."""
    query = SeeExcuses(own_id(caller), "own")
    return await asking.answer(excuses.see_excuses, office, query, by=caller.id, respond=excuses_answer)


@router.get("/participants/{participant_id}/excuses", response_model=list[ExcuseView])
@refuses(NoSuchParticipant)
async def list_excuses(participant_id: Id, caller: MayExcuse, asking: InAsking, office: InOffice) -> Response:
    """A participant's excuses with their reasons; on record."""
    query = SeeExcuses(participant_id, "casework")
    return await asking.answer(excuses.see_excuses, office, query, by=caller.id, respond=excuses_answer)


@router.post("/me/calendar-link", status_code=201, response_model=CalendarLinkView)
@refuses(CodeWasRenewed, NoSuchParticipant, ParticipantHasLeft)
async def link_calendar(caller: Participant, asking: InAsking, office: InOffice) -> Response:
    """A new private calendar link: the one before stops working at once, and this one with the receipt code."""
    command, respond = LinkCalendar(own_id(caller), renewals_before(caller)), calendar_link_answer
    return await asking.answer(calendar_links.link_calendar, office, command, by=caller.id, respond=respond)


async def _attendance_of(shell: Shell, participant_id: str, *, to_staff: bool) -> AttendanceView:
    found = await store.attendance_of(shell.store, participant_id)
    programme = await store.programme_or_none(shell.store, programme_id_of(found.edition_id or ""))
    roster = await store.roster_of(shell.store, found.edition_id or "")
    entry, published = roster.entry_of(participant_id), programme.published if programme else None
    return attendance_view(found, entry, published, to_staff=to_staff)


async def _programme_of(shell: Shell, found: Attendance) -> ProgrammeView:
    edition_id = found.edition_id or ""
    programme = await store.programme_of_edition(shell.store, edition_id)
    roster = await store.roster_of(shell.store, edition_id)
    rooms, faculty = await store.rooms_of(shell.store, edition_id), await store.faculty_of(shell.store, edition_id)
    return programme_view(programme, programme.in_force(), rooms, faculty, roster.entry_of(found.participant_id))
