"""Preparing and publishing the programme of the week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat
from relevo_chassis.http.etag import ChangedSince, must_match
from relevo_scheduling import store
from relevo_scheduling.commands.office import Office
from relevo_scheduling.deadlines import changed_rows
from relevo_scheduling.domain import programme, publication
from relevo_scheduling.domain.clashes import Clash
from relevo_scheduling.domain.programme import (
    Draft,
    FacultyIsUnknown,
    Frame,
    Programme,
    ProgrammeExists,
    RoomIsUnknown,
    Version,
)
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import Session
from relevo_scheduling.store import FACULTY, PROGRAMME, ROOM, ROSTER, programme_in, roster_in, seats_in, version_row


@dataclass(frozen=True, slots=True)
class CreateProgramme:
    edition_id: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class ChangeFrame:
    """``tag`` is the ETag of the draft that is changed, here and below."""

    programme_id: str
    frame: Frame
    tag: str


@dataclass(frozen=True, slots=True)
class ReplaceSessions:
    programme_id: str
    sessions: tuple[Session, ...]
    tag: str


@dataclass(frozen=True, slots=True)
class AddSession:
    """It overwrites nobody's work, whatever the draft says by then."""

    programme_id: str
    session: Session


@dataclass(frozen=True, slots=True)
class ChangeSession:
    programme_id: str
    session: Session
    tag: str


@dataclass(frozen=True, slots=True)
class RemoveSession:
    programme_id: str
    session_id: str
    tag: str


@dataclass(frozen=True, slots=True)
class PublishProgramme:
    programme_id: str
    tag: str


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit leads to: the programme, the clashes of its draft, and the session that was added, if one was."""

    programme: Programme
    clashes: tuple[Clash, ...] = ()
    added: Session | None = None


async def create_programme(office: Office, command: CreateProgramme, asked: Asked) -> Edited | Repeat:
    """Begin the draft of an edition's week. Raises ``ProgrammeExists``: an edition has one programme."""
    ref = PROGRAMME(programme.programme_id_of(command.edition_id))

    def decide(found: Found) -> Decision[Edited]:
        if found[ref] is not None:
            raise ProgrammeExists(edition_id=command.edition_id, programme_id=ref.id)
        new = Programme(programme_id=ref.id, edition_id=command.edition_id, draft=Draft(frame=command.frame))
        on_record = [Decided("programme_begun", ref, under=(command.edition_id,))]
        return Decision([New(ref, new)], answer=Edited(new), on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


async def change_frame(office: Office, command: ChangeFrame, asked: Asked) -> Edited | Repeat:
    """Change dates, venue, time zone or groups of the draft."""

    def edit(before: Programme, roster: Roster) -> Programme:
        return programme.reframe(before, command.frame, ZoneInfo(command.frame.time_zone), roster)

    return await _edit(office, _DraftEdit("draft_reframed", command.programme_id, edit, tag=command.tag), asked)


async def replace_sessions(office: Office, command: ReplaceSessions, asked: Asked) -> Edited | Repeat:
    """Put other sessions in the place of all that the draft has."""

    def edit(before: Programme, _: Roster) -> Programme:
        return programme.replace_sessions(before, command.sessions, _zone_of(before))

    code, sessions = "draft_sessions_replaced", command.sessions
    return await _edit(office, _DraftEdit(code, command.programme_id, edit, sessions, command.tag), asked)


async def add_session(office: Office, command: AddSession, asked: Asked) -> Edited | Repeat:
    """Add a session to the draft."""

    def edit(before: Programme, _: Roster) -> Programme:
        return programme.add_session(before, command.session, _zone_of(before))

    added = command.session
    return await _edit(
        office, _DraftEdit("draft_session_added", command.programme_id, edit, [added], added=added), asked
    )


async def change_session(office: Office, command: ChangeSession, asked: Asked) -> Edited | Repeat:
    """Replace one session of the draft."""

    def edit(before: Programme, _: Roster) -> Programme:
        return programme.change_session(before, command.session, _zone_of(before))

    code, sessions = "draft_session_changed", [command.session]
    return await _edit(office, _DraftEdit(code, command.programme_id, edit, sessions, command.tag), asked)


async def remove_session(office: Office, command: RemoveSession, asked: Asked) -> Edited | Repeat:
    """Take a session out of the draft."""

    def edit(before: Programme, _: Roster) -> Programme:
        return programme.remove_session(before, command.session_id, _zone_of(before))

    return await _edit(office, _DraftEdit("draft_session_removed", command.programme_id, edit, tag=command.tag), asked)


async def publish_programme(office: Office, command: PublishProgramme, asked: Asked) -> Version | Repeat:
    """Make the draft the version in force and keep it for good; answers with what changed.

    Whose own sessions it changes are told of right after it, some at a time, however many they are.
    """
    read = await store.programme_of(office.store, command.programme_id)
    ref, edition_id, room_ids = PROGRAMME(read.programme_id), read.edition_id, read.draft.room_ids

    def decide(found: Found) -> Decision[Version]:
        before = programme_in(found, ref)
        must_match(command.tag, before.draft)
        if not {*before.draft.room_ids} <= {*room_ids}:
            raise ChangedSince()
        roster, seats = roster_in(found, edition_id), seats_in(found, room_ids)
        new, events = publication.publish(before, roster, seats, asked.now, found.by)
        rows = [version_row(new.programme_id, new.in_force()), *changed_rows(new, roster, before.published)]
        on_record = [Decided("programme_published", ref, under=(edition_id,))]
        return Decision([New(ref, new)], events, rows, new.history[-1], on_record)

    refs: list[Ref[Any]] = [ref, ROSTER(edition_id), *(ROOM(id) for id in room_ids)]
    return await office.commits.commit(asked.change(refs, decide))


@dataclass(frozen=True, slots=True)
class _DraftEdit:
    """An edit of a draft as it goes on record; ``sessions`` name the rooms and faculty that there have to be."""

    code: str
    programme_id: str
    of: Callable[[Programme, Roster], Programme]
    sessions: Sequence[Session] = ()
    tag: str | None = None
    added: Session | None = None

    @property
    def room_ids(self) -> set[str]:
        return {each.room_id for each in self.sessions if each.room_id}

    @property
    def faculty_ids(self) -> set[str]:
        return {id for each in self.sessions for id in each.faculty_ids}


async def _edit(office: Office, edit: _DraftEdit, asked: Asked) -> Edited | Repeat:
    """Edit a draft; the seats of its rooms, as they were read before, are reckoned with."""
    read = await store.programme_of(office.store, edit.programme_id)
    ref, edition_id = PROGRAMME(read.programme_id), read.edition_id
    room_ids = sorted({*read.draft.room_ids, *edit.room_ids})

    def decide(found: Found) -> Decision[Edited]:
        before, roster = programme_in(found, ref), roster_in(found, edition_id)
        if edit.tag is not None:
            must_match(edit.tag, before.draft)
        _check_places(found, before, edit)
        new = edit.of(before, roster)
        answer = Edited(new, new.draft_clashes(roster, seats_in(found, room_ids)), edit.added)
        on_record = [Decided(edit.code, ref, under=(edition_id,))]
        return Decision([New(ref, new)], answer=answer, on_record=on_record)

    rooms, faculty = (ROOM(id) for id in room_ids), (FACULTY(id) for id in sorted(edit.faculty_ids))
    return await office.commits.commit(asked.change([ref, ROSTER(edition_id), *rooms, *faculty], decide))


def _check_places(found: Found, before: Programme, edit: _DraftEdit) -> None:
    for room_id in sorted(edit.room_ids):
        room = found[ROOM(room_id)]
        if room is None or room.edition_id != before.edition_id:
            raise RoomIsUnknown(edition_id=before.edition_id, room_id=room_id)
    for faculty_id in sorted(edit.faculty_ids):
        member = found[FACULTY(faculty_id)]
        if member is None or member.edition_id != before.edition_id:
            raise FacultyIsUnknown(edition_id=before.edition_id, faculty_id=faculty_id)


def _zone_of(programme: Programme) -> ZoneInfo:
    return ZoneInfo(programme.draft.frame.time_zone)
