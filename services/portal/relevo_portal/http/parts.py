"""What other services tell of a participant in a few words, for the first page of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from relevo_portal.http import days, paper, week
from relevo_portal.http.callers import Person
from relevo_portal.page.parts import NO_PARTS, Part, Parts
from relevo_portal.services.asking import Away
from relevo_portal.words import Room

PARTS: Mapping[Room, Callable[[Person], Awaitable[Part | None]]] = {
    "week": week.part_of,
    "days": days.part_of,
    "paper": paper.part_of,
}
"""Who tells it, in the order of the page. Each asks its service once, and may raise ``Away`` or ``SessionOver``."""


async def parts_of(person: Person) -> Parts:
    """All of them, asked at once; a service that does not answer leaves its part out. Raises ``SessionOver``."""
    if not await person.takes_part():
        return NO_PARTS
    found = await asyncio.gather(*(_part_or_away(person, room) for room in PARTS))
    parts = [each for each in found if isinstance(each, Part)]
    return Parts(parts, [room for room, each in zip(PARTS, found, strict=True) if isinstance(each, Away)])


async def _part_or_away(person: Person, room: Room) -> Part | Away | None:
    try:
        return await PARTS[room](person)
    except Away as away:
        return away
