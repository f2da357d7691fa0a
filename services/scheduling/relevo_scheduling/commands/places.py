"""Rooms and faculty. A new name is seen in the published programme at once, and makes a version of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import A, Asked, Decided, Decision, Found, New, Ref, Repeat
from relevo_chassis.ids import new_id
from relevo_scheduling.commands.office import Office
from relevo_scheduling.domain import publication
from relevo_scheduling.domain.places import Faculty, NoSuchFaculty, NoSuchRoom, Room
from relevo_scheduling.domain.programme import programme_id_of
from relevo_scheduling.domain.session import Session
from relevo_scheduling.store import FACULTY, PROGRAMME, ROOM, ROSTER, roster_in, version_row


@dataclass(frozen=True, slots=True)
class AddRoom:
    edition_id: str
    name: str
    seats: int


@dataclass(frozen=True, slots=True)
class ChangeRoom:
    room_id: str
    edition_id: str
    name: str
    seats: int


@dataclass(frozen=True, slots=True)
class AddFaculty:
    """``subject`` is the account of the member of faculty, if they have one."""

    edition_id: str
    name: str
    affiliation: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class ChangeFaculty:
    faculty_id: str
    edition_id: str
    name: str
    affiliation: str
    subject: str | None


async def add_room(office: Office, command: AddRoom, asked: Asked) -> Room | Repeat:
    """Add a room of the venue."""
    room = Room(room_id=new_id(), **asdict(command))
    ref = ROOM(room.room_id)
    decision = Decision([New(ref, room)], answer=room, on_record=[_of_edition("room_added", ref, room.edition_id)])
    return await office.commits.commit(asked.change([ref], lambda _: decision))


async def change_room(office: Office, command: ChangeRoom, asked: Asked) -> Room | Repeat:
    """Give a room another name or other seats. Raises ``NoSuchRoom``."""
    room = Room(**asdict(command))
    ref = ROOM(room.room_id)

    def decide(found: Found) -> Decision[Room]:
        before = found[ref]
        if before is None or before.edition_id != room.edition_id:
            raise NoSuchRoom(edition_id=room.edition_id, room_id=room.room_id)
        on_record = [_of_edition("room_changed", ref, room.edition_id)]
        decision = Decision([New(ref, room)], answer=room, on_record=on_record)
        if before.name == room.name:
            return decision
        return _seen_in(found, room.edition_id, lambda each: each.room_id == room.room_id, asked.now, decision)

    return await office.commits.commit(asked.change([ref, *_seen_by(room.edition_id)], decide))


async def add_faculty(office: Office, command: AddFaculty, asked: Asked) -> Faculty | Repeat:
    """Add somebody who teaches."""
    member = Faculty(faculty_id=new_id(), **asdict(command))
    ref = FACULTY(member.faculty_id)
    on_record = [_of_edition("faculty_added", ref, member.edition_id)]
    decision = Decision([New(ref, member)], answer=member, on_record=on_record)
    return await office.commits.commit(asked.change([ref], lambda _: decision))


async def change_faculty(office: Office, command: ChangeFaculty, asked: Asked) -> Faculty | Repeat:
    """Change how somebody who teaches is shown. Raises ``NoSuchFaculty``."""
    member = Faculty(**asdict(command))
    ref = FACULTY(member.faculty_id)

    def decide(found: Found) -> Decision[Faculty]:
        before = found[ref]
        if before is None or before.edition_id != member.edition_id:
            raise NoSuchFaculty(edition_id=member.edition_id, faculty_id=member.faculty_id)
        on_record = [_of_edition("faculty_changed", ref, member.edition_id)]
        decision = Decision([New(ref, member)], answer=member, on_record=on_record)
        if before.name == member.name:
            return decision
        return _seen_in(
            found, member.edition_id, lambda each: member.faculty_id in each.faculty_ids, asked.now, decision
        )

    return await office.commits.commit(asked.change([ref, *_seen_by(member.edition_id)], decide))


def _seen_by(edition_id: str) -> list[Ref[Any]]:
    return [PROGRAMME(programme_id_of(edition_id)), ROSTER(edition_id)]


def _seen_in(
    found: Found, edition_id: str, is_affected: Callable[[Session], bool], now: datetime, decision: Decision[A]
) -> Decision[A]:
    """The decision, with the version of the programme that it makes, if any of its sessions shows what changed."""
    ref = PROGRAMME(programme_id_of(edition_id))
    programme = found[ref]
    if programme is None:
        return decision
    new, events = publication.publish_anew(programme, roster_in(found, edition_id), is_affected, now, found.by)
    if not events:
        return decision
    published = Decided("programme_published", ref, under=(edition_id,))
    return Decision(
        states=[*decision.states, New(ref, new)],
        events=events,
        rows=[version_row(new.programme_id, new.in_force())],
        answer=decision.answer,
        on_record=[*decision.on_record, published],
    )


def _of_edition(code: str, about: Ref[Any], edition_id: str) -> Decided:
    return Decided(code, about, under=(edition_id, programme_id_of(edition_id)))
