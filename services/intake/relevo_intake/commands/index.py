"""An index of what a call's applications are searched for, in memory alone: built once, bounded, gone with the person.

It holds ids, the state, the merit and what is coded of the profile: country, sex, groups, themes. No name, no text.
It is as fresh as the call's gates say (``domain/gate.py``): whatever was submitted, withdrawn, reviewed or erased since
it was built is read anew before anybody is answered, on every replica; and it is dropped soon after an erasure and when
nobody has asked for a while, whether or not somebody asks again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from struct import Struct
from typing import Any, NamedTuple, get_args

from relevo_chassis.delivery.change import Busy, Commits
from relevo_chassis.delivery.store import Store
from relevo_chassis.people.vault import Vault
from relevo_intake.commands.readings import by_the_service, record_reading
from relevo_intake.domain.application import ApplicationState
from relevo_intake.domain.call import Call
from relevo_intake.domain.gate import ChangeKind, moves
from relevo_intake.domain.review import merit_of_scores
from relevo_intake.domain.sealed import Group, Profile, Sex, Theme
from relevo_intake.store.people import SLICE, application_rows, counted

MOST_ENTRIES = 500_000
IDLE_SECONDS = 900.0
TEND_SECONDS = 30.0
AT_ONCE = 2_000
UNREVIEWED = -1

STATES: tuple[ApplicationState, ...] = get_args(ApplicationState)
SEXES: tuple[Sex, ...] = get_args(Sex)
GROUPS: tuple[Group, ...] = get_args(Group)
THEMES: tuple[Theme, ...] = get_args(Theme)
_ENTRY = Struct("=16s16sBh2sBBH")


class Entry(NamedTuple):
    """One application: ids as bytes, groups and themes as bits."""

    application_id: bytes
    person_id: bytes
    state: int
    merit: int
    country: bytes
    sex: int
    groups: int
    themes: int


class Wanted(NamedTuple):
    """What is looked for; what is empty or ``None`` matches everybody, of groups and themes any counts."""

    states: frozenset[int] = frozenset()
    countries: frozenset[bytes] = frozenset()
    sexes: frozenset[int] = frozenset()
    groups: int = 0
    themes: int = 0
    least_merit: int | None = None
    most_merit: int | None = None

    def matches(self, one: Entry) -> bool:
        return (
            (not self.states or one.state in self.states)
            and (not self.countries or one.country in self.countries)
            and (not self.sexes or one.sex in self.sexes)
            and (not self.groups or bool(self.groups & one.groups))
            and (not self.themes or bool(self.themes & one.themes))
            and (self.least_merit is None or one.merit >= self.least_merit)
            and (self.most_merit is None or UNREVIEWED < one.merit <= self.most_merit)
        )


@dataclass(slots=True)
class _CallEntries:
    """The entries of one call in the order of their ids, as they were when the counts at its gates were ``as_of``."""

    entries: bytearray = field(default_factory=bytearray)
    as_of: Mapping[ChangeKind, int] = field(default_factory=dict)
    used_at: float = 0.0
    building: asyncio.Lock = field(default_factory=asyncio.Lock)

    def each(self) -> Iterator[Entry]:
        return map(Entry._make, _ENTRY.iter_unpack(self.entries))


class Index:
    """What a process holds of the calls that were searched last; the least used go when there are too many entries."""

    def __init__(self, *, most_entries: int = MOST_ENTRIES, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_entries * _ENTRY.size
        self._monotonic = monotonic
        self._calls: OrderedDict[str, _CallEntries] = OrderedDict()
        self._tending: asyncio.Task[None] | None = None

    @property
    def entries(self) -> int:
        """How many are held."""
        return sum(len(each.entries) for each in self._calls.values()) // _ENTRY.size

    async def entries_of(
        self, commits: Commits, store: Store, vault: Vault, call: Call, now: datetime
    ) -> AsyncIterator[list[Entry]]:
        """All of a call but the erased, in the order of their ids, some at a time: the loop is let go in between."""
        indexed = self._calls.setdefault(call.call_id, _CallEntries())
        self._calls.move_to_end(call.call_id)
        indexed.used_at = self._monotonic()
        async with indexed.building:
            as_of = moves(await counted(store, call.call_id))
            if as_of != indexed.as_of or not indexed.entries:
                async for some in self._built(commits, store, vault, call, indexed, as_of, now):
                    yield some
                self._bound(store)
                return
        entries = bytes(indexed.entries)
        for start in range(0, len(entries), AT_ONCE * _ENTRY.size):
            yield [Entry._make(each) for each in _ENTRY.iter_unpack(entries[start : start + AT_ONCE * _ENTRY.size])]
            await asyncio.sleep(0)

    async def _built(
        self,
        commits: Commits,
        store: Store,
        vault: Vault,
        call: Call,
        indexed: _CallEntries,
        as_of: Mapping[ChangeKind, int],
        now: datetime,
    ) -> AsyncIterator[list[Entry]]:
        """Read anew what is clear, open only whom nothing is known of; kept while there is room, however many come."""
        known = indexed.each() if as_of.get("details") == indexed.as_of.get("details") else iter(())
        fresh, following = bytearray(), _Following(known)
        async for rows in application_rows(store, call.call_id, SLICE):
            there = [row["state"] for row in rows if row["state"]["state"] != "erased"]
            before = {state["application_id"]: following.to(bytes.fromhex(state["application_id"])) for state in there}
            new = [state["person_id"] for state in there if before[state["application_id"]] is None]
            profiles = await _opened(commits, vault, new, now) if new else {}
            some = [
                one
                for state in there
                if (one := _entry(call, state, before[state["application_id"]], profiles.get(state["person_id"])))
            ]
            if len(fresh) <= self._most_bytes:
                fresh.extend(b"".join(_ENTRY.pack(*each) for each in some))
            yield some
        if len(fresh) <= self._most_bytes:
            indexed.entries, indexed.as_of = fresh, as_of

    def _bound(self, store: Store) -> None:
        while self._calls and self.entries * _ENTRY.size > self._most_bytes:
            self._calls.popitem(last=False)
        if self._tending is None or self._tending.done():
            self._tending = asyncio.create_task(self._tend(store), name="index")

    async def _tend(self, store: Store) -> None:
        while self._calls:
            await asyncio.sleep(TEND_SECONDS)
            with contextlib.suppress(Busy):
                await self.tend(store)

    async def tend(self, store: Store) -> None:
        """Drop what nobody asked for in a while, and every call of which somebody has left since."""
        for call_id, indexed in list(self._calls.items()):
            departed = moves(await counted(store, call_id)).get("departures") != indexed.as_of.get("departures")
            if departed or self._monotonic() - indexed.used_at > IDLE_SECONDS:
                self._calls.pop(call_id, None)


class _Following:
    """Entries in the order of their ids, looked up by ids that grow."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._entries = entries
        self._next = next(entries, None)

    def to(self, application_id: bytes) -> Entry | None:
        while self._next is not None and self._next.application_id < application_id:
            self._next = next(self._entries, None)
        return self._next if self._next is not None and self._next.application_id == application_id else None


async def _opened(commits: Commits, vault: Vault, people: list[str], now: datetime) -> dict[str, Profile | None]:
    await record_reading(commits, by_the_service(now), "listing", [Profile.field_set], people)
    return await vault.open_many(people, Profile.field_set, Profile)


def _entry(call: Call, state: Mapping[str, Any], before: Entry | None, profile: Profile | None) -> Entry | None:
    """An application as it is now; ``None`` for somebody whose profile is gone."""
    if before is not None:
        coded = before[4:]
    elif profile is not None:
        coded = (
            profile.country.encode(),
            SEXES.index(profile.sex),
            bits(GROUPS, profile.groups),
            bits(THEMES, profile.themes),
        )
    else:
        return None
    merit = merit_of_scores(call.criteria.rubric, [each["scores"] for each in state["reviews"]])
    return Entry(
        bytes.fromhex(state["application_id"]),
        bytes.fromhex(state["person_id"]),
        STATES.index(state["state"]),
        UNREVIEWED if merit is None else merit,
        *coded,
    )


def bits(codes: tuple[str, ...], chosen: Iterable[str]) -> int:
    """One bit for each code that is given."""
    return sum(1 << codes.index(each) for each in set(chosen))
