"""Preparing and publishing the programme of the week."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref
from relevo_chassis.edge.etag import ChangedSince, must_match
from relevo_scheduling.domain import programme as rules
from relevo_scheduling.domain import publication
from relevo_scheduling.domain.clashes import Clash
from relevo_scheduling.domain.programme import Draft, Frame, Programme, Version
from relevo_scheduling.domain.refusals import FacultyIsUnknown, NoSuchProgramme, ProgrammeExists, RoomIsUnknown
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import Session
from relevo_scheduling.store import FACULTY, PROGRAMME, ROOM, ROSTER, version_row

Edit = Callable[[Programme], Programme]


@dataclass(frozen=True, slots=True)
class CreateProgramme:
    edition_id: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class EditDraft:
    """An edit of the draft whose ETag is ``tag``; without one the edit overwrites nobody's work.

    ``room_ids`` are the rooms of the draft as it was read: their seats are reckoned with.
    """

    programme_id: str
    edition_id: str
    room_ids: tuple[str, ...]
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit leads to: the programme and the clashes of its draft."""

    programme: Programme
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishProgramme:
    """``room_ids`` are the rooms of the draft as it was read."""

    programme_id: str
    edition_id: str
    room_ids: tuple[str, ...]
    tag: str


async def create_programme(
    commits: Commits, command: CreateProgramme, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Begin the draft of an edition's week; an edition has one programme."""
    ref = PROGRAMME(rules.programme_id_of(command.edition_id))

    def decide(found: Found) -> Decision[Edited]:
        if found[ref] is not None:
            raise ProgrammeExists(f"edition {command.edition_id} has programme {ref.id}")
        new = Programme(programme_id=ref.id, edition_id=command.edition_id, draft=Draft(frame=command.frame))
        on_record = [Decided("programme_begun", ref, under=(command.edition_id,))]
        return Decision([New(ref, new)], answer=Edited(new), on_record=on_record)

    return await commits.commit(Change([ref], decide, now, cause_id, once=once))


async def change_frame(commits: Commits, command: EditDraft, frame: Frame, now: datetime, cause_id: str) -> Any:
    """Change dates, venue, time zone or groups of the draft."""

    def edit(programme: Programme, found: Found) -> Programme:
        return rules.reframe(programme, frame, ZoneInfo(frame.time_zone), roster_in(found, command.edition_id))

    return await _edit(commits, command, "draft_reframed", [], edit, None, now, cause_id)


async def put_sessions(
    commits: Commits, command: EditDraft, sessions: tuple[Session, ...], now: datetime, cause_id: str
) -> Any:
    """Replace all sessions of the draft."""
    return await _edit_sessions(
        commits,
        command,
        "draft_sessions_replaced",
        sessions,
        lambda each: rules.put_sessions(each, sessions, zone_of(each)),
        None,
        now,
        cause_id,
    )


async def add_session(
    commits: Commits, command: EditDraft, session: Session, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Add a session to the draft."""
    return await _edit_sessions(
        commits,
        command,
        "draft_session_added",
        [session],
        lambda each: rules.add_session(each, session, zone_of(each)),
        once,
        now,
        cause_id,
    )


async def change_session(commits: Commits, command: EditDraft, session: Session, now: datetime, cause_id: str) -> Any:
    """Replace one session of the draft."""
    return await _edit_sessions(
        commits,
        command,
        "draft_session_changed",
        [session],
        lambda each: rules.change_session(each, session, zone_of(each)),
        None,
        now,
        cause_id,
    )


async def remove_session(commits: Commits, command: EditDraft, session_id: str, now: datetime, cause_id: str) -> Any:
    """Take a session out of the draft."""
    return await _edit_sessions(
        commits,
        command,
        "draft_session_removed",
        [],
        lambda each: rules.remove_session(each, session_id, zone_of(each)),
        None,
        now,
        cause_id,
    )


async def publish_programme(
    commits: Commits, command: PublishProgramme, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Make the draft the version in force and keep it for good; answers with what changed."""
    ref, roster = PROGRAMME(command.programme_id), ROSTER(command.edition_id)

    def decide(found: Found) -> Decision[Version]:
        programme = existing(found, ref)
        must_match(command.tag, programme.draft)
        if not {*programme.draft.room_ids} <= {*command.room_ids}:
            raise ChangedSince()
        seats = seats_in(found, command.room_ids)
        new, events = publication.publish(programme, roster_in(found, command.edition_id), seats, now, found.by)
        rows = [version_row(new.programme_id, new.in_force())]
        on_record = [Decided("programme_published", ref, under=(command.edition_id,))]
        return Decision([New(ref, new)], events, rows, new.history[-1], on_record)

    rooms = [ROOM(id) for id in command.room_ids]
    return await commits.commit(Change([ref, roster, *rooms], decide, now, cause_id, once=once))


def existing(found: Found, ref: Ref[Programme]) -> Programme:
    """Raises ``NoSuchProgramme``."""
    programme = found[ref]
    if programme is None:
        raise NoSuchProgramme(f"there is no programme {ref.id}")
    return programme


def zone_of(programme: Programme) -> ZoneInfo:
    return ZoneInfo(programme.draft.frame.time_zone)


def roster_in(found: Found, edition_id: str) -> Roster:
    return found[ROSTER(edition_id)] or Roster(edition_id=edition_id)


def seats_in(found: Found, room_ids: Iterable[str]) -> dict[str, int]:
    """The seats of those of the rooms that there are; the change names them all."""
    return {room.room_id: room.seats for room in (found[ROOM(id)] for id in room_ids) if room}


async def _edit_sessions(
    commits: Commits,
    command: EditDraft,
    code: str,
    sessions: Iterable[Session],
    edit: Edit,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    rooms = [ROOM(id) for id in sorted({each.room_id for each in sessions if each.room_id})]
    faculty = [FACULTY(id) for id in sorted({id for each in sessions for id in each.faculty_ids})]

    def checked(programme: Programme, found: Found) -> Programme:
        for room in rooms:
            place = found[room]
            if place is None or place.edition_id != programme.edition_id:
                raise RoomIsUnknown(f"edition {programme.edition_id} has no room {room.id}")
        for member in faculty:
            person = found[member]
            if person is None or person.edition_id != programme.edition_id:
                raise FacultyIsUnknown(f"edition {programme.edition_id} has no member of faculty {member.id}")
        return edit(programme)

    named = replace(command, room_ids=tuple(sorted({*command.room_ids, *(each.id for each in rooms)})))
    return await _edit(commits, named, code, faculty, checked, once, now, cause_id)


async def _edit(
    commits: Commits,
    command: EditDraft,
    code: str,
    refs: Iterable[Ref[Any]],
    edit: Callable[[Programme, Found], Programme],
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    ref, roster = PROGRAMME(command.programme_id), ROSTER(command.edition_id)

    def decide(found: Found) -> Decision[Edited]:
        programme = existing(found, ref)
        if command.tag is not None:
            must_match(command.tag, programme.draft)
        new = edit(programme, found)
        clashes = new.draft_clashes(roster_in(found, command.edition_id), seats_in(found, command.room_ids))
        on_record = [Decided(code, ref, under=(command.edition_id,))]
        return Decision([New(ref, new)], answer=Edited(new, clashes), on_record=on_record)

    rooms = [ROOM(id) for id in command.room_ids]
    return await commits.commit(Change([ref, roster, *rooms, *refs], decide, now, cause_id, once=once))
