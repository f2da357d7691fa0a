"""Places in the status list: drawn at random, so that they tell nothing of when or in which order one was issued."""

from __future__ import annotations

import secrets

from relevo_certification.credential.text import Entry
from relevo_certification.domain.status_entry import BITS, status_entry_id
from relevo_certification.store import STATUS_ENTRY, list_with_room
from relevo_chassis.delivery.store import Store

_DICE = secrets.SystemRandom()


async def free_places(store: Store, count: int, bits: int = BITS) -> list[Entry]:
    """So many places of the list with room that nobody has, no two alike, each as likely as any other.

    Whoever commits has to see that they still are free. ``bits`` is the length of a list.
    """
    number = await list_with_room(store, bits)
    free: dict[int, Entry] = {}
    while len(free) < count:
        tried = {place: Entry(number, place) for place in _DICE.sample(range(bits), count - len(free))}
        entries = await store.states(STATUS_ENTRY, [status_entry_id(number, place) for place in tried])
        positions = {each.position for each in entries.values()}
        free |= {place: entry for place, entry in tried.items() if place not in positions}
    return list(free.values())
