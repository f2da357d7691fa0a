"""The same meeting reported twice is shown at the decision, and told apart by staff (rule 8)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

SECOND = {"held_on": "2020-01-18", "minutes": 260, "people": 14, "format": "online"}


async def test_rule_8_a_report_like_another_is_shown_and_verified_only_when_told_apart(house: Any) -> None:
    first = await house.reported()
    second = await house.reported(format="online")
    sessions = (await house.get(house.commitment, house.coordinator))["sessions"]
    assert [each["report"]["same_as"] for each in sessions] == [[second], [first]]
    verify = f"{house.commitment}/sessions/{first}/verify"
    refused = await house.post(verify, house.coordinator, {"revision": 1}, 409)
    assert (refused["type"], refused["reports"]) == ("urn:relevo:problem:same-as-another-report", 1)
    await house.post(verify, house.coordinator, {"revision": 1, "same_as": ["0" * 32]}, 409)
    after = await house.post(verify, house.coordinator, {"revision": 1, "same_as": [second]})
    assert after["state"] == "fulfilled"


async def test_rule_8_a_report_like_one_that_was_verified_or_rejected_is_shown_too(house: Any) -> None:
    first = await house.reported(minutes=100)
    await house.post(f"{house.commitment}/sessions/{first}/verify", house.coordinator, {"revision": 1})
    second = await house.reported(minutes=100)
    verify = f"{house.commitment}/sessions/{second}/verify"
    await house.post(verify, house.coordinator, {"revision": 1}, 409)
    reject = {"revision": 1, "because": "not_credible"}
    await house.post(f"{house.commitment}/sessions/{second}/reject", house.coordinator, reject)
    third = await house.reported(minutes=100)
    refused = await house.post(f"{house.commitment}/sessions/{third}/verify", house.coordinator, {"revision": 1}, 409)
    assert refused["reports"] == 2


@pytest.mark.parametrize("other", [{"held_on": "2020-01-17"}, {"minutes": 261}, {"people": 15}])
async def test_rule_8_a_report_that_says_something_else_is_another(house: Any, other: dict[str, Any]) -> None:
    first = await house.reported()
    await house.reported(**other)
    verify = f"{house.commitment}/sessions/{first}/verify"
    assert (await house.post(verify, house.coordinator, {"revision": 1}))["state"] == "fulfilled"


async def test_rule_8_a_correction_that_makes_two_reports_the_same_is_told_apart_before_it_is_verified(
    house: Any,
) -> None:
    await house.reported()
    second = await house.reported(people=13)
    at = f"{house.commitment}/sessions/{second}"
    await house.post(f"{at}/return", house.coordinator, {"revision": 1, "because": "people_unclear"})
    await house.post(f"/me/commitment/sessions/{second}/correct", house.ana, {"people": 14})
    await house.post(f"{at}/verify", house.coordinator, {"revision": 2}, 409)


async def test_of_another_participants_report_nothing_is_shown(house: Any) -> None:
    await house.reported()
    own = await house.post("/me/commitment/reports", house.bea, SECOND, 201)
    assert own["sessions"][0]["report"]["same_as"] == []


async def test_rule_8_a_report_sent_again_under_another_key_is_refused_in_words_until_it_is_said_to_be_another(
    house: Any,
) -> None:
    first = await house.reported()
    path = "/me/commitment/reports"
    refused = await house.stand.post(path, house.report, headers={**house.ana, "Accept-Language": "pt"})
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "urn:relevo:problem:reported-already")
    assert problem["session_id"] == first
    assert problem["title"].startswith("Já consta um relatório")
    assert len((await house.get("/me/commitment", house.ana))["sessions"]) == 1
    assert len((await house.post(path, house.ana, {**house.report, "another_session": True}, 201))["sessions"]) == 2


async def test_rule_8_a_session_that_was_planned_is_not_reported_a_second_time_as_one_that_was_not(house: Any) -> None:
    plan = {"planned_on": "2020-01-18", "format": "in_person"}
    planned = await house.post("/me/commitment/sessions", house.ana, plan, 201)
    await house.reported()
    path = f"/me/commitment/sessions/{planned['sessions'][0]['session_id']}/report"
    refused = await house.post(path, house.ana, house.report, 409)
    assert refused["type"] == "urn:relevo:problem:reported-already"


async def test_that_it_is_another_is_a_yes_or_a_no(house: Any) -> None:
    await house.post("/me/commitment/reports", house.ana, {**house.report, "another_session": "yes"}, 422)


async def test_rule_8_of_the_same_report_twice_at_once_under_two_keys_one_is_taken(house: Any) -> None:
    house.stand.clock.at = datetime(2020, 1, 19, 15, tzinfo=UTC)
    path = "/me/commitment/reports"
    answers = await asyncio.gather(*(house.stand.post(path, house.report, headers=house.ana) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409]
