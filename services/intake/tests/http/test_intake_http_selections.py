"""A selection proposed, applied, reproduced, explained (rules 1 and 3)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from relevo_contracts.intake import SeatOffered
from relevo_intake.store.choosing import SEATING
from relevo_testkit.records import readings_of

Choosing = Any


async def test_rule_3_a_selection_waits_for_the_close_and_for_reviews(choosing: Choosing) -> None:
    path = f"/calls/{choosing.call_id}/selections"
    early = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert early.json()["type"] == "urn:relevo:problem:call-is-still-open"
    await choosing.close()
    bare = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert bare.json()["type"] == "urn:relevo:problem:reviews-are-missing"
    assert bare.json()["applications"] == 24


async def test_rule_3_a_proposal_offers_nothing_until_it_is_applied_and_applies_once(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    assert not choosing.events(SeatOffered)
    assert (proposed["offered"], proposed["waitlisted"], proposed["turned_down"]) == (6, 6, 12)
    applied = await choosing.post(
        f"/selections/{proposed['selection_id']}/apply", {"refill_until": "2019-12-08T00:00:00Z"}
    )
    assert (applied["state"], applied["travel_grants"]) == ("applied", 2)
    assert len(choosing.events(SeatOffered)) == 6
    until = {"refill_until": "2019-12-08T00:00:00Z"}
    apply = f"/selections/{proposed['selection_id']}/apply"
    for path, form in ((apply, until), (f"/calls/{choosing.call_id}/selections", {})):
        again = await choosing.on.post(path, form, headers=choosing.coordinator)
        assert again.json()["type"] == "urn:relevo:problem:selection-was-applied"
    letters = Counter(row["kind"] for row in choosing.on.store.collections["letters"].values())
    assert (letters["offer"], letters["waitlisted"], letters["turned_down"]) == (6, 6, 12)


async def test_rule_3_quotas_that_cannot_be_met_come_back_with_a_relaxation_that_helps(call_with: Any) -> None:
    async with call_with(quotas=[{"attribute": "indigenous", "percent": 100}]) as there:
        for number in range(12):
            await there.apply(number)
        await there.review_all()
        await there.close()
        proposed = await there.post(f"/calls/{there.call_id}/selections", {})
        assert proposed["state"] == "infeasible"
        refused = await there.on.post(
            f"/selections/{proposed['selection_id']}/apply",
            {"refill_until": "2019-12-08T00:00:00Z"},
            headers=there.coordinator,
        )
        assert refused.json()["type"] == "urn:relevo:problem:selection-is-infeasible"
        relaxed = {each["code"]: each["reachable"] for each in proposed["concessions"]}
        assert relaxed == {"indigenous": 3}
        assert proposed["concessions"][0]["words"]["en"].startswith("Indigenous people: seats asked for 6, within")
        assert (await there.selected(relaxed=relaxed))["offered"] == 6


async def test_rule_3_a_selection_is_reproduced_from_what_was_stored_until_somebody_is_erased(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    selection = await choosing.selected()
    path = f"/selections/{selection['selection_id']}/reproduction"
    again = await choosing.ask(path)
    assert (again["complete"], again["inputs_match"], again["outcomes_match"]) == (True, True, True)
    assert (again["reproduced_objective"], again["record_signed"]) == (selection["merit"], True)
    gone = (await choosing.outcomes(selection))[-1]["application_id"]
    await choosing.post(f"/applications/{gone}/erase", None, choosing.receipt(gone))
    again = await choosing.ask(path)
    assert (again["complete"], again["erased"], again["inputs_match"]) == (False, [gone], None)
    assert again["record_signed"]
    assert again["record"]["inputs_sha256"] == selection["inputs_sha256"]


async def test_rule_3_a_record_that_was_edited_is_no_longer_signed(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    selection = await choosing.selected()
    choosing.on.store.collections["selection"][selection["selection_id"]]["state"]["merit"] += 1
    again = await choosing.ask(f"/selections/{selection['selection_id']}/reproduction")
    assert not again["record_signed"]


async def test_rule_3_everybody_is_told_where_they_stand_and_why_and_nothing_about_others(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    mine = next(iter(choosing.receipts))
    early = await choosing.ask(f"/applications/{mine}/offer", **choosing.receipt(mine))
    assert early["standing"] == "undecided"
    await choosing.selected()
    seen = [await choosing.ask(f"/applications/{each}/offer", **choosing.receipt(each)) for each in choosing.receipts]
    assert Counter(each["standing"] for each in seen) == {"offered": 6, "waitlisted": 6, "turned_down": 12}
    assert all(each["reason"]["words"].keys() == {"es", "en", "pt", "fr"} for each in seen)
    assert sum(each["offer"]["travel_grant"] for each in seen if each["offer"]) == 2
    assert {each["reason"]["code"] for each in seen if each["standing"] == "offered"} == {"chosen"}


async def test_rule_1_a_stranger_who_applied_in_a_defenders_name_is_answered_like_anybody_turned_down(
    choosing: Choosing,
) -> None:
    strangers = await choosing.apply(7)
    hers = next(
        id for id in choosing.receipts if id != strangers and choosing.contact_of(id) == choosing.contact_of(strangers)
    )
    await choosing.review_all()
    await choosing.close()
    contact_id = choosing.contact_of(hers)
    await choosing.post(f"/contacts/{contact_id}/decide", {"application_id": hers})
    selection = await choosing.selected()
    outcomes = await choosing.outcomes(selection)
    assert strangers not in {each["application_id"] for each in outcomes}
    turned_down = [each["application_id"] for each in outcomes if each["decided"] == "turned_down"]
    seen = await choosing.ask(f"/applications/{strangers}/offer", **choosing.receipt(strangers))
    other = await choosing.ask(f"/applications/{turned_down[-1]}/offer", **choosing.receipt(turned_down[-1]))
    assert seen["standing"] == other["standing"] == "turned_down"
    assert seen.keys() == other.keys()
    assert seen["reason"].keys() == other["reason"].keys()
    assert (seen["reason"]["merit"], other["reason"]["merit"]) == (None, None)
    assert seen["reason"] == other["reason"], "true of both, and betraying neither"
    assert seen["reason"]["code"] == "not_confirmed"


async def test_rule_3_a_selection_that_names_somebody_who_left_meanwhile_is_not_applied(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    first = next(each["application_id"] for each in await choosing.outcomes(proposed))
    await choosing.post(f"/applications/{first}/withdraw", None, choosing.receipt(first))
    refused = await choosing.on.post(
        f"/selections/{proposed['selection_id']}/apply",
        {"refill_until": "2019-12-08T00:00:00Z"},
        headers=choosing.coordinator,
    )
    assert refused.json()["type"] == "urn:relevo:problem:selection-is-outdated"
    assert (await choosing.selected())["considered"] == 23


async def test_a_selection_asks_the_store_a_constant_number_of_times(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    store = choosing.on.store
    before = (store.reads, store.transactions)
    await choosing.selected()
    assert store.reads - before[0] <= 45
    assert store.transactions - before[1] <= 9
    assert SEATING.name in store.collections


async def test_a_selection_is_not_applied_without_the_day_after_which_no_seat_is_of_use(choosing: Choosing) -> None:
    """Rules 4 and 14: otherwise an erasure after the week would take a participant back and offer their seat on."""
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    path = f"/selections/{proposed['selection_id']}/apply"
    refused = await choosing.on.post(path, {}, headers=choosing.coordinator)
    assert (refused.status_code, choosing.events(SeatOffered)) == (422, [])


async def test_what_the_service_opens_to_apply_a_selection_is_on_record(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    before = len(readings_of(choosing.on.store))
    path = f"/selections/{proposed['selection_id']}/apply"
    await choosing.post(path, {"refill_until": "2019-12-08T00:00:00Z"})
    [read] = readings_of(choosing.on.store)[before:]
    assert (read["by"], read["purpose"], len(read["person_ids"])) == ("intake", "selection", 6)
