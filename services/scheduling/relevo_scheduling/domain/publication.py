"""Publishing: a draft becomes the version that people rely on, and whatever changes what they see makes another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from relevo_chassis.delivery.change import Refusal
from relevo_contracts import Event
from relevo_contracts.scheduling import ProgrammePublished
from relevo_scheduling.domain.membership import spells_to_reckon_with
from relevo_scheduling.domain.programme import (
    DraftHasClashes,
    Frame,
    NothingIsRequired,
    Programme,
    Published,
    PublishedSession,
    Version,
    require_open,
)
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.domain.session import Session


class NothingToPublish(Refusal):
    """The draft says what the published version says."""


def publish(
    programme: Programme, roster: Roster, seats: Mapping[str, int], now: datetime, by: str | None = None
) -> tuple[Programme, tuple[Event, ...]]:
    """Make the draft the version in force; ``seats`` is by room.

    Raises ``WeekIsClosed``, ``DraftHasClashes``, ``NothingIsRequired``, ``NothingToPublish``.
    """
    require_open(programme)
    clashes = programme.draft_clashes(roster, seats)
    if clashes:
        raise DraftHasClashes(programme_id=programme.programme_id, clashes=len(clashes))
    if not any(each.required for each in programme.draft.sessions):
        raise NothingIsRequired("no_session", "the draft has no required session", programme_id=programme.programme_id)
    return _versioned(programme, roster, *_next_version(programme, now, by))


def publish_anew(
    programme: Programme, roster: Roster, is_affected: Callable[[Session], bool], now: datetime, by: str | None = None
) -> tuple[Programme, tuple[Event, ...]]:
    """A version that says the same but for what its sessions show: a room or somebody who teaches has another name.

    Those of them that ``is_affected`` names are told as changed (RFC 5545, 3.8.7), also after the week was closed.
    Nothing happens where none of them is in the version in force.
    """
    old = programme.published
    changed = tuple(each.session.session_id for each in old.sessions if is_affected(each.session)) if old else ()
    if old is None or not changed:
        return programme, ()
    sessions = tuple(
        _stamped(each.session, each, now) if each.session.session_id in changed else each for each in old.sessions
    )
    published = old.model_copy(update={"version": old.version + 1, "published_at": now, "sessions": sessions})
    version = Version(
        version=published.version, published_at=now, published_by=by, changed_session_ids=tuple(sorted(changed))
    )
    return _versioned(programme, roster, published, version)


def _versioned(
    programme: Programme, roster: Roster, published: Published, version: Version
) -> tuple[Programme, tuple[Event, ...]]:
    new = programme.model_copy(update={"published": published, "history": (*programme.history, version)})
    return new, (_programme_published(new, published, version, roster),)


def _is_unchanged(old: Published, before: PublishedSession, session: Session, frame: Frame) -> bool:
    """Whether nothing changed that a session's calendar event shows, the week's own frame included."""
    return before.session == session and _surroundings(old.frame, session) == _surroundings(frame, session)


def _surroundings(frame: Frame, session: Session) -> tuple[object, ...]:
    labels = tuple(each.label for each in frame.groups if each.code in session.groups)
    return frame.venue, frame.city, frame.time_zone, labels


def _next_version(programme: Programme, now: datetime, by: str | None) -> tuple[Published, Version]:
    old = programme.published
    before = {each.session.session_id: each for each in old.sessions} if old else {}
    ever = {**({each.session.session_id: each for each in old.cancelled} if old else {}), **before}
    frame = programme.draft.frame
    sessions = tuple(
        before[each.session_id]
        if old and each.session_id in before and _is_unchanged(old, before[each.session_id], each, frame)
        else _stamped(each, ever.get(each.session_id), now)
        for each in programme.draft.sessions
    )
    ids = {each.session_id for each in programme.draft.sessions}
    gone = tuple(_stamped(each.session, each, now) for id, each in before.items() if id not in ids)
    version = Version(
        version=old.version + 1 if old else 1,
        published_at=now,
        published_by=by,
        added_session_ids=tuple(sorted(ids - before.keys())),
        changed_session_ids=tuple(sorted(id for id in ids & before.keys() if before[id] not in sessions)),
        removed_session_ids=tuple(sorted(before.keys() - ids)),
    )
    cancelled = (*(each for each in old.cancelled if each.session.session_id not in ids), *gone) if old else ()
    new = Published(version=version.version, published_at=now, frame=frame, sessions=sessions, cancelled=cancelled)
    if old and (old.frame, old.sessions) == (new.frame, new.sessions):
        raise NothingToPublish(programme_id=programme.programme_id, version=old.version)
    return new, version


def _stamped(session: Session, before: PublishedSession | None, now: datetime) -> PublishedSession:
    """The next revision of a session, later than the one before by a second at least: calendars tell no less apart."""
    if before is None:
        return PublishedSession(session=session, changed_at=now)
    changed_at = max(now, before.changed_at + timedelta(seconds=1))
    return PublishedSession(session=session, revision=before.revision + 1, changed_at=changed_at)


def _programme_published(
    programme: Programme, published: Published, version: Version, roster: Roster
) -> ProgrammePublished:
    audiences = {each.groups for each in spells_to_reckon_with(published.frame.group_codes, roster.spells)}
    return ProgrammePublished(
        programme_id=programme.programme_id,
        edition_id=programme.edition_id,
        programme_version=version.version,
        published_at=version.published_at,
        first_on=published.frame.first_on,
        last_on=published.frame.last_on,
        sessions=len(published.sessions),
        required_minutes=max(sum(each.minutes for each in published.required_of(one)) for one in audiences),
        added_session_ids=version.added_session_ids,
        changed_session_ids=version.changed_session_ids,
        removed_session_ids=version.removed_session_ids,
    )
