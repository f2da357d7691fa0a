"""Those who decide see scores, mean, spread and comments, on record; the author gets the own comment back (rule 2)."""

from __future__ import annotations

from typing import Any

from relevo_testkit.records import readings_of
from relevo_testkit.stand import known_as

Choosing = Any
SCORES = {"experience": 8, "motivation": 6, "multiplier_idea": 9}
COMMENT = "CANARYCOMMENT: knows the river by heart."


async def commented(choosing: Choosing) -> tuple[str, str]:
    """An application with a review that has a comment, and its reviewer."""
    await choosing.review_all()
    mine = (await choosing.ask("/me/assignments", **choosing.reviewers["rev0"]))["items"][0]["application_id"]
    await review(choosing, mine, scores=SCORES, comment=COMMENT)
    return mine, "rev0"


async def review(choosing: Choosing, application_id: str, reviewer: str = "rev0", **form: Any) -> Any:
    return await choosing.post(f"/applications/{application_id}/reviews", form, choosing.reviewers[reviewer])


async def test_a_coordinator_sees_scores_mean_spread_and_comments_of_an_application_on_record(
    choosing: Choosing,
) -> None:
    mine, reviewer = await commented(choosing)
    before = len(readings_of(choosing.on.store))
    seen = await choosing.ask(f"/applications/{mine}/reviews")
    theirs, reviewer = {each["reviewer_id"]: each for each in seen["reviews"]}, known_as(reviewer)
    assert (theirs[reviewer]["scores"], theirs[reviewer]["comment"]) == (SCORES, COMMENT)
    other = next(each for name, each in theirs.items() if name != reviewer)
    assert (len(theirs), other["comment"]) == (2, None)
    merits = [each["merit"] for each in theirs.values()]
    assert seen["assessment"]["merit"] == round(sum(merits) / 2 + 1e-9)
    assert seen["assessment"]["spread"] == max(merits) - min(merits)
    (entry,) = readings_of(choosing.on.store)[before:]
    assert (entry["by"], entry["purpose"]) == (known_as("coo"), "review")
    assert entry["field_sets"] == [f"review-{theirs[reviewer]['review_id']}"]


async def test_scores_of_a_whole_call_are_listed_and_comments_only_when_they_are_asked_for(choosing: Choosing) -> None:
    mine, _ = await commented(choosing)
    before = len(readings_of(choosing.on.store))
    page = await choosing.ask(f"/calls/{choosing.call_id}/reviews?limit=200")
    assert len(page["items"]) == 24
    assert all(each["assessment"]["reviews"] == len(each["reviews"]) == 2 for each in page["items"])
    assert not [one for each in page["items"] for one in each["reviews"] if one["comment"]]
    assert len(readings_of(choosing.on.store)) == before, "scores are clear; nothing was opened"
    page = await choosing.ask(f"/calls/{choosing.call_id}/reviews?limit=200&comments=true")
    comments = {
        each["application_id"]: one["comment"] for each in page["items"] for one in each["reviews"] if one["comment"]
    }
    assert comments == {mine: COMMENT}
    assert len(readings_of(choosing.on.store)) == before + 1


async def test_a_reviewer_gets_the_own_comment_back_and_nobody_elses(choosing: Choosing) -> None:
    mine, _ = await commented(choosing)
    own = await choosing.ask(f"/me/reviews/{mine}", **choosing.reviewers["rev0"])
    assert (own["scores"], own["comment"]) == (SCORES, COMMENT)
    others = [name for name in choosing.reviewers if name != "rev0"]
    for name in others:
        answer = await choosing.on.http.get(f"/me/reviews/{mine}", headers=choosing.reviewers[name])
        assert answer.status_code == 404 or answer.json()["comment"] is None
        refused = await choosing.on.http.get(f"/applications/{mine}/reviews", headers=choosing.reviewers[name])
        assert refused.status_code == 403


async def test_correcting_the_scores_alone_keeps_the_comment_and_an_empty_one_removes_it(choosing: Choosing) -> None:
    mine, _ = await commented(choosing)
    path, token = f"/me/reviews/{mine}", choosing.reviewers["rev0"]
    await review(choosing, mine, scores={**SCORES, "motivation": 7})
    assert (await choosing.ask(path, **token))["comment"] == COMMENT
    await review(choosing, mine, scores=SCORES, comment="")
    assert (await choosing.ask(path, **token))["comment"] is None


async def test_the_comment_of_who_steps_aside_is_destroyed_with_the_review(choosing: Choosing) -> None:
    mine, _ = await commented(choosing)
    assert [id for id in choosing.on.store.collections["vault"] if "/review-" in id]
    await choosing.post(f"/applications/{mine}/step-aside", None, choosing.reviewers["rev0"])
    assert not [id for id in choosing.on.store.collections["vault"] if "/review-" in id]
    seen = await choosing.ask(f"/applications/{mine}/reviews")
    assert [each["comment"] for each in seen["reviews"]] == [None]


async def test_rule_14_nothing_of_an_erased_person_is_shown_to_those_who_decide(choosing: Choosing) -> None:
    mine, _ = await commented(choosing)
    await choosing.post(f"/applications/{mine}/erase", None, choosing.receipt(mine))
    seen = await choosing.ask(f"/applications/{mine}/reviews")
    assert [each["comment"] for each in seen["reviews"]] == [None, None]
