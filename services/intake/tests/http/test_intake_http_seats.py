"""A free seat is offered by a coordinator to anybody who stands, with its cost shown, on record (rules 3 to 5, 22)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from relevo_contracts.intake import ParticipantEnrolled, SeatOffered
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import known_as

Choosing = Any
WHY = "CANARYREASON: she pressed the wrong button."


async def with_a_free_seat(choosing: Choosing, **selection: Any) -> str:
    """Six seats and nobody waiting: somebody declined by mistake."""
    await choosing.review_all()
    await choosing.close()
    await choosing.selected(waitlist=0, **selection)
    mine, offer = next(iter((await choosing.offered()).items()))
    await choosing.post(f"/offers/{offer}/decline", None, choosing.receipt(mine))
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert (seating["free"], seating["waitlisted"]) == (1, 0)
    return str(mine)


async def cost(choosing: Choosing, application_id: str) -> Any:
    return await choosing.ask(f"/applications/{application_id}/seat-cost")


async def offered(choosing: Choosing, application_id: str, *despite: str) -> Any:
    form = {"reason": WHY, "despite": despite}
    return await choosing.on.post(f"/applications/{application_id}/offer-seat", form, headers=choosing.coordinator)


async def turned_down(choosing: Choosing) -> list[str]:
    selection = (await choosing.ask(f"/calls/{choosing.call_id}/selections"))["items"][0]
    return [each["application_id"] for each in await choosing.outcomes(selection) if each["decided"] == "turned_down"]


async def test_rule_4_who_declined_by_mistake_is_offered_the_seat_again_and_takes_it(choosing: Choosing) -> None:
    mine = await with_a_free_seat(choosing)
    price = (await cost(choosing, mine))["costs"]
    answer = await offered(choosing, mine, *price)
    assert answer.status_code == 201, answer.text
    offer = answer.json()["offer"]
    assert (offer["state"], offer["offered_from"]) == ("offered", "coordinator")
    standing = await choosing.ask(f"/applications/{mine}/offer", **choosing.receipt(mine))
    assert (standing["standing"], standing["reason"]["code"]) == ("offered", "decided_by_hand")
    await choosing.post(f"/offers/{offer['offer_id']}/accept", None, choosing.receipt(mine))
    assert len(choosing.events(ParticipantEnrolled)) == 1
    assert [each["offered_from"] for each in choosing.events(SeatOffered)] == ["selection"] * 6 + ["coordinator"]
    ids = [each["offer_id"] for each in choosing.events(SeatOffered)]
    assert len(set(ids)) == len(ids), "each offer has an id of its own"
    last = decisions_of(choosing.on.store)[-1]
    assert (last["by"], last["code"]) == (known_as("coo"), "seat_offered_by_hand")
    assert WHY not in str(choosing.on.store.collections), "the reason is sealed"


async def test_a_lapsed_offer_is_made_again_and_somebody_turned_down_is_offered_a_seat(choosing: Choosing) -> None:
    await with_a_free_seat(choosing)
    choosing.on.clock.at += timedelta(days=8)
    await choosing.sweep()
    await choosing.settle()
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert seating["free"] == 6
    lapsed = next(each["application_id"] for each in seating["offers"] if each["state"] == "expired")
    down = (await turned_down(choosing))[-1]
    for each in (lapsed, down):
        answer = await offered(choosing, each, *(await cost(choosing, each))["costs"])
        assert answer.status_code == 201, answer.text
    assert (await choosing.ask(f"/calls/{choosing.call_id}/seating"))["free"] == 4


async def test_rule_3_the_same_seat_is_never_offered_twice(choosing: Choosing) -> None:
    mine = await with_a_free_seat(choosing)
    others = (await turned_down(choosing))[:3]
    prices = {each: (await cost(choosing, each))["costs"] for each in (mine, *others)}
    answers = await asyncio.gather(*(offered(choosing, each, *prices[each]) for each in (mine, *others)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    seating = await choosing.ask(f"/calls/{choosing.call_id}/seating")
    assert (seating["offered"] + seating["accepted"], seating["free"]) == (6, 0)
    full = await offered(choosing, (await turned_down(choosing))[5])
    assert full.json()["type"] == "urn:relevo:problem:no-seat-is-free"


async def test_rule_3_nobody_gets_a_second_seat_nor_one_after_leaving_nor_one_who_does_not_stand(
    choosing: Choosing,
) -> None:
    await with_a_free_seat(choosing)
    holder, offer = next(iter((await choosing.offered()).items()))
    assert (await offered(choosing, holder)).json()["type"] == "urn:relevo:problem:holds-seat"
    accepted = await choosing.post(f"/offers/{offer}/accept", None, choosing.receipt(holder))
    await choosing.post(f"/participants/{accepted['participant_id']}/withdraw")
    assert (await offered(choosing, holder)).json()["type"] == "urn:relevo:problem:has-left"
    gone = (await turned_down(choosing))[0]
    await choosing.post(f"/applications/{gone}/withdraw", None, choosing.receipt(gone))
    assert (await offered(choosing, gone)).json()["type"] == "urn:relevo:problem:does-not-stand"
    unknown = await offered(choosing, "f" * 32)
    assert unknown.status_code == 404


async def test_rule_5_what_a_seat_costs_the_quotas_is_shown_and_must_be_named(call_with: Any) -> None:
    async with call_with(quotas=[{"attribute": "women", "percent": 100}], priority_countries=[]) as there:
        for number in range(24):
            await there.apply(number)
        await there.review_all()
        await there.close()
        await there.selected(waitlist=0)
        women = [each for each in await there.offered() if await counts(there, each, "women")]
        leaving = women[0]
        await there.post(f"/offers/{(await there.offered())[leaving]}/decline", None, there.receipt(leaving))
        (man, *_) = [each for each in await turned_down(there) if not await counts(there, each, "women")]
        view = await cost(there, man)
        assert {each["code"]: (each["asked"], each["helps"]) for each in view["lacking"]}["women"] == (6, False)
        assert "women" in view["costs"]
        refused = await offered(there, man)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:seat-has-costs")
        assert "women" in refused.json()["costs"]
        assert (await offered(there, man, *view["costs"])).status_code == 201


async def counts(there: Choosing, application_id: str, code: str) -> bool:
    return code in (await there.ask(f"/applications/{application_id}/outcome"))["counted_for"]


async def test_who_came_too_late_to_be_weighed_counts_for_the_quotas_from_then_on(choosing: Choosing) -> None:
    await with_a_free_seat(choosing)
    expires_at = (choosing.on.clock.at + timedelta(days=1)).isoformat()
    code = await choosing.post(f"/calls/{choosing.call_id}/late-codes", {"expires_at": expires_at})
    late = await choosing.apply(90, late_code=code["late_code"])
    answer = await offered(choosing, late, *(await cost(choosing, late))["costs"])
    assert answer.status_code == 201, answer.text
    seen = await choosing.ask(f"/applications/{late}/outcome")
    assert (seen["decided"], seen["by_hand"], seen["reason"]) == ("offered", True, "decided_by_hand")
    again = await choosing.ask(f"/selections/{seen['selection_id']}/reproduction")
    assert (again["inputs_match"], again["outcomes_match"]) == (True, True)


async def test_rule_4_no_seat_is_offered_by_hand_after_the_day_until_which_seats_are_of_use(choosing: Choosing) -> None:
    mine = await with_a_free_seat(choosing)
    choosing.on.clock.at = choosing.on.clock.at.replace(month=12, day=9)
    answer = await offered(choosing, mine, *(await cost(choosing, mine))["costs"])
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:relevo:problem:seats-are-over")
