"""Clashes: a room, a member of faculty or a participant in two places at once, or more people than a room seats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from relevo_contracts.model import Count, Frozen, Id
from relevo_scheduling.domain.membership import Spell
from relevo_scheduling.domain.roster import Entry
from relevo_scheduling.domain.session import Session


class Clash(Frozen):
    """Two sessions that overlap and share what cannot be shared; ``resource_id`` names the room or faculty.

    Of ``seats`` it is one session: ``people`` have to attend it, and the room has fewer ``seats``.
    """

    because: Literal["room", "faculty", "participants", "seats"]
    first_session_id: Id
    second_session_id: Id | None = None
    resource_id: Id | None = None
    people: Count | None = None
    seats: Count | None = None


def clashes_of(sessions: Iterable[Session], spells: Collection[Spell]) -> tuple[Clash, ...]:
    """Every clash, earliest first.

    Two sessions clash for participants when both are required and somebody would have to attend both at once, given
    the spells in which people belong to groups; optional sessions may run beside anything.
    """
    return tuple(clash for first, second in _overlapping(sessions) for clash in _shared(first, second, spells))


def crowded(sessions: Iterable[Session], entries: Sequence[Entry], seats: Mapping[str, int]) -> tuple[Clash, ...]:
    """Every session that more people have to attend than its room seats, earliest first.

    Those excused are not counted, nor anybody at an optional session: nobody has to attend it. ``seats`` is by room.
    """
    return tuple(
        Clash(because="seats", first_session_id=each.session_id, resource_id=each.room_id, people=people, seats=seated)
        for each in sorted(sessions, key=lambda each: (each.starts_at, each.session_id))
        if each.required and (seated := seats.get(each.room_id or "")) is not None
        if (people := sum(_attends(entry, each) for entry in entries)) > seated
    )


def _attends(entry: Entry, session: Session) -> bool:
    return entry.is_expected_in(session) and not entry.is_excused_from(session.session_id)


def _overlapping(sessions: Iterable[Session]) -> Iterator[tuple[Session, Session]]:
    running: list[Session] = []
    for session in sorted(sessions, key=lambda each: (each.starts_at, each.session_id)):
        running = [each for each in running if each.ends_at > session.starts_at]
        yield from ((earlier, session) for earlier in running)
        running.append(session)


def _shared(first: Session, second: Session, spells: Collection[Spell]) -> Iterator[Clash]:
    def clash(because: Literal["room", "faculty", "participants"], resource_id: str | None = None) -> Clash:
        ids = (first.session_id, second.session_id)
        return Clash(because=because, first_session_id=ids[0], second_session_id=ids[1], resource_id=resource_id)

    if first.room_id is not None and first.room_id == second.room_id:
        yield clash("room", first.room_id)
    for faculty_id in sorted({*first.faculty_ids} & {*second.faculty_ids}):
        yield clash("faculty", faculty_id)
    if first.required and second.required and any(_owes_both(each, first, second) for each in spells):
        yield clash("participants")


def _owes_both(spell: Spell, first: Session, second: Session) -> bool:
    if not (first.is_for(spell.groups) and second.is_for(spell.groups)):
        return False
    return spell.within(max(first.starts_at, second.starts_at), min(first.ends_at, second.ends_at)) is not None
