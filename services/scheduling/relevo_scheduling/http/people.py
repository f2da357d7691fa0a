"""Routes of rooms and faculty."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import answer_json
from relevo_chassis.edge.routes import Routes
from relevo_contracts.model import Id
from relevo_scheduling import store
from relevo_scheduling.commands import places as commands
from relevo_scheduling.domain.places import Faculty, Room
from relevo_scheduling.domain.programme import programme_id_of
from relevo_scheduling.http.asking import Command, Coordinator, Shelled, Teacher
from relevo_scheduling.http.bodies import FacultyBody, RoomBody
from relevo_scheduling.http.views import SessionView, sessions_view

router = Routes(tags=["rooms and faculty"])


class Teaching(BaseModel):
    """The sessions of one edition that the caller teaches."""

    edition_id: Id
    faculty_id: Id
    sessions: tuple[SessionView, ...]


@router.post("/editions/{edition_id}/rooms", status_code=201, response_model=Room)
async def add_room(edition_id: Id, body: RoomBody, caller: Coordinator, asked: Command) -> Response:
    """Add a room of the venue."""
    once = await asked.once(caller, lambda room: answer_json(room, 201))
    room = body.room(new_id(), edition_id)
    outcome = await commands.add_room(asked.shell.by(caller), room, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/editions/{edition_id}/rooms")
async def rooms(edition_id: Id, _: Coordinator, shell: Shelled) -> list[Room]:
    return list((await store.rooms_of(shell.store, edition_id)).values())


@router.put("/editions/{edition_id}/rooms/{room_id}")
async def change_room(edition_id: Id, room_id: Id, body: RoomBody, caller: Coordinator, asked: Command) -> Room:
    room = body.room(room_id, edition_id)
    await commands.change_room(asked.shell.by(caller), room, asked.now, asked.cause_id)
    return room


@router.post("/editions/{edition_id}/faculty", status_code=201, response_model=Faculty)
async def add_faculty(edition_id: Id, body: FacultyBody, caller: Coordinator, asked: Command) -> Response:
    """Add somebody who teaches; name and affiliation are published with the programme."""
    once = await asked.once(caller, lambda member: answer_json(member, 201))
    member = body.member(new_id(), edition_id, asked.shell.tokens.issuers)
    outcome = await commands.add_faculty(asked.shell.by(caller), member, once, asked.now, asked.cause_id)
    return await asked.answered(once, outcome)


@router.get("/editions/{edition_id}/faculty")
async def faculty(edition_id: Id, _: Coordinator, shell: Shelled) -> list[Faculty]:
    return list((await store.faculty_of(shell.store, edition_id)).values())


@router.put("/editions/{edition_id}/faculty/{faculty_id}")
async def change_faculty(
    edition_id: Id, faculty_id: Id, body: FacultyBody, caller: Coordinator, asked: Command
) -> Faculty:
    member = body.member(faculty_id, edition_id, asked.shell.tokens.issuers)
    await commands.change_faculty(asked.shell.by(caller), member, asked.now, asked.cause_id)
    return member


@router.get("/my/sessions")
async def my_sessions(caller: Teacher, shell: Shelled) -> list[Teaching]:
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
        found.append(Teaching(edition_id=member.edition_id, faculty_id=member.faculty_id, sessions=view))
    return found
