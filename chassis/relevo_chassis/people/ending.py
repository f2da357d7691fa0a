"""What ends before a person does: their key for one retention class is destroyed, and stays so after a restore.

Told by an event of the service, which the stream ``ERASURES`` keeps beside erasures: every start does again what the
store does not know, in whatever order class and person ended, and looks whether keys that were restored are older.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Asked, Change, Commits, Decided, Decision, Found, Kind, New, Ref, Repeat, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.kept import EndedData
from relevo_chassis.people.erasures import Erased, Erasing
from relevo_chassis.people.vault import KEYS, SEALED, PersonErased, all_of, ended, key_id, parts_of
from relevo_contracts import Envelope, Event

AT_A_TIME = 1_000

End = Callable[[EndedData | None, str, str, datetime], tuple[EndedData, Sequence[Event]]]
"""The domain's decision: what was known, whose class ends, which, and when."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a retention class of a person ends in a service.

    ``event`` tells of it, and its aggregate is what is known of that; ``retentions`` are the service's. ``present``
    finds the aggregates that say whether the person is there, and ``require`` raises ``PersonErased`` for one that says
    that they were erased.
    """

    event: type[Event]
    retentions: Sequence[str]
    end: End
    present: Callable[[Store, str], Awaitable[Sequence[Ref[Any]]]]
    require: Callable[[Any], None]

    @property
    def kind(self) -> Kind[EndedData]:
        return Kind(self.event.aggregate, EndedData)

    async def destroy(
        self, store: Store, commits: Commits, person_id: str, retention: str, asked: Asked
    ) -> EndedData | Repeat:
        """Destroy a person's key for one class, with what was sealed under it; the person goes on.

        In one transaction: key, sealed rows, the event, and the entry on record. From then on the class reads as never
        given, and nothing can be sealed in it. Again is no-op. Raises ``PersonErased``, and ``ValueError`` for a class
        that the service has not.
        """
        if retention not in self.retentions:
            raise ValueError(f"{retention} is not a retention class of this service")
        ref, there = self.kind(person_id), await self.present(store, person_id)
        field_sets = [row["_id"].partition("/")[2] for row in await store.rows(SEALED, _in_class(person_id, retention))]
        parts = [Row(KEYS, row["_id"], None) for row in await store.rows(KEYS, parts_of(person_id, retention))]

        def decide(found: Found) -> Decision[EndedData]:
            for each in there:
                self.require(found[each])
            after, events = self.end(found[ref], person_id, retention, asked.now)
            rows = [*ended(person_id, retention, field_sets, after.ended[retention]), *parts]
            if not events:
                return Decision(rows=rows, answer=after)
            on_record = [Decided("data_destroyed", ref, because=retention)]
            return Decision([New(ref, after)], events, rows, after, on_record)

        outcome = await commits.commit(asked.change([ref, *there], decide))
        await store.remove_rows(SEALED, _in_class(person_id, retention))
        await store.remove_rows(KEYS, parts_of(person_id, retention))
        return outcome

    async def destroy_again(self, at: Erasing, envelopes: Sequence[Envelope]) -> None:
        """Of all that was told of ends and erasures, what this service ended and its store does not know."""
        own = [each for each in envelopes if type(each.event) is self.event]
        known = await at.store.states(self.kind, {each.event.aggregate_id for each in own})
        for envelope in own:
            person_id, retention = envelope.event.aggregate_id, str(getattr(envelope.event, "retention_class", ""))
            before = known.get(person_id)
            if retention in self.retentions and (before is None or retention not in before.ended):
                asked = Asked(envelope.event.service, envelope.time, envelope.cause_id)
                with suppress(PersonErased):
                    await self.destroy(at.store, at.committer, person_id, retention, asked)

    async def keep_ended(self, store: Store, commits: Commits, remembers: Erased | None, now: datetime) -> int:
        """End again what the store knows to have ended, should older keys or texts have been restored beside it.

        Returns for how many people and classes a key had come back.
        """
        after, back = None, 0
        while found := await store.select(self.kind, {}, after=after, limit=AT_A_TIME):
            after = found[-1].person_id
            erased = await remembers.among(store, [each.person_id for each in found]) if remembers else set()
            back += await _kept_ended(store, commits, [each for each in found if each.person_id not in erased], now)
        return back


async def _kept_ended(store: Store, commits: Commits, known: Iterable[EndedData], now: datetime) -> int:
    ends = {(each.person_id, retention): at for each in known for retention, at in each.ended.items()}
    by_id = {key_id(*each): each for each in ends}
    rows = await store.rows(KEYS, {"_id": {"$in": sorted(by_id)}})
    over = {row["_id"] for row in rows if not row.get("wrapped")}
    back = [by_id[id] for id in sorted(by_id.keys() - over)]
    if back:
        gone = [Row(KEYS, key_id(*each), {"ended_at": ends[each]}) for each in back]
        await commits.commit(Change((), lambda _: Decision(rows=gone), now, new_id()))
        await store.remove_rows(SEALED, {"$or": [_in_class(*each) for each in back]})
        await store.remove_rows(KEYS, {"$or": [parts_of(*each) for each in back]})
    return len(back)


def _in_class(person_id: str, retention: str) -> Mapping[str, Any]:
    return {**all_of(person_id), "retention": retention}
