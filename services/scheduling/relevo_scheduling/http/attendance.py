"""Routes of attendance: sheets, corrections, groups, closing the week."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.commands import attendance, closing, groups
from relevo_scheduling.commands.attendance import RecordedSheet, RecordSheet
from relevo_scheduling.commands.closing import CloseWeek
from relevo_scheduling.commands.groups import Assigned, AssignGroups
from relevo_scheduling.domain.attendance import ParticipantHasLeft, SessionHasNotBegun, TooManyMinutes
from relevo_scheduling.domain.closing import WeekIsNotOver
from relevo_scheduling.domain.programme import (
    Closing,
    DraftHasClashes,
    GroupIsUnknown,
    NoSuchProgramme,
    NoSuchSession,
    NothingIsRequired,
    NotPublishedYet,
    WeekIsClosed,
)
from relevo_scheduling.domain.roster import NoSuchParticipant
from relevo_scheduling.http.callers import InOffice, MayCloseWeek, MayPlaceParticipants, MayRecordAttendance
from relevo_scheduling.http.forms import GroupsForm, MinutesForm, SheetForm
from relevo_scheduling.http.views.week import (
    ParticipantView,
    SheetRow,
    SheetView,
    closing_answer,
    participant_view,
)

router = Routes(tags=["attendance"])
SHEET_REFUSALS = (
    *(NoSuchProgramme, NotPublishedYet, NoSuchSession, SessionHasNotBegun),
    *(NoSuchParticipant, ParticipantHasLeft, TooManyMinutes),
)
"""What is refused of any sheet."""


@router.post("/programmes/{programme_id}/sessions/{session_id}/attendance", response_model=RecordedSheet)
@refuses(*SHEET_REFUSALS)
async def record_sheet(
    programme_id: Id, session_id: Id, form: SheetForm, caller: MayRecordAttendance, asking: InAsking, office: InOffice
) -> Response:
    """Record a session's whole sheet, or correct it: all of it or nothing."""
    command = RecordSheet(programme_id, session_id, form.minutes)
    return await asking.answer(attendance.record_sheet, office, command, by=caller.id)


@router.get("/programmes/{programme_id}/sessions/{session_id}/attendance")
@refuses(NoSuchProgramme, NoSuchSession, NotPublishedYet)
async def read_sheet(programme_id: Id, session_id: Id, _: MayRecordAttendance, shell: InShell) -> SheetView:
    """The sheet of a session: who is expected, and what is recorded; without those who have left or were erased."""
    programme = await store.programme_of(shell.store, programme_id)
    session = programme.in_force().session(session_id)
    if session is None:
        raise NoSuchSession(programme_id=programme_id, session_id=session_id)
    roster = await store.roster_of(shell.store, programme.edition_id)
    attendances = await store.attendances(shell.store, roster.participant_ids)
    rows = tuple(
        SheetRow(
            participant_id=each.participant_id,
            expected=each.is_expected_in(session),
            excused=each.is_excused_from(session_id),
            minutes=attended.minutes
            if (attended := attendances[each.participant_id].attended_session(session_id))
            else None,
        )
        for each in roster.entries
        if each.participant_id in attendances and attendances[each.participant_id].takes_part
    )
    return SheetView(session_id=session_id, session_minutes=session.minutes, participants=rows)


@router.put(
    "/programmes/{programme_id}/sessions/{session_id}/attendance/{participant_id}", response_model=RecordedSheet
)
@refuses(*SHEET_REFUSALS)
async def record_minutes(
    programme_id: Id,
    session_id: Id,
    participant_id: Id,
    form: MinutesForm,
    caller: MayRecordAttendance,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Record or correct one participant's minutes, also after the week was closed."""
    command = RecordSheet(programme_id, session_id, {participant_id: form.minutes})
    return await asking.answer(attendance.record_sheet, office, command, by=caller.id)


@router.get("/programmes/{programme_id}/participants")
@refuses(BadCursor, NoSuchProgramme)
async def list_participants(
    programme_id: Id, _: MayRecordAttendance, shell: InShell, limit: Limit = 100, after: After = None
) -> Page[ParticipantView]:
    """Everybody's figures; before the closing they are its preview."""
    programme = await store.programme_of(shell.store, programme_id)
    cursors = Cursors(shell.vault.service_key, "participants", programme_id)
    found = await store.attendances_of_edition(shell.store, programme.edition_id, limit + 1, cursors.after(after))
    roster = await store.roster_of(shell.store, programme.edition_id)
    views = [participant_view(each, roster.entry_of(each.participant_id), programme.published) for each in found]
    return cursors.page(views, limit, lambda each: each.participant_id)


@router.put("/programmes/{programme_id}/participants/groups", response_model=Assigned)
@refuses(
    DraftHasClashes,
    GroupIsUnknown,
    NoSuchParticipant,
    NoSuchProgramme,
    NotPublishedYet,
    NothingIsRequired,
    ParticipantHasLeft,
    WeekIsClosed,
)
async def assign_groups(
    programme_id: Id, form: GroupsForm, caller: MayPlaceParticipants, asking: InAsking, office: InOffice
) -> Response:
    """Give participants their parallel groups from an instant on: all of them or nobody."""
    command = AssignGroups(programme_id, form.groups, form.from_at)
    return await asking.answer(groups.assign_groups, office, command, by=caller.id)


@router.post("/programmes/{programme_id}/close", response_model=Closing)
@refuses(NoSuchProgramme, NotPublishedYet, NothingIsRequired, WeekIsClosed, WeekIsNotOver)
async def close_week(programme_id: Id, caller: MayCloseWeek, asking: InAsking, office: InOffice) -> Response:
    """Close the week: completed or not, for everybody. With up to 200 participants it has ended in the answer."""
    command = CloseWeek(programme_id)
    return await asking.answer(closing.close_week, office, command, by=caller.id, respond=closing_answer)
