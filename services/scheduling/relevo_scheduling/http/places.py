"""Routes of rooms and faculty."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import UnknownIssuer
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.commands import places
from relevo_scheduling.commands.places import AddFaculty, AddRoom, ChangeFaculty, ChangeRoom
from relevo_scheduling.domain.places import Faculty, NoSuchFaculty, NoSuchRoom, Room
from relevo_scheduling.domain.programme import programme_id_of
from relevo_scheduling.http.callers import InOffice, MayPlanWeek, Teacher
from relevo_scheduling.http.forms import FacultyForm, RoomForm
from relevo_scheduling.http.views.week import TeachingView, made_answer, sessions_view

router = Routes(tags=["rooms and faculty"])


@router.post("/editions/{edition_id}/rooms", status_code=201, response_model=Room)
async def add_room(edition_id: Id, form: RoomForm, caller: MayPlanWeek, asking: InAsking, office: InOffice) -> Response:
    """Add a room of the venue."""
    command = AddRoom(edition_id, form.name, form.seats)
    return await asking.answer(places.add_room, office, command, by=caller.id, respond=made_answer)


@router.get("/editions/{edition_id}/rooms")
async def list_rooms(edition_id: Id, _: MayPlanWeek, shell: InShell) -> list[Room]:
    return list((await store.rooms_of(shell.store, edition_id)).values())


@router.put("/editions/{edition_id}/rooms/{room_id}", response_model=Room)
@refuses(NoSuchRoom)
async def change_room(
    edition_id: Id, room_id: Id, form: RoomForm, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    command = ChangeRoom(room_id, edition_id, form.name, form.seats)
    return await asking.answer(places.change_room, office, command, by=caller.id)


@router.post("/editions/{edition_id}/faculty", status_code=201, response_model=Faculty)
@refuses(UnknownIssuer)
async def add_faculty(
    edition_id: Id, form: FacultyForm, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    """Add somebody who teaches; name and affiliation are published with the programme."""
    command = AddFaculty(edition_id, form.name, form.affiliation or "", form.account(asking.shell.tokens.issuers))
    return await asking.answer(places.add_faculty, office, command, by=caller.id, respond=made_answer)


@router.get("/editions/{edition_id}/faculty")
async def list_faculty(edition_id: Id, _: MayPlanWeek, shell: InShell) -> list[Faculty]:
    return list((await store.faculty_of(shell.store, edition_id)).values())


@router.put("/editions/{edition_id}/faculty/{faculty_id}", response_model=Faculty)
@refuses(NoSuchFaculty, UnknownIssuer)
async def change_faculty(
    edition_id: Id, faculty_id: Id, form: FacultyForm, caller: MayPlanWeek, asking: InAsking, office: InOffice
) -> Response:
    account = form.account(asking.shell.tokens.issuers)
    command = ChangeFaculty(faculty_id, edition_id, form.name, form.affiliation or "", account)
    return await asking.answer(places.change_faculty, office, command, by=caller.id)


@router.get("/me/sessions")
async def list_own_sessions(caller: Teacher, shell: InShell) -> list[TeachingView]:
    """The published sessions that the caller teaches, in every edition."""
    found = []
    for member in await store.faculty_with(shell.store, caller.id):
        programme = await store.programme_or_none(shell.store, programme_id_of(member.edition_id))
        if programme is None or programme.published is None:
            continue
        published = programme.published
        sessions = [each.session for each in published.sessions if member.faculty_id in each.session.faculty_ids]
        rooms = await store.rooms_of(shell.store, member.edition_id)
        faculty = await store.faculty_of(shell.store, member.edition_id)
        view = sessions_view(sessions, published.frame, rooms, faculty)
        found.append(TeachingView(edition_id=member.edition_id, faculty_id=member.faculty_id, sessions=view))
    return found
