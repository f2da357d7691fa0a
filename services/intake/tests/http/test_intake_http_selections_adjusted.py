"""Selections listed, compared and adjusted by hand with a reason; why somebody was turned down (rules 3, 17 and 22)."""

from __future__ import annotations

from typing import Any

import pytest_asyncio

from relevo_testkit.records import decisions_of, readings_of
from relevo_testkit.stand import known_as

Choosing = Any
UNTIL = {"refill_until": "2019-12-08T00:00:00Z"}
WHY = "CANARYREASON: the only one of her valley."

COO = known_as("coo")


@pytest_asyncio.fixture
async def ready(choosing: Choosing) -> Choosing:
    """A call that can be selected."""
    await choosing.review_all()
    await choosing.close()
    return choosing


async def proposed(ready: Choosing, **form: Any) -> Any:
    return await ready.post(f"/calls/{ready.call_id}/selections", form)


async def adjusted(ready: Choosing, selection: Any, *asked: tuple[str, str]) -> Any:
    form = {"adjustments": [{"application_id": id, "to": to, "reason": WHY} for id, to in asked]}
    return await ready.on.post(f"/selections/{selection['selection_id']}/adjust", form, headers=ready.coordinator)


async def by_decision(ready: Choosing, selection: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"offered": [], "waitlisted": [], "turned_down": []}
    for each in await ready.outcomes(selection):
        found[each["decided"]].append(each["application_id"])
    return found


async def test_rule_17_what_is_decided_by_hand_holds_with_its_reason_and_the_others_are_chosen_around_it(
    ready: Choosing,
) -> None:
    first = await proposed(ready)
    before = await by_decision(ready, first)
    out, into = before["offered"][0], before["turned_down"][-1]
    answer = await adjusted(ready, first, (out, "outside"), (into, "inside"))
    assert answer.status_code == 201, answer.text
    second = answer.json()
    after = await by_decision(ready, second)
    assert into in after["offered"]
    assert out in after["turned_down"], "nobody whom a coordinator left out waits"
    assert (second["offered"], second["merit"] < first["merit"]) == (6, True)
    assert [(each["application_id"], each["side"], each["decided_by"]) for each in second["adjustments"]] == sorted(
        [(out, "outside", COO), (into, "inside", COO)]
    )
    again = await ready.ask(f"/selections/{second['selection_id']}/reproduction")
    assert (again["inputs_match"], again["outcomes_match"]) == (True, True)
    decisions = [(each["by"], each["code"]) for each in decisions_of(ready.on.store)][-3:]
    assert sorted(decisions) == [(COO, "adjusted_inside"), (COO, "adjusted_outside"), (COO, "selection_proposed")]
    assert WHY not in str(ready.on.store.collections), "reasons are sealed"


async def test_rule_17_an_adjustment_is_kept_when_it_is_proposed_anew_and_can_be_taken_back(ready: Choosing) -> None:
    first = await proposed(ready)
    turned_down = (await by_decision(ready, first))["turned_down"]
    into, mine = turned_down[-1], turned_down[0]
    second = (await adjusted(ready, first, (into, "inside"))).json()
    await ready.post(f"/applications/{mine}/withdraw", None, ready.receipt(mine))
    third = await ready.post(f"/selections/{second['selection_id']}/propose-anew")
    assert into in (await by_decision(ready, third))["offered"]
    assert third["adjustments"] == second["adjustments"]
    fourth = (await adjusted(ready, third, (into, "as_computed"))).json()
    assert into in (await by_decision(ready, fourth))["turned_down"]
    assert fourth["adjustments"] == []


async def test_an_adjustment_of_somebody_who_left_goes_with_them(ready: Choosing) -> None:
    first = await proposed(ready)
    into = (await by_decision(ready, first))["turned_down"][-1]
    second = (await adjusted(ready, first, (into, "inside"))).json()
    await ready.post(f"/applications/{into}/erase", None, ready.receipt(into))
    third = await ready.post(f"/selections/{second['selection_id']}/propose-anew")
    assert (third["adjustments"], third["considered"]) == ([], 23)
    assert (await ready.post(f"/selections/{third['selection_id']}/apply", UNTIL))["state"] == "applied"


async def test_nobody_is_adjusted_who_is_not_considered_nor_more_than_there_are_seats(ready: Choosing) -> None:
    first = await proposed(ready)
    unknown = await adjusted(ready, first, ("f" * 32, "inside"))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:relevo:problem:not-in-this-selection")
    everybody = [(id, "inside") for id in ready.receipts][:7]
    many = await adjusted(ready, first, *everybody)
    assert (many.status_code, many.json()["type"]) == (422, "urn:relevo:problem:more-by-hand-than-seats")
    twice = await adjusted(ready, first, everybody[0], everybody[0])
    assert twice.status_code == 422
    assert len((await ready.ask(f"/calls/{ready.call_id}/selections"))["items"]) == 1, "nothing of it was kept"


async def test_selections_are_listed_newest_first_and_compared(ready: Choosing) -> None:
    first = await proposed(ready)
    before = await by_decision(ready, first)
    ready.on.clock.at = ready.on.clock.at.replace(hour=9)
    second = (await adjusted(ready, first, (before["turned_down"][-1], "inside"))).json()
    listed = await ready.ask(f"/calls/{ready.call_id}/selections?limit=1")
    assert [each["selection_id"] for each in listed["items"]] == [second["selection_id"]]
    rest = await ready.ask(f"/calls/{ready.call_id}/selections?limit=1&after={listed['next']}")
    assert ([each["selection_id"] for each in rest["items"]], rest["next"]) == ([first["selection_id"]], None)
    beside = await ready.ask(f"/selections/{second['selection_id']}/comparison?other={first['selection_id']}")
    assert (beside["merit"], beside["merit_of_other"]) == (second["merit"], first["merit"])
    differ = {each["application_id"]: (each["decided"], each["in_other"]) for each in beside["differences"]}
    assert differ.pop(before["turned_down"][-1]) == ("offered", "turned_down")
    ((made_room, what),) = differ.items()
    assert made_room in before["offered"]
    assert (what[0] != "offered", what[1]) == (True, "offered")


async def test_rule_3_a_coordinator_reads_why_an_application_was_decided_as_it_was_on_record(ready: Choosing) -> None:
    first = await proposed(ready)
    down = (await by_decision(ready, first))["turned_down"][-1]
    early = len(readings_of(ready.on.store))
    seen = await ready.ask(f"/applications/{down}/outcome")
    assert (seen["selection_id"], seen["decided"], seen["standing"]) == (
        first["selection_id"],
        "turned_down",
        "stands",
    )
    assert seen["reason"] == "merit_below_last_seat"
    assert seen["merit"] < seen["merit_of_last_seat"]
    assert seen["words"]["en"].startswith("Your application’s score")
    (entry,) = readings_of(ready.on.store)[early:]
    assert (entry["by"], entry["purpose"], entry["field_sets"]) == (COO, "selection", ["selection"])
    second = (await adjusted(ready, first, (down, "outside"))).json()
    seen = await ready.ask(f"/applications/{down}/outcome?selection_id={second['selection_id']}")
    assert (seen["reason"], seen["by_hand"], seen["decided_by"], seen["why_by_hand"]) == (
        "decided_by_hand",
        True,
        COO,
        WHY,
    )
    earlier = await ready.ask(f"/applications/{down}/outcome?selection_id={first['selection_id']}")
    assert (earlier["reason"], earlier["by_hand"]) == ("merit_below_last_seat", False)


async def test_rule_1_a_coordinator_is_told_that_another_application_of_the_contact_stands(choosing: Choosing) -> None:
    strangers = await choosing.apply(7)
    hers = next(
        id for id in choosing.receipts if id != strangers and choosing.contact_of(id) == choosing.contact_of(strangers)
    )
    nothing = await choosing.on.http.get(f"/applications/{hers}/outcome", headers=choosing.coordinator)
    assert (nothing.status_code, nothing.json()["type"]) == (404, "urn:relevo:problem:nothing-selected")
    await choosing.review_all()
    await choosing.close()
    await choosing.post(f"/contacts/{choosing.contact_of(hers)}/decide", {"application_id": hers})
    await choosing.selected()
    seen = await choosing.ask(f"/applications/{strangers}/outcome")
    assert (seen["decided"], seen["standing"], seen["reason"]) == ("not_considered", "superseded", None)


async def test_rule_22_who_applied_a_selection_stands_on_record(ready: Choosing) -> None:
    await ready.selected()
    decisions = [(each["by"], each["code"]) for each in decisions_of(ready.on.store)]
    assert decisions[-2:] == [(COO, "selection_proposed"), (COO, "selection_applied")]
