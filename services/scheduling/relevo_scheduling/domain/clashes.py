"""Clashes: a room, a member of faculty or a participant in two places at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from relevo_contracts.model import Frozen, Id
from relevo_scheduling.domain.membership import Spell
from relevo_scheduling.domain.session import Session


class Clash(Frozen):
    """Two sessions that overlap and share what cannot be shared; ``resource_id`` names the room or faculty."""

    because: Literal["room", "faculty", "participants"]
    first_session_id: Id
    second_session_id: Id
    resource_id: Id | None = None


def clashes_of(sessions: Iterable[Session], spells: Collection[Spell]) -> tuple[Clash, ...]:
    """Every clash, earliest first.

    Two sessions clash for participants when both are required and somebody would have to attend both at once, given
    the spells in which people belong to groups; optional sessions may run beside anything.
    """
    return tuple(clash for first, second in _overlapping(sessions) for clash in _shared(first, second, spells))


def _overlapping(sessions: Iterable[Session]) -> Iterator[tuple[Session, Session]]:
    running: list[Session] = []
    for session in sorted(sessions, key=lambda each: (each.starts_at, each.session_id)):
        running = [each for each in running if each.ends_at > session.starts_at]
        yield from ((earlier, session) for earlier in running)
        running.append(session)


def _shared(first: Session, second: Session, spells: Collection[Spell]) -> Iterator[Clash]:
    ids = {"first_session_id": first.session_id, "second_session_id": second.session_id}
    if first.room_id is not None and first.room_id == second.room_id:
        yield Clash(because="room", resource_id=first.room_id, **ids)
    for faculty_id in sorted({*first.faculty_ids} & {*second.faculty_ids}):
        yield Clash(because="faculty", resource_id=faculty_id, **ids)
    if first.required and second.required and any(_owes_both(each, first, second) for each in spells):
        yield Clash(because="participants", **ids)


def _owes_both(spell: Spell, first: Session, second: Session) -> bool:
    if not (first.is_for(spell.groups) and second.is_for(spell.groups)):
        return False
    return spell.within(max(first.starts_at, second.starts_at), min(first.ends_at, second.ends_at)) is not None
