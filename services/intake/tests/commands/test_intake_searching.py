"""A search over what is sealed: in pages with a total, from an index that is bounded and gone with the person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_intake.commands.index import IDLE_SECONDS, Index, Wanted
from relevo_intake.commands.searching import SearchApplications, search_applications
from relevo_testkit.records import readings_of
from relevo_testkit.stand import known_as

Choosing = Any


async def found(choosing: Choosing, limit: int = 200, after: str = "", **wanted: Any) -> Any:
    path = f"/calls/{choosing.call_id}/applications/search?limit={limit}" + (f"&after={after}" if after else "")
    answer = await choosing.on.http.post(path, json=wanted, headers=choosing.coordinator)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_search_is_shown_in_pages_with_the_total_of_all(choosing: Choosing) -> None:
    first = await found(choosing, limit=5, sexes=["female"])
    assert (len(first["items"]), first["total"]) == (5, 12)
    second = await found(choosing, limit=5, after=first["next"], sexes=["female"])
    third = await found(choosing, limit=5, after=second["next"], sexes=["female"])
    assert (len(third["items"]), third["next"]) == (2, None)
    ids = [each["application_id"] for page in (first, second, third) for each in page["items"]]
    assert ids == sorted(set(ids))
    assert {each["profile"]["sex"] for page in (first, second, third) for each in page["items"]} == {"female"}
    other = await choosing.on.http.post(
        f"/calls/{choosing.call_id}/applications/search?after={first['next']}",
        json={"sexes": ["male"]},
        headers=choosing.coordinator,
    )
    assert other.status_code == 400, "a cursor belongs to what was looked for"


async def test_a_search_filters_by_country_groups_themes_score_and_state(choosing: Choosing) -> None:
    assert (await found(choosing, countries=["HN", "CO"]))["total"] == 8
    assert (await found(choosing, groups=["indigenous", "lgbti"]))["total"] == 5
    assert (await found(choosing, themes=["environment"]))["total"] == 24
    assert (await found(choosing, themes=["migration"]))["total"] == 0
    assert (await found(choosing, least_merit=0))["total"] == 0, "nobody has been reviewed yet"
    await choosing.review_all()
    scored = await found(choosing, least_merit=5_000)
    assert 0 < scored["total"] < 24
    assert min(each["merit"] for each in scored["items"]) >= 5_000
    assert (await found(choosing, most_merit=4_999))["total"] == 24 - scored["total"]
    mine = next(iter(choosing.receipts))
    await choosing.post(f"/applications/{mine}/withdraw", None, choosing.receipt(mine))
    assert [each["application_id"] for each in (await found(choosing, states=["withdrawn"]))["items"]] == [mine]


async def test_whom_a_page_shows_is_on_record_and_what_the_index_needs_once_as_read_by_the_service(
    choosing: Choosing,
) -> None:
    before = len(readings_of(choosing.on.store))
    await found(choosing, limit=3)
    await found(choosing, limit=3)
    entries = readings_of(choosing.on.store)[before:]
    assert [(each["by"], len(each["person_ids"])) for each in entries] == [("intake", 24), *[(known_as("coo"), 3)] * 2]
    await choosing.apply(50)
    assert (await found(choosing, limit=3))["total"] == 25
    entries = readings_of(choosing.on.store)[before + 3 :]
    assert [(each["by"], len(each["person_ids"])) for each in entries] == [("intake", 1), (known_as("coo"), 3)]


async def test_rule_14_an_erased_person_is_found_no_more_and_leaves_the_memory_of_those_who_are_not_asked(
    choosing: Choosing,
) -> None:
    index = choosing.office.index
    mine = next(iter(choosing.receipts))
    assert mine in {each["application_id"] for each in (await found(choosing))["items"]}
    await choosing.post(f"/applications/{mine}/erase", None, choosing.receipt(mine))
    left = await found(choosing)
    assert left["total"] == len(left["items"]) == 23
    assert index.entries == 23
    other = next(each for each in choosing.receipts if each != mine)
    await choosing.post(f"/applications/{other}/erase", None, choosing.receipt(other))
    await index.tend(choosing.on.store)
    assert index.entries == 0


async def test_the_index_is_bounded_and_goes_when_nobody_asks_and_answers_are_the_same_without_it(
    choosing: Choosing,
) -> None:
    now = [0.0]
    query = SearchApplications(choosing.call_id, Wanted(), None, 5)
    for most, cached in ((24, 24), (23, 0)):
        index = Index(most_entries=most, monotonic=lambda: now[0])
        office = replace(choosing.office, index=index)
        for _ in range(2):
            page = await search_applications(office, query, Asked("coo", choosing.on.clock.at, new_id()))
            assert (page.total, len(page.hits), index.entries) == (24, 5, cached)
        now[0] += IDLE_SECONDS + 1
        await index.tend(choosing.on.store)
        assert index.entries == 0
