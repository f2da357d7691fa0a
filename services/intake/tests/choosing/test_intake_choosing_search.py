"""A search over what is sealed: in pages with a total, from an index that is bounded and gone with the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from relevo_chassis.testing.edge import known_as
from relevo_chassis.testing.records import readings_of
from relevo_intake.commands.index import IDLE_SECONDS, Index, Wanted
from relevo_intake.commands.searching import search_applications
from relevo_intake.http.calls import existing_call

Choosing = Any


@pytest_asyncio.fixture
async def searched(choosing: Choosing) -> AsyncIterator[Choosing]:
    choosing.on.app.state.index = Index()
    yield choosing


async def found(choosing: Choosing, limit: int = 200, after: str = "", **wanted: Any) -> Any:
    path = f"/calls/{choosing.call_id}/applications/search?limit={limit}" + (f"&after={after}" if after else "")
    answer = await choosing.on.http.post(path, json=wanted, headers=choosing.coordinator)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_search_is_shown_in_pages_with_the_total_of_all(searched: Choosing) -> None:
    first = await found(searched, limit=5, sexes=["female"])
    assert (len(first["items"]), first["total"]) == (5, 12)
    second = await found(searched, limit=5, after=first["next"], sexes=["female"])
    third = await found(searched, limit=5, after=second["next"], sexes=["female"])
    assert (len(third["items"]), third["next"]) == (2, None)
    ids = [each["application_id"] for page in (first, second, third) for each in page["items"]]
    assert ids == sorted(set(ids))
    assert {each["profile"]["sex"] for page in (first, second, third) for each in page["items"]} == {"female"}
    other = await searched.on.http.post(
        f"/calls/{searched.call_id}/applications/search?after={first['next']}",
        json={"sexes": ["male"]},
        headers=searched.coordinator,
    )
    assert other.status_code == 400, "a cursor belongs to what was looked for"


async def test_a_search_filters_by_country_groups_themes_score_and_state(searched: Choosing) -> None:
    assert (await found(searched, countries=["HN", "CO"]))["total"] == 8
    assert (await found(searched, groups=["indigenous", "lgbti"]))["total"] == 5
    assert (await found(searched, themes=["environment"]))["total"] == 24
    assert (await found(searched, themes=["migration"]))["total"] == 0
    assert (await found(searched, least_merit=0))["total"] == 0, "nobody has been reviewed yet"
    await searched.review_all()
    scored = await found(searched, least_merit=5_000)
    assert 0 < scored["total"] < 24
    assert min(each["merit"] for each in scored["items"]) >= 5_000
    assert (await found(searched, most_merit=4_999))["total"] == 24 - scored["total"]
    mine = next(iter(searched.receipts))
    await searched.tell(f"/applications/{mine}/withdrawal", None, searched.receipt(mine))
    assert [each["application_id"] for each in (await found(searched, states=["withdrawn"]))["items"]] == [mine]


async def test_whom_a_page_shows_is_on_record_and_what_the_index_needs_once_as_read_by_the_service(
    searched: Choosing,
) -> None:
    before = len(readings_of(searched.on.store))
    await found(searched, limit=3)
    await found(searched, limit=3)
    entries = readings_of(searched.on.store)[before:]
    assert [(each["by"], len(each["person_ids"])) for each in entries] == [("intake", 24), *[(known_as("coo"), 3)] * 2]
    await searched.apply(50)
    assert (await found(searched, limit=3))["total"] == 25
    entries = readings_of(searched.on.store)[before + 3 :]
    assert [(each["by"], len(each["person_ids"])) for each in entries] == [("intake", 1), (known_as("coo"), 3)]


async def test_an_erased_person_is_found_no_more_and_leaves_the_memory_of_those_who_are_not_asked(
    searched: Choosing,
) -> None:
    index = searched.on.app.state.index
    mine = next(iter(searched.receipts))
    assert mine in {each["application_id"] for each in (await found(searched))["items"]}
    await searched.tell(f"/applications/{mine}/erasure", None, searched.receipt(mine))
    left = await found(searched)
    assert left["total"] == len(left["items"]) == 23
    assert index.entries == 23
    other = next(each for each in searched.receipts if each != mine)
    await searched.tell(f"/applications/{other}/erasure", None, searched.receipt(other))
    await index.tend(searched.on.store)
    assert index.entries == 0


async def test_the_index_is_bounded_and_goes_when_nobody_asks_and_answers_are_the_same_without_it(
    searched: Choosing,
) -> None:
    now = [0.0]
    shell = searched.on.shell
    call = await existing_call(shell, searched.call_id)
    for most, held in ((24, 24), (23, 0)):
        index = Index(most_entries=most, monotonic=lambda: now[0])
        for _ in range(2):
            page = await search_applications(
                index,
                shell.committer,
                shell.store,
                shell.vault,
                call,
                Wanted(),
                after=None,
                limit=5,
                reader="coo",
                now=searched.on.clock.at,
            )
            assert (page.total, len(page.hits), index.entries) == (24, 5, held)
        now[0] += IDLE_SECONDS + 1
        await index.tend(searched.on.store)
        assert index.entries == 0
