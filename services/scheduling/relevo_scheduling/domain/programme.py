"""The programme of the on-site week: a draft that coordinators edit, and published versions that people rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Annotated, ClassVar

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts import derived_id
from relevo_contracts.model import Count, Frozen, Id, Instant
from relevo_scheduling.domain.clashes import Clash, clashes_of, crowded
from relevo_scheduling.domain.kept import STAFF, WEEK
from relevo_scheduling.domain.membership import Audience, spells_to_reckon_with
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import Group, Session


class NoSuchProgramme(Refusal):
    """There is no such programme."""

    status = 404


class ProgrammeExists(Refusal):
    """The edition has a programme already; change its draft instead."""


class NotPublishedYet(Refusal):
    """The programme has no published version yet."""


class DraftHasClashes(Refusal):
    """Rooms, faculty or participants would have to be in two places at once, or a room seats too few."""


class SessionOutsideTheWeek(Refusal):
    """A session starts before the first or ends after the last day of the week at the venue."""

    status = 422
    where = "body"


class NoSuchSession(Refusal):
    """There is no such session in the programme."""

    status = 404


class RoomIsUnknown(Refusal):
    """The session names a room that the edition does not have."""

    status = 422
    where = "body"


class FacultyIsUnknown(Refusal):
    """The session names a member of faculty whom the edition does not have."""

    status = 422
    where = "body"


class GroupIsUnknown(Refusal):
    """The programme has no group of that code."""

    status = 422
    where = "body"


class GroupIsInUse(Refusal):
    """A session or a participant still belongs to the group."""


class NothingIsRequired(Refusal):
    """Some participant would have no required session, so that completion would mean nothing."""


class WeekIsClosed(Refusal):
    """The week is closed; its programme and groups stand as they were."""


class Frame(Frozen):
    """What surrounds the sessions. Days and clock times are those of the venue's time zone (an IANA name)."""

    first_on: date
    last_on: date
    time_zone: str
    venue: str
    city: str
    groups: tuple[Group, ...] = ()

    @property
    def group_codes(self) -> tuple[str, ...]:
        return tuple(each.code for each in self.groups)


class PublishedSession(Frozen):
    """A session as published. ``revision`` grows by one with each version that changed it (SEQUENCE of RFC 5545)."""

    session: Session
    revision: Count = 0
    changed_at: Instant


class Published(Frozen):
    """A published version; immutable. ``cancelled`` are sessions of earlier versions that no longer take place."""

    version: Count
    published_at: Instant
    frame: Frame
    sessions: tuple[PublishedSession, ...]
    cancelled: tuple[PublishedSession, ...] = ()

    def session(self, session_id: str) -> Session | None:
        return next((each.session for each in self.sessions if each.session.session_id == session_id), None)

    def required_of(self, groups: Audience) -> tuple[Session, ...]:
        """The sessions that somebody of these groups has to attend."""
        return tuple(each.session for each in self.sessions if each.session.required and each.session.is_for(groups))

    @property
    def room_ids(self) -> tuple[str, ...]:
        return tuple(sorted({each.session.room_id for each in self.sessions if each.session.room_id}))

    @property
    def ends_at(self) -> datetime:
        return max(each.session.ends_at for each in self.sessions)


class Version(Frozen):
    """What one version changed."""

    version: Count
    published_at: Instant
    published_by: str | None = None
    added_session_ids: tuple[Id, ...] = ()
    changed_session_ids: tuple[Id, ...] = ()
    removed_session_ids: tuple[Id, ...] = ()


class Closing(Frozen):
    """The week being closed: the portions of participants that wait for their outcome, and the tally so far."""

    began_at: Instant
    began_by: str | None = None
    version: Count
    portions_left: tuple[Count, ...]
    completed: Count = 0
    not_completed: Count = 0
    ended_at: Instant | None = None


class Draft(Frozen):
    """The programme as coordinators prepare it."""

    frame: Frame
    sessions: tuple[Session, ...] = ()

    @property
    def room_ids(self) -> tuple[str, ...]:
        return tuple(sorted({each.room_id for each in self.sessions if each.room_id}))


class Programme(Frozen):
    """The programme of one edition."""

    kept: ClassVar[Kept] = WEEK

    programme_id: Id
    edition_id: Id
    draft: Draft
    published: Published | None = None
    history: Annotated[tuple[Version, ...], STAFF] = ()
    closing: Annotated[Closing | None, STAFF] = None

    def in_force(self) -> Published:
        """The published version. Raises ``NotPublishedYet``."""
        if self.published is None:
            raise NotPublishedYet(programme_id=self.programme_id)
        return self.published

    @property
    def draft_differs(self) -> bool:
        """Whether the draft says something else than the version in force, if there is one."""
        if self.published is None:
            return True
        sessions = tuple(each.session for each in self.published.sessions)
        return (self.draft.frame, self.draft.sessions) != (self.published.frame, sessions)

    def draft_clashes(self, roster: Roster, seats: Mapping[str, int]) -> tuple[Clash, ...]:
        """``seats`` is by room; of a room that it does not name, nothing is known."""
        spells = spells_to_reckon_with(self.draft.frame.group_codes, roster.spells)
        sessions = self.draft.sessions
        return (*clashes_of(sessions, spells), *crowded(sessions, roster.entries, seats))


def programme_id_of(edition_id: str) -> str:
    """An edition has one programme, so its id follows from the edition's."""
    return derived_id("programme", edition_id)


def reframe(programme: Programme, frame: Frame, zone: tzinfo, roster: Roster) -> Programme:
    """Change dates, venue, time zone and groups of the draft; ``in_use`` are the groups that participants belong to.

    Raises ``WeekIsClosed``, ``SessionOutsideTheWeek``, ``GroupIsInUse``.
    """
    require_open(programme)
    sessions = programme.draft.sessions
    in_use = (each.groups for each in roster.entries)
    needed = {code for groups in (*in_use, *(each.groups for each in sessions)) for code in groups}
    missing = sorted(needed - {*frame.group_codes})
    if missing:
        raise GroupIsInUse(group=missing[0])
    for each in sessions:
        _inside(each, frame, zone)
    return _with_draft(programme, Draft(frame=frame, sessions=sessions))


def replace_sessions(programme: Programme, sessions: Sequence[Session], zone: tzinfo) -> Programme:
    """Replace all sessions of the draft. Raises ``WeekIsClosed``, ``SessionOutsideTheWeek``, ``GroupIsUnknown``."""
    require_open(programme)
    frame = programme.draft.frame
    for each in sessions:
        _inside(each, frame, zone)
        unknown = sorted({*each.groups} - {*frame.group_codes})
        if unknown:
            raise GroupIsUnknown(session_id=each.session_id, group=unknown[0])
    ordered = tuple(sorted(sessions, key=lambda each: (each.starts_at, each.session_id)))
    return _with_draft(programme, Draft(frame=frame, sessions=ordered))


def add_session(programme: Programme, session: Session, zone: tzinfo) -> Programme:
    """Add a session to the draft. Raises what ``replace_sessions`` does."""
    return replace_sessions(programme, (*programme.draft.sessions, session), zone)


def change_session(programme: Programme, session: Session, zone: tzinfo) -> Programme:
    """Replace one session of the draft. Raises what ``replace_sessions`` does, and ``NoSuchSession``."""
    return replace_sessions(programme, (*_without(programme, session.session_id), session), zone)


def remove_session(programme: Programme, session_id: str, zone: tzinfo) -> Programme:
    """Take a session out of the draft. Raises what ``replace_sessions`` does, and ``NoSuchSession``."""
    return replace_sessions(programme, _without(programme, session_id), zone)


def check_groups(
    programme: Programme,
    roster: Roster,
    participant_ids: Sequence[str],
    from_at: datetime,
    seats: Mapping[str, int],
    now: datetime,
) -> None:
    """Whether participants may belong to their groups from this instant on.

    Once the week is closed only its past can be set right. Raises ``WeekIsClosed``, ``GroupIsUnknown``, and
    ``DraftHasClashes`` when the published version would have somebody in two places at once, or in a session that is
    not over more people than its room seats.
    """
    entries = [roster.entry_of(id) for id in participant_ids]
    if programme.closing is not None and from_at >= programme.in_force().ends_at:
        raise WeekIsClosed(
            "since_when", "the week is closed; say from when in it they belong", programme_id=programme.programme_id
        )
    spells = [spell for each in entries for spell in each.spells]
    unknown = sorted({code for each in entries for code in each.groups} - {*programme.draft.frame.group_codes})
    if unknown:
        raise GroupIsUnknown(programme_id=programme.programme_id, group=unknown[0])
    sessions = [each.session for each in programme.published.sessions] if programme.published else []
    clashes = [each for each in clashes_of(sessions, spells) if each.because == "participants"]
    if clashes:
        raise DraftHasClashes(
            "two_at_once", "somebody in these groups would have two required sessions at once", clashes=len(clashes)
        )
    theirs = (each for each in sessions if any(entry.is_expected_in(each) for entry in entries))
    yet_to_end = [each for each in theirs if each.ends_at > now]
    if full := crowded(yet_to_end, roster.entries, seats):
        raise DraftHasClashes(
            "too_few_seats", "a session would have more people than its room seats", clashes=len(full)
        )


def require_open(programme: Programme) -> None:
    """Raises ``WeekIsClosed``."""
    if programme.closing is not None:
        raise WeekIsClosed(programme_id=programme.programme_id)


def _with_draft(programme: Programme, draft: Draft) -> Programme:
    return programme.model_copy(update={"draft": draft})


def _without(programme: Programme, session_id: str) -> tuple[Session, ...]:
    others = tuple(each for each in programme.draft.sessions if each.session_id != session_id)
    if len(others) == len(programme.draft.sessions):
        raise NoSuchSession(programme_id=programme.programme_id, session_id=session_id)
    return others


def _inside(session: Session, frame: Frame, zone: tzinfo) -> None:
    first, last = (each.astimezone(zone).date() for each in (session.starts_at, session.ends_at))
    if first < frame.first_on or last > frame.last_on:
        raise SessionOutsideTheWeek(
            session_id=session.session_id, first_on=frame.first_on.isoformat(), last_on=frame.last_on.isoformat()
        )
