"""The panel is read with everybody's progress, and shrunk (rules 2 and 22)."""

from __future__ import annotations

from typing import Any

from relevo_testkit.records import decisions_of
from relevo_testkit.stand import known_as

Choosing = Any
SCORES = {"scores": {"experience": 5, "motivation": 5, "multiplier_idea": 5}}


async def panel(choosing: Choosing) -> dict[str, Any]:
    found = (await choosing.ask(f"/calls/{choosing.call_id}/reviewers?limit=200"))["items"]
    return {each["reviewer_id"]: each for each in found}


async def seated(choosing: Choosing, count: int = 4) -> None:
    """Everything is shared out and nothing reviewed yet."""
    names = [f"rev{at}" for at in range(count)]
    choosing.reviewers = {name: choosing.on.tokens.bearer(name, "reviewer") for name in names}
    form = {"reviewers": [{"reviewer_id": name, "country": "UY"} for name in names]}
    await choosing.post(f"/calls/{choosing.call_id}/reviewers", form)


async def theirs(choosing: Choosing, name: str) -> list[str]:
    found = await choosing.ask("/me/assignments?limit=200", **choosing.reviewers[name])
    return [each["application_id"] for each in found["items"]]


async def removed(choosing: Choosing, name: str, **form: Any) -> Any:
    path = f"/calls/{choosing.call_id}/reviewers/remove"
    return await choosing.on.post(path, {"reviewer_id": name, **form}, headers=choosing.coordinator)


async def test_a_coordinator_sees_how_far_each_reviewer_has_come(choosing: Choosing) -> None:
    await seated(choosing)
    first, second, third = (await theirs(choosing, "rev0"))[:3]
    for each in (first, second):
        await choosing.post(f"/applications/{each}/reviews", SCORES, choosing.reviewers["rev0"])
    await choosing.post(f"/applications/{third}/step-aside", None, choosing.reviewers["rev0"])
    found = await panel(choosing)
    one = found[known_as("rev0")]
    assert (one["assigned"], one["reviewed"], one["left"], one["conflicts"]) == (11, 2, 9, 1)
    assert one["last_reviewed_at"] is not None
    assert all(
        (found[name]["reviewed"], found[name]["left"]) == (0, found[name]["assigned"]) for name in list(found)[1:]
    )
    page = await choosing.ask(f"/calls/{choosing.call_id}/reviewers?limit=3")
    assert [each["reviewer_id"] for each in page["items"]] == [known_as(f"rev{number}") for number in range(3)]
    rest = await choosing.ask(f"/calls/{choosing.call_id}/reviewers?limit=3&after={page['next']}")
    assert ([each["reviewer_id"] for each in rest["items"]], rest["next"]) == ([known_as("rev3")], None)


async def test_rule_2_a_reviewer_who_leaves_the_panel_sees_nothing_of_it_and_the_others_take_over(
    choosing: Choosing,
) -> None:
    await seated(choosing)
    mine = await theirs(choosing, "rev0")
    await choosing.post(f"/applications/{mine[0]}/reviews", SCORES, choosing.reviewers["rev0"])
    answer = (await removed(choosing, "rev0")).json()
    assert (answer["freed"], answer["reviews_discarded"]) == (12, 0)
    assert await theirs(choosing, "rev0") == []
    for path in ("for-review", "reviews/own"):
        seen = await choosing.on.http.get(f"/applications/{mine[1]}/{path}", headers=choosing.reviewers["rev0"])
        assert seen.status_code == 404
    late = await choosing.on.post(f"/applications/{mine[0]}/reviews", SCORES, headers=choosing.reviewers["rev0"])
    assert late.status_code == 404
    shared = await choosing.post(f"/calls/{choosing.call_id}/reviewers", {})
    assert (shared["short"], shared["assignments"]) == ([], 47), "the review that was given counts"
    states = choosing.on.store.collections["application"]
    assert all(known_as("rev0") not in states[each]["state"]["assigned"] for each in choosing.receipts)
    assert len(states[mine[0]]["state"]["assigned"]) + len(states[mine[0]]["state"]["reviews"]) == 2
    decisions = [(each["by"], each["code"]) for each in decisions_of(choosing.on.store)]
    assert decisions.count((known_as("coo"), "reviewer_removed")) == 1
    found = await panel(choosing)
    assert (found[known_as("rev0")]["on_the_panel"], found[known_as("rev0")]["reviewed"]) == (False, 1)


async def test_rule_17_reviews_of_who_leaves_are_discarded_when_that_is_asked_for_and_a_proposal_notices(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    await choosing.close()
    proposed = await choosing.post(f"/calls/{choosing.call_id}/selections", {})
    answer = (await removed(choosing, "rev1", discard_reviews=True)).json()
    assert answer["reviews_discarded"] == answer["freed"] > 0
    assert (await choosing.ask(f"/selections/{proposed['selection_id']}"))["changed_since"] == {"reviews": 1}
    states = choosing.on.store.collections["application"].values()
    assert not [1 for each in states for one in each["state"]["reviews"] if one["reviewer_id"] == known_as("rev1")]


async def test_rule_2_who_comes_back_to_the_panel_keeps_the_conflicts_declared_before(choosing: Choosing) -> None:
    await seated(choosing)
    mine = (await theirs(choosing, "rev0"))[0]
    await choosing.post(f"/applications/{mine}/step-aside", None, choosing.reviewers["rev0"])
    await removed(choosing, "rev0")
    form = {"reviewers": [{"reviewer_id": "rev0", "country": "UY"}], "share": 4}
    await choosing.post(f"/calls/{choosing.call_id}/reviewers", form)
    assert mine not in await theirs(choosing, "rev0")
    assert (await panel(choosing))[known_as("rev0")]["on_the_panel"] is True


async def test_only_who_is_on_the_panel_is_taken_off_it_and_no_review_is_discarded_after_the_selection(
    choosing: Choosing,
) -> None:
    assert (await removed(choosing, "nobody")).json()["type"] == "urn:relevo:problem:not-on-the-panel"
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    over = await removed(choosing, "rev0", discard_reviews=True)
    assert over.json()["type"] == "urn:relevo:problem:reviews-are-over"
    assert (await removed(choosing, "rev0")).status_code == 200
