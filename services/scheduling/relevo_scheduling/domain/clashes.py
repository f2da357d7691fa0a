"""Clashes: a room, a member of faculty or a participant in two places at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from relevo_contracts.model import Frozen, Id
from relevo_scheduling.domain.session import Session

Audience = tuple[str, ...]


class Clash(Frozen):
    """Two sessions that overlap and share what cannot be shared; ``resource_id`` names the room or faculty."""

    because: Literal["room", "faculty", "participants"]
    first_session_id: Id
    second_session_id: Id
    resource_id: Id | None = None


def clashes_of(sessions: Iterable[Session], audiences: Collection[Audience]) -> tuple[Clash, ...]:
    """Every clash, earliest first.

    An audience is a combination of groups that some participant may belong to. Two sessions clash for participants
    when both are required and somebody would have to attend both; optional sessions may run beside anything.
    """
    return tuple(clash for first, second in _overlapping(sessions) for clash in _shared(first, second, audiences))


def _overlapping(sessions: Iterable[Session]) -> Iterator[tuple[Session, Session]]:
    running: list[Session] = []
    for session in sorted(sessions, key=lambda each: (each.starts_at, each.session_id)):
        running = [each for each in running if each.ends_at > session.starts_at]
        yield from ((earlier, session) for earlier in running)
        running.append(session)


def _shared(first: Session, second: Session, audiences: Collection[Audience]) -> Iterator[Clash]:
    ids = {"first_session_id": first.session_id, "second_session_id": second.session_id}
    if first.room_id is not None and first.room_id == second.room_id:
        yield Clash(because="room", resource_id=first.room_id, **ids)
    for faculty_id in sorted({*first.faculty_ids} & {*second.faculty_ids}):
        yield Clash(because="faculty", resource_id=faculty_id, **ids)
    if first.required and second.required and any(first.is_for(a) and second.is_for(a) for a in audiences):
        yield Clash(because="participants", **ids)


def audiences_of(groups: Sequence[str], memberships: Iterable[Audience]) -> tuple[Audience, ...]:
    """The audiences to reckon with: nobody's group, each group by itself, and every combination in use."""
    return tuple(sorted({(), *((code,) for code in groups), *memberships}))
