"""Of linked applications one counts: the others go to no reviewers, and their senders are told what is so (rule 1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from relevo_intake.codes import confirmation_code

Choosing = Any
SCORES = {"scores": {"experience": 1, "motivation": 1, "multiplier_idea": 1}}


async def confirms(choosing: Choosing, application_id: str) -> Any:
    choosing.on.clock.at += timedelta(minutes=1)
    code = confirmation_code(choosing.on.shell.vault, application_id)
    return await choosing.on.post("/confirmations", {"code": code})


async def assigned(choosing: Choosing) -> dict[str, set[str]]:
    """What each reviewer has to read."""
    return {
        name: {each["application_id"] for each in (await choosing.ask("/me/assignments?limit=200", **token))["items"]}
        for name, token in choosing.reviewers.items()
    }


async def offer_of(choosing: Choosing, application_id: str) -> Any:
    return await choosing.ask(f"/applications/{application_id}/offer", **choosing.receipt(application_id))


async def statuses(choosing: Choosing) -> dict[str, str]:
    listed = await choosing.ask(f"/calls/{choosing.call_id}/applications?limit=200")
    return {each["application_id"]: each["standing"] for each in listed["items"]}


@pytest.fixture
async def three(call_with: Any) -> Any:
    """Two applications of one contact, the first of them confirmed, and one of another."""
    async with call_with() as there:
        there.first, there.second, there.other = await there.apply(2), await there.apply(2), await there.apply(3)
        assert (await confirms(there, there.first)).status_code == 200
        yield there


async def test_rule_1_what_another_application_stands_for_is_assigned_to_nobody(three: Choosing) -> None:
    await three.review_all()
    reading = set().union(*(await assigned(three)).values())
    assert reading == {three.first, three.other}


async def test_rule_1_an_application_that_is_superseded_while_it_is_read_leaves_the_lists(three: Choosing) -> None:
    await three.review_all()
    reader = next(name for name, reads in (await assigned(three)).items() if three.first in reads)
    await confirms(three, three.second)
    assert three.first not in (await assigned(three))[reader]
    token = three.reviewers[reader]
    for answer in (
        await three.on.http.get(f"/applications/{three.first}/for-review", headers=token),
        await three.on.post(f"/applications/{three.first}/reviews", SCORES, headers=token),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:not-assigned")
    await confirms(three, three.first)
    assert three.first in (await assigned(three))[reader], "the holder's last word counts"
    assert (await three.on.post(f"/applications/{three.first}/reviews", SCORES, headers=token)).status_code == 201


async def test_rule_1_a_coordinator_sees_which_of_them_counts(three: Choosing) -> None:
    assert await statuses(three) == {three.first: "reviewable", three.second: "superseded", three.other: "reviewable"}
    await three.close()
    assert await statuses(three) == {three.first: "stands", three.second: "superseded", three.other: "stands"}


async def test_rule_1_who_sent_a_superseded_application_is_told_no_score(three: Choosing) -> None:
    await three.close()
    await three.review_all()
    await three.selected(seats=2)
    seen = await offer_of(three, three.second)
    assert (seen["standing"], seen["reason"]["code"], seen["reason"]["merit"]) == ("turned_down", "not_confirmed", None)
    assert seen["reason"]["words"].keys() == {"es", "en", "pt", "fr"}
    assert "only one of that contact" in seen["reason"]["words"]["en"]


async def test_rule_1_whoever_holds_the_contact_is_told_that_another_one_counts(three: Choosing) -> None:
    await confirms(three, three.second)
    await three.close()
    await three.review_all()
    await three.selected(seats=2)
    seen = await offer_of(three, three.first)
    assert (seen["standing"], seen["reason"]["code"]) == ("superseded", "another_counts")
    assert (await offer_of(three, three.second))["standing"] == "offered"


async def test_rule_3_whoever_holds_the_contact_of_one_that_stood_is_told_the_criterion(call_with: Any) -> None:
    async with call_with() as there:
        for number in (2, 3, 4, 5):
            await there.apply(number)
        await there.close()
        await there.review_all()
        await there.selected(seats=1, waitlist=0)
        seen = {each: await offer_of(there, each) for each in there.receipts}
        out = next(each for each, one in seen.items() if one["standing"] == "turned_down")
        assert (await offer_of(there, out))["reason"]["code"] == "not_confirmed"
        assert (await confirms(there, out)).status_code == 200, "it stands anyway, so its holder may still say so"
        seen = await offer_of(there, out)
        assert seen["standing"] == "turned_down"
        assert seen["reason"]["code"] in {"merit_below_last_seat", "tie_broken_by_published_order"}


async def test_rule_17_a_confirmation_after_the_close_makes_no_proposal_outdated(call_with: Any) -> None:
    async with call_with() as there:
        mine = await there.apply(1)
        await there.close()
        await there.review_all()
        proposed = await there.post(f"/calls/{there.call_id}/selections", {"seats": 1})
        assert (await confirms(there, mine)).status_code == 200
        body = {"refill_until": "2019-12-08T00:00:00Z"}
        applied = await there.on.post(f"/selections/{proposed['selection_id']}/apply", body, headers=there.coordinator)
        assert applied.status_code == 200, applied.text


async def test_rule_24_who_gave_no_contact_is_told_the_criterion(call_with: Any) -> None:
    async with call_with() as there:
        form = {"name": "Ana", "language": "es", "country": "UY", "motivation": "El río.", "consent": True}
        receipt = await there.post(f"/calls/{there.call_id}/applications", form, {"X": "x"})
        there.receipts[receipt["application_id"]] = receipt["receipt_code"]
        for number in (2, 3, 4, 5):
            await there.apply(number)
        await there.close()
        await there.review_all()
        await there.selected(seats=1, waitlist=0)
        seen = await offer_of(there, receipt["application_id"])
        assert seen["reason"]["code"] != "not_confirmed"
