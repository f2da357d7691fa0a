"""From the panel to the waitlist: who decided what of a selection, a seat and a participant (rule 22)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from relevo_testkit.stand import known_as

Choosing = Any


async def test_rule_22_a_call_keeps_who_assigned_reviewed_selected_and_took_off_and_what_the_service_called_up(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    mine, offer = next(iter((await choosing.offered()).items()))
    accepted = await choosing.post(f"/offers/{offer}/accept", None, choosing.receipt(mine))
    await choosing.post(f"/participants/{accepted['participant_id']}/withdraw")
    await choosing.post(f"/calls/{choosing.call_id}/seats", {"seats": 8})
    staff = choosing.coordinator
    found, after = [], ""
    while True:
        page = await choosing.ask(f"/calls/{choosing.call_id}/decisions?limit=200{after}", **staff)
        found += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    by = {(each["code"], each["by"]) for each in found}
    whom = next(each["by"] for each in found if each["code"] == "call_opened")
    assert {
        ("call_opened", whom), ("panel_changed", whom), ("reviewers_assigned", whom), ("selection_proposed", whom),
        ("selection_applied", whom), ("participant_withdrawn", whom), ("seats_set", whom),
        ("called_up_from_waitlist", "intake"),
    } <= by  # fmt: skip
    assert {who for code, who in by if code == "review_given"} == {known_as(each) for each in choosing.reviewers}
    counted = Counter(each["code"] for each in found)
    assert counted["reviewers_assigned"] == len(choosing.receipts)
    assert all(each["version"] is not None for each in found)
    [selection] = (await choosing.ask(f"/calls/{choosing.call_id}/selections"))["items"]
    assert (selection["proposed_by"], selection["applied_by"]) == (whom, whom)
    theirs = (await choosing.ask(f"/applications/{mine}/decisions"))["items"]
    assert theirs[0]["code"] == "participant_withdrawn"
