"""A search over what is sealed, within one call: counted over all, shown a page at a time, on record."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from relevo_chassis.delivery.change import Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.vault import Vault
from relevo_intake.commands.index import STATES, UNREVIEWED, Entry, Index, Wanted
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.application import ApplicationState
from relevo_intake.domain.call import Call
from relevo_intake.domain.dossier import Profile


class Hit(NamedTuple):
    """An application that a search found, with what the search could see."""

    application_id: str
    state: ApplicationState
    merit: int | None
    profile: Profile


class Found(NamedTuple):
    """A page of what a search found; ``total`` of all pages, ``next_after`` is where the next one begins."""

    hits: tuple[Hit, ...]
    total: int
    next_after: str | None


async def search_applications(
    index: Index,
    commits: Commits,
    store: Store,
    vault: Vault,
    call: Call,
    wanted: Wanted,
    *,
    after: str | None,
    limit: int,
    reader: str,
    now: datetime,
) -> Found:
    """The applications of a call that match, erased ones aside. Whom the page shows is put on record as read.

    What the index needs to know of everybody is on record as read by the service.
    """
    beyond, shown, total = bytes.fromhex(after or ""), list[Entry](), 0
    async for some in index.entries_of(commits, store, vault, call, now):
        matching = [each for each in some if wanted.matches(each)]
        total += len(matching)
        if len(shown) <= limit:
            shown += [each for each in matching if each.application_id > beyond][: limit + 1 - len(shown)]
    page = shown[:limit]
    people = [each.person_id.hex() for each in page]
    profiles: dict[str, Profile | None] = {}
    if people:
        fields = [Profile.field_set]
        await record_reading(commits, reader=reader, purpose="listing", field_sets=fields, person_ids=people, now=now)
        profiles = await vault.open_many(people, Profile.field_set, Profile)
    hits = tuple(_hit(each, profile) for each in page if (profile := profiles[each.person_id.hex()]) is not None)
    return Found(hits, total, page[-1].application_id.hex() if len(shown) > limit else None)


def _hit(one: Entry, profile: Profile) -> Hit:
    merit = None if one.merit == UNREVIEWED else one.merit
    return Hit(one.application_id.hex(), STATES[one.state], merit, profile)
