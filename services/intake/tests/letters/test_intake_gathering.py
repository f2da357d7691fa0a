"""What can wait is gathered for an hour, once, whatever is killed; what runs out goes at once (rule 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

import pytest

from relevo_chassis.delivery.store import Store
from relevo_intake.letters import letter_row
from relevo_intake.letters.gathering import Gatherer
from relevo_intake.letters.pace import GATHERED_FOR, PACES, gathers_until, wanted
from relevo_intake.letters.queue import LETTERS, TO_ANOTHER
from relevo_intake.letters.truth import facts_now
from relevo_intake.words import LetterKind
from relevo_testkit.fakes import FakeStore

NOW = datetime(2020, 1, 12, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA, LUZ = "a" * 32, "b" * 32
WRITES = 5
"""How often it is written to gather the letters of one person with several, and of another with one."""


class Killed(Exception):
    """The process is gone."""


class DyingStore(FakeStore):
    """Dies at the write with that number from now on, before or after it took effect; counted down to nothing."""

    writes_left: int | None = None
    after = False

    async def insert(self, collection: str, document: Mapping[str, Any]) -> bool:
        self._die(not self.after)
        done = await super().insert(collection, document)
        self._die(self.after)
        return done

    async def update_rows(self, collection: str, where: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        self._die(not self.after)
        done = await super().update_rows(collection, where, values)
        self._die(self.after)
        return done

    def _die(self, here: bool) -> None:
        if here and self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise Killed


class Waiting:
    """Letters that wait, and who gathers them."""

    def __init__(self) -> None:
        self.store = DyingStore()
        self.now = NOW

    @property
    def gatherer(self) -> Gatherer:
        """As it is after a restart: it remembers nothing."""
        store = cast(Store, self.store)
        return Gatherer(store, lambda rows: facts_now(store, rows, self.now), now=lambda: self.now)

    async def queue(self, person_id: str, cause: int, kind: LetterKind = "support_answered", **facts: Any) -> str:
        row = letter_row(f"{cause:032}", person_id, kind, facts, self.now)
        await self.store.insert(row.collection, {"_id": row.id, **(row.document or {})})
        return row.id

    def states(self, *letter_ids: str) -> list[str]:
        return [str(self.store.collections[LETTERS][each]["state"]) for each in letter_ids]

    @property
    def news(self) -> list[dict[str, Any]]:
        return [row for row in self.store.collections[LETTERS].values() if row["kind"] == "news"]


async def test_rule_20_a_letter_alone_waits_for_an_hour_and_goes_out_as_it_is() -> None:
    office = Waiting()
    letter = await office.queue(ANA, 1)
    office.now += HOUR - timedelta(seconds=1)
    assert await office.gatherer.gather_due() == 0
    assert office.states(letter) == ["gathering"]
    office.now = NOW + HOUR
    await office.gatherer.gather_due()
    assert office.states(letter) == ["queued"]
    assert office.news == []


async def test_rule_20_of_several_matters_within_an_hour_one_letter_tells() -> None:
    office = Waiting()
    first = await office.queue(ANA, 1)
    office.now += timedelta(minutes=59)
    last = await office.queue(ANA, 2, "details_corrected")
    of_another = await office.queue(LUZ, 3)
    office.now = NOW + HOUR
    await office.gatherer.gather_due()
    assert office.states(first, last, of_another) == ["gathered", "gathered", "gathering"]
    [news] = office.news
    assert (news["state"], news["person_id"], sorted(news["of"])) == ("queued", ANA, sorted([first, last]))
    later = await office.queue(ANA, 4)
    office.now += HOUR
    await office.gatherer.gather_due()
    assert office.states(later, of_another) == ["queued", "queued"], "what comes after begins an hour of its own"
    assert len(office.news) == 1


async def test_rule_20_news_tells_of_what_is_still_true_when_it_goes_out() -> None:
    office = Waiting()
    participant = {"participant_id": "e" * 32}
    for cause in (1, 2):
        await office.queue(ANA, cause)
    paused = await office.queue(ANA, 3, "commitment_paused", **participant)
    office.now += HOUR
    await office.gatherer.gather_due()
    assert office.states(paused) == ["queued"], "not true any more, which the sender sees to"
    [news] = office.news
    assert (await facts_now(cast(Store, office.store), [news], office.now))[news["_id"]] == {
        "kinds": ["support_answered"] * 2
    }


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", range(8))
async def test_rule_20_whoever_is_killed_while_gathering_loses_nothing_and_tells_nothing_twice(
    write: int, after: bool
) -> None:
    office = Waiting()
    letters = [await office.queue(person, cause) for cause, person in enumerate([ANA, ANA, ANA, LUZ])]
    office.now += HOUR
    office.store.writes_left, office.store.after = write, after
    died = False
    try:
        await office.gatherer.gather_due()
    except Killed:
        died = True
    office.store.writes_left = None
    letters.append(await office.queue(ANA, 9))
    for _ in range(3):
        office.now += HOUR
        await office.gatherer.gather_due()
    in_news = [id for each in office.news for id in each["of"]]
    alone = [id for id in letters if office.states(id) == ["queued"]]
    assert sorted([*in_news, *alone]) == sorted(letters), "each once, by itself or among news"
    assert {*office.states(*in_news)} == {"gathered"}
    assert died is (write < WRITES)


async def test_two_who_gather_at_once_tell_of_each_matter_once() -> None:
    office = Waiting()
    first = [await office.queue(ANA, cause) for cause in (1, 2)]
    office.now += HOUR
    seen: list[Sequence[Mapping[str, Any]]] = []

    async def slowly(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any] | None]:
        if not seen:
            seen.append(rows)
            await office.gatherer.gather_due()
        return await facts_now(cast(Store, office.store), rows, office.now)

    await Gatherer(cast(Store, office.store), slowly, now=lambda: office.now).gather_due()
    assert sorted(id for each in office.news for id in each["of"]) == sorted(first)
    assert office.states(*first) == ["gathered", "gathered"]


def test_rule_20_of_every_kind_it_is_said_how_soon_it_goes_and_to_whom() -> None:
    assert PACES.keys() == set(get_args(LetterKind))
    assert all(PACES[kind].at_once for kind in TO_ANOTHER), "what goes to another address cannot be gathered"
    assert all(pace.at_once for pace in PACES.values() if pace.to == "none"), "what is always told is waited for"
    assert {kind for kind in PACES if wanted(kind, "none")} == {
        "receipt", "recovery", "recovery_asked", "danger", "contact_proposed", "contact_changed",
    }  # fmt: skip
    assert all(wanted(kind, "all") for kind in PACES)
    assert {kind for kind in PACES if wanted(kind, "none")} < {kind for kind in PACES if wanted(kind, "few")}


@pytest.mark.parametrize(
    ("kind", "facts", "waits"),
    [
        ("offer", {"expires_at": "2020-03-01T00:00:00+00:00"}, False),
        ("reminder", {"due_on": "2020-02-11", "days_left": 30}, False),
        ("commitment_resumed", {"due_on": "2020-02-11"}, True),
        ("commitment_resumed", {"due_on": "2020-01-14"}, True),
        ("commitment_resumed", {"due_on": "2020-01-13"}, False),
        ("commitment_resumed", {"due_on": "2020-01-12"}, False),
        ("own_sessions_changed", {"next_on": "2020-01-14"}, True),
        ("own_sessions_changed", {"next_on": "2020-01-13"}, False),
        ("waitlisted", {}, True),
    ],
)
def test_rule_20_what_runs_out_or_is_due_by_tomorrow_goes_at_once(
    kind: LetterKind, facts: dict[str, Any], waits: bool
) -> None:
    assert gathers_until(kind, facts, NOW) == (NOW + GATHERED_FOR if waits else None)
