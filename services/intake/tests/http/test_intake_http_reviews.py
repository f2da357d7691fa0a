"""Reviewers assigned, reading and scoring (rule 2)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import KEYS
from relevo_testkit.records import readings_of
from relevo_testkit.stand import known_as

Choosing = Any


async def test_rule_2_every_application_gets_its_share_of_reviewers_and_none_from_its_own_country(
    choosing: Choosing,
) -> None:
    assigned = await choosing.review_all()
    assert (assigned["applications"], assigned["assignments"], assigned["short"]) == (24, 48, [])
    assert assigned["most_load"] - assigned["least_load"] <= 4
    found = await choosing.post(f"/calls/{choosing.call_id}/applications/search", {"countries": ["HN"]})
    states = choosing.on.store.collections["application"]
    assert found["items"]
    assert not any("rev0" in states[each["application_id"]]["state"]["assigned"] for each in found["items"])


async def test_rule_2_a_conflict_that_shows_after_the_assignment_is_refused_at_the_review(choosing: Choosing) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev3"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    country = (await choosing.ask(f"/applications/{mine}/dossier?purpose=casework"))["profile"]["country"]
    panel = {"reviewers": [{"reviewer_id": "rev3", "country": country}]}
    await choosing.post(f"/calls/{choosing.call_id}/reviewers", panel)
    scores = {"scores": {"experience": 1, "motivation": 1, "multiplier_idea": 1}}
    for answer in (
        await choosing.on.post(f"/applications/{mine}/reviews", scores, headers=token),
        await choosing.on.http.get(f"/applications/{mine}/for-review", headers=token),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:relevo:problem:conflict-of-interest")


async def test_rule_2_a_reviewer_who_declares_a_conflict_loses_the_application_and_is_never_given_it_again(
    choosing: Choosing,
) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    await choosing.post(f"/applications/{mine}/step-aside", None, token)
    await choosing.post(f"/calls/{choosing.call_id}/reviewers", {})
    state = choosing.on.store.collections["application"][mine]["state"]
    assert "rev0" not in state["assigned"]
    assert len(state["assigned"]) == 2


async def test_a_repeated_declaration_of_a_conflict_gets_its_first_answer(choosing: Choosing) -> None:
    """Also when the application is not assigned any more, because the first one was heard and its answer was lost."""
    await choosing.review_all()
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    key, path = new_id(), f"/applications/{mine}/step-aside"
    first, again = [await choosing.on.post(path, key=key, headers=token) for _ in range(2)]
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert (await choosing.on.post(path, headers=token)).status_code == 404


async def test_rule_2_a_reviewer_without_a_country_is_not_taken_because_nobody_could_tell_their_own(
    choosing: Choosing,
) -> None:
    panel = {"reviewers": [{"reviewer_id": "rev9"}]}
    refused = await choosing.on.post(f"/calls/{choosing.call_id}/reviewers", panel, headers=choosing.coordinator)
    assert refused.status_code == 422


async def test_rule_2_each_opening_for_a_review_is_on_record_with_who_reads(choosing: Choosing) -> None:
    """Blind: the reviewer reads the statement alone; the service reads the profile to compare it."""
    await choosing.review_all()
    token = choosing.reviewers["rev1"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    before = len(readings_of(choosing.on.store))
    await choosing.ask(f"/applications/{mine}/for-review", **token)
    new = [(row["by"], row["field_sets"]) for row in readings_of(choosing.on.store)[before:]]
    assert new == [("intake", ["profile"]), (known_as("rev1"), ["statement"])]


async def test_rule_2_a_blind_review_shows_neither_who_it_is_nor_where_from(choosing: Choosing) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev1"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    seen = await choosing.ask(f"/applications/{mine}/for-review", **token)
    assert "CANARYTEXT" in seen["motivation"]
    assert (seen["name"], seen["organisation"], seen["country"]) == (None, None, None)
    assert "CANARYNAME" not in json.dumps(seen)
    assert "@" not in json.dumps(seen)


async def test_rule_2_an_open_review_shows_the_name_and_never_the_contact(call_with: Any) -> None:
    async with call_with(blind=False) as there:
        mine = await there.apply(2)
        await there.review_all(count=2)
        seen = await there.ask(f"/applications/{mine}/for-review", **there.on.tokens.bearer("rev0", "reviewer"))
        assert (seen["name"], seen["country"], seen["organisation"]) == ("CANARYNAME2", "PE", "CANARYORG 2")
        assert "@" not in json.dumps(seen)


async def test_a_reviewer_sees_nothing_but_what_is_assigned(choosing: Choosing) -> None:
    await choosing.review_all()
    stranger = choosing.on.tokens.bearer("stranger", "reviewer")
    someone = next(iter(choosing.receipts))
    for wanted in (someone, "f" * 32):
        answer = await choosing.on.http.get(f"/applications/{wanted}/for-review", headers=stranger)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:not-assigned")
    assert (await choosing.ask("/me/assignments", **stranger))["items"] == []


async def test_reviewing_ends_with_the_selection(choosing: Choosing) -> None:
    await choosing.review_all()
    token = choosing.reviewers["rev0"]
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    await choosing.close()
    await choosing.selected()
    scores = {"scores": {"experience": 1, "motivation": 1, "multiplier_idea": 1}}
    for answer in (
        await choosing.on.post(f"/applications/{mine}/reviews", scores, headers=token),
        await choosing.on.http.get(f"/applications/{mine}/for-review", headers=token),
    ):
        assert answer.json()["type"] == "urn:relevo:problem:reviews-are-over"


async def test_a_review_reads_the_application_once_and_fetches_the_key_once(
    choosing: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choosing.review_all()
    token, store = choosing.reviewers["rev0"], choosing.on.store
    mine = (await choosing.ask("/me/assignments", **token))["items"][0]["application_id"]
    read, state, rows = Counter[str](), store.state, store.rows

    async def counted_state(ref: Any) -> Any:
        read[ref.kind.name] += 1
        return await state(ref)

    async def counted_rows(collection: str, *where: Any, **more: Any) -> Any:
        read[collection] += 1
        return await rows(collection, *where, **more)

    monkeypatch.setattr(store, "state", counted_state)
    monkeypatch.setattr(store, "rows", counted_rows)
    scores = {"experience": 1, "motivation": 1, "multiplier_idea": 1}
    await choosing.post(f"/applications/{mine}/reviews", {"scores": scores, "comment": "Bien."}, token)
    assert (read["application"], read[KEYS]) == (1, 1)
