"""A proposal is applied only if everything that it was computed from still stands (rule 17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from relevo_contracts.intake import SeatOffered

Choosing = Any
UNTIL = {"refill_until": "2019-12-08T00:00:00Z"}
SCORES = {"scores": {"experience": 10, "motivation": 10, "multiplier_idea": 10}}


async def proposed(choosing: Choosing) -> Any:
    await choosing.review_all()
    await choosing.close()
    return await choosing.post(f"/calls/{choosing.call_id}/selections", {"least_reviews": 1})


async def a_late_application(choosing: Choosing) -> str:
    expires_at = (choosing.on.clock.at + timedelta(days=1)).isoformat()
    code = await choosing.post(f"/calls/{choosing.call_id}/late-codes", {"expires_at": expires_at})
    return str(await choosing.apply(90, late_code=code["late_code"]))


async def a_late_application_that_is_reviewed(choosing: Choosing) -> None:
    late = await a_late_application(choosing)
    await choosing.post(f"/calls/{choosing.call_id}/reviewers", {})
    for token in choosing.reviewers.values():
        assigned = (await choosing.ask("/me/assignments?limit=200", **token))["items"]
        if late in {each["application_id"] for each in assigned}:
            await choosing.post(f"/applications/{late}/reviews", SCORES, token)


async def another_score(choosing: Choosing) -> None:
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    await choosing.post(f"/applications/{mine}/reviews", SCORES, token)


async def a_review_removed_by_a_conflict(choosing: Choosing) -> None:
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    await choosing.post(f"/applications/{mine}/step-aside", None, token)


async def a_withdrawal(choosing: Choosing) -> None:
    mine = next(iter(choosing.receipts))
    await choosing.post(f"/applications/{mine}/withdraw", None, choosing.receipt(mine))


async def an_erasure(choosing: Choosing) -> None:
    mine = next(iter(choosing.receipts))
    await choosing.post(f"/applications/{mine}/erase", None, choosing.receipt(mine))


@pytest.mark.parametrize(
    ("change", "changes"),
    [
        (a_late_application_that_is_reviewed, {"applications": 1, "reviews": 2}),
        (another_score, {"reviews": 1}),
        (a_review_removed_by_a_conflict, {"reviews": 1}),
        (a_withdrawal, {"departures": 1}),
        (an_erasure, {"departures": 1}),
    ],
)
async def test_rule_17_whatever_changed_since_the_proposal_stops_it_and_one_step_proposes_anew(
    choosing: Choosing, change: Any, changes: dict[str, int]
) -> None:
    first = await proposed(choosing)
    own = f"/selections/{first['selection_id']}"
    assert (await choosing.ask(own))["changed_since"] == first["changed_since"] == {}
    await change(choosing)
    assert (await choosing.ask(own))["changed_since"] == changes
    refused = await choosing.on.post(f"{own}/apply", UNTIL, headers=choosing.coordinator)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "urn:relevo:problem:selection-is-outdated")
    assert {name: problem[name] for name in changes} == changes
    assert not choosing.events(SeatOffered)
    again = await choosing.post(f"{own}/propose-anew")
    assert again["rules"] == first["rules"]
    assert (await choosing.post(f"/selections/{again['selection_id']}/apply", UNTIL))["state"] == "applied"


async def test_rule_17_an_application_let_in_late_is_weighed_and_never_turned_down_unweighed(
    choosing: Choosing,
) -> None:
    first = await proposed(choosing)
    late = await a_late_application(choosing)
    refused = await choosing.on.post(f"/selections/{first['selection_id']}/apply", UNTIL, headers=choosing.coordinator)
    assert refused.json()["applications"] == 1
    standing = await choosing.ask(f"/applications/{late}/offer", **choosing.receipt(late))
    assert standing["standing"] == "undecided"
    unread = await choosing.on.post(f"/selections/{first['selection_id']}/propose-anew", headers=choosing.coordinator)
    assert unread.json()["type"] == "urn:relevo:problem:reviews-are-missing"


async def test_rule_17_who_stands_for_a_contact_is_part_of_what_a_proposal_was_computed_from(
    choosing: Choosing,
) -> None:
    strangers = await choosing.apply(7)
    hers = next(
        id for id in choosing.receipts if id != strangers and choosing.contact_of(id) == choosing.contact_of(strangers)
    )
    await choosing.review_all()
    await choosing.close()
    decision = f"/contacts/{choosing.contact_of(hers)}/decide"
    await choosing.post(decision, {"application_id": hers})
    first = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    await choosing.post(decision, {"application_id": strangers})
    refused = await choosing.on.post(f"/selections/{first['selection_id']}/apply", UNTIL, headers=choosing.coordinator)
    assert refused.json()["standing"] == 1


async def test_what_was_applied_is_not_outdated_by_what_follows(choosing: Choosing) -> None:
    await choosing.review_all()
    await choosing.close()
    selection = await choosing.selected()
    await a_withdrawal(choosing)
    assert (await choosing.ask(f"/selections/{selection['selection_id']}"))["changed_since"] == {}
