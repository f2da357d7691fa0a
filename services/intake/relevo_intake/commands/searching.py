"""A search over what is sealed, within one call: counted over all, shown a page at a time, on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from relevo_chassis.delivery.change import Asked
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.index import STATES, UNREVIEWED, Entry, Wanted
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.application import ApplicationState
from relevo_intake.domain.sealed import Profile


class Hit(NamedTuple):
    """An application that a search found, with what the search could see."""

    application_id: str
    state: ApplicationState
    merit: int | None
    profile: Profile


class Hits(NamedTuple):
    """A page of what a search found; ``total`` of all pages, ``next_after`` is where the next one begins."""

    hits: tuple[Hit, ...]
    total: int
    next_after: str | None


@dataclass(frozen=True, slots=True)
class SearchApplications:
    """What to look for within one call, and which page of it."""

    call_id: str
    wanted: Wanted
    after: str | None
    limit: int


async def search_applications(office: Office, query: SearchApplications, asked: Asked) -> Hits:
    """The applications of a call that match, erased ones aside. Whom the page shows is put on record as read.

    What the index needs to know of everybody is on record as read by the service. Raises ``NoSuchCall``.
    """
    commits, store, vault, limit = office.commits, office.store, office.vault, query.limit
    call = await call_of(store, query.call_id)
    beyond, entries, total = bytes.fromhex(query.after or ""), list[Entry](), 0
    async for some in office.index.entries_of(commits, store, vault, call, asked.now):
        matching = [each for each in some if query.wanted.matches(each)]
        total += len(matching)
        if len(entries) <= limit:
            entries += [each for each in matching if each.application_id > beyond][: limit + 1 - len(entries)]
    page = entries[:limit]
    people = [each.person_id.hex() for each in page]
    profiles: dict[str, Profile | None] = {}
    if people:
        await record_reading(commits, asked, "listing", [Profile.field_set], people)
        profiles = await vault.open_many(people, Profile.field_set, Profile)
    hits = tuple(_hit(each, profile) for each in page if (profile := profiles[each.person_id.hex()]) is not None)
    return Hits(hits, total, page[-1].application_id.hex() if len(entries) > limit else None)


def _hit(one: Entry, profile: Profile) -> Hit:
    merit = None if one.merit == UNREVIEWED else one.merit
    return Hit(one.application_id.hex(), STATES[one.state], merit, profile)
