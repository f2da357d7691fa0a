"""What changes for one participant: sessions yet to end that they are meant to attend, added, moved or taken out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from relevo_contracts.scheduling import OwnSessionsChanged, SessionsChangedBecause
from relevo_scheduling.domain.programme import Published
from relevo_scheduling.domain.roster import Entry, Roster
from relevo_scheduling.domain.session import Session


class OwnChange(NamedTuple):
    """How many sessions; ``next_on`` is the first day, at the venue, on which one of them is or was to be."""

    added: int
    moved: int
    removed: int
    next_on: date


class Own(NamedTuple):
    """Somebody's entry on the roster, and the version that it is held against."""

    entry: Entry
    published: Published | None

    def sessions(self, now: datetime) -> Mapping[str, Session]:
        """Those they are meant to attend and are not excused from, and that are not over."""
        every = (each.session for each in self.published.sessions) if self.published else ()
        return {
            each.session_id: each
            for each in every
            if each.ends_at > now
            and self.entry.is_expected_in(each)
            and not self.entry.is_excused_from(each.session_id)
        }


def own_change(before: Own, after: Own, zone: tzinfo, now: datetime) -> OwnChange | None:
    """What is different of when and where somebody is expected; ``None`` where nothing is. ``zone`` is the venue's."""
    old, new = before.sessions(now), after.sessions(now)
    added, removed = new.keys() - old.keys(), old.keys() - new.keys()
    moved = {id for id in new.keys() & old.keys() if _when_and_where(new[id]) != _when_and_where(old[id])}
    if not (added or moved or removed):
        return None
    concerned = [each[id] for id in (*added, *moved, *removed) for each in (old, new) if id in each]
    next_on = min(each.starts_at.astimezone(zone).date() for each in concerned)
    return OwnChange(len(added), len(moved), len(removed), next_on)


def changed_by_version(roster: Roster, old: Published | None, new: Published, zone: tzinfo) -> dict[str, OwnChange]:
    """What a new version changes, by participant; those for whom it changes nothing are missing."""
    now = new.published_at
    changes = {each.participant_id: own_change(Own(each, old), Own(each, new), zone, now) for each in roster.entries}
    return {id: change for id, change in changes.items() if change is not None}


def own_sessions_changed(
    participant_id: str,
    edition_id: str,
    version: int,
    change: OwnChange,
    because: SessionsChangedBecause,
    now: datetime,
) -> OwnSessionsChanged:
    return OwnSessionsChanged(
        participant_id=participant_id,
        edition_id=edition_id,
        programme_version=version,
        changed_at=now,
        because=because,
        **change._asdict(),
    )


def _when_and_where(session: Session) -> tuple[object, ...]:
    return session.starts_at, session.ends_at, session.room_id
