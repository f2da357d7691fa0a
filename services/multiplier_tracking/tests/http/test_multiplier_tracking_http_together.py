"""A session held together: each fulfils their duty by it, it is counted once, and the other must agree (rule 8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from relevo_contracts.intake import ParticipantWithdrawn, PersonErased
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_testkit.stand import known_as

EDITION = "e" * 32
CLARA, DORA, EVA = "c" * 32, "d" * 32, "5" * 32
NOW = datetime(2020, 1, 25, 12, tzinfo=UTC)


class Pair:
    """Clara and Dora, whose edition lets sessions be held together; Clara has reported one."""

    def __init__(self, house: Any, session_id: str) -> None:
        self.house, self.session_id = house, session_id
        self.clara = house.stand.tokens.bearer("clara", "participant", participant_id=CLARA)
        self.dora = house.stand.tokens.bearer("dora", "participant", participant_id=DORA)

    async def dora_reports(self, status: int = 201, **fields: Any) -> Any:
        body = {**self.house.report, "together_with": self.session_id, **fields}
        return await self.house.post("/me/commitment/reports", self.dora, body, status)

    async def clara_answers(self, session_id: str, status: int = 200, revision: int = 1, agreed: bool = True) -> Any:
        body = {"session_id": session_id, "revision": revision, "agreed": agreed}
        return await self.house.post(
            f"/me/commitment/sessions/{self.session_id}/answer-together", self.clara, body, status
        )

    async def decided(self, whose: str, session_id: str, how: str = "verify", status: int = 200, **fields: Any) -> Any:
        path = f"/commitments/{commitment_id_of(whose)}/sessions/{session_id}/{how}"
        body = None if how == "withdraw-verification" else {"revision": 1, **fields}
        return await self.house.post(path, self.house.coordinator, body, status)

    async def figures(self) -> tuple[int, int, int]:
        figures = (await self.house.get(f"/editions/{EDITION}/reach", self.house.coordinator))["figures"]
        return figures["verified"], figures["people_reached"], figures["fulfilled"]

    async def links(self, whose: str) -> Any:
        path = f"/commitments/{commitment_id_of(whose)}/together"
        return await self.house.get(path, self.house.coordinator)


@pytest_asyncio.fixture
async def pair(house: Any) -> AsyncIterator[Pair]:
    for participant_id in (CLARA, DORA, EVA):
        await house.opened(participant_id, held_together=True)
    house.stand.clock.at = NOW
    clara = house.stand.tokens.bearer("clara-too", "participant", participant_id=CLARA)
    own = await house.post("/me/commitment/reports", clara, house.report, 201)
    yield Pair(house, own["sessions"][0]["session_id"])


async def test_rule_8_a_session_held_together_counts_for_each_and_its_people_once(pair: Pair) -> None:
    own = await pair.dora_reports()
    theirs = own["sessions"][0]["session_id"]
    assert own["sessions"][0]["together_with"] == pair.session_id
    refused = await pair.decided(DORA, theirs, status=409)
    assert refused["type"] == "urn:relevo:problem:other-has-not-agreed"
    asked = (await pair.house.get("/me/commitment/together", pair.clara))["theirs"]
    assert [(each["session_id"], each["people"], each["agreed"]) for each in asked] == [(theirs, 14, None)]
    assert DORA not in repr(asked)
    await pair.clara_answers(theirs)
    assert (await pair.house.get("/me/commitment/together", pair.dora))["mine"][0]["agreed"] is True
    assert (await pair.decided(DORA, theirs))["state"] == "fulfilled"
    assert await pair.figures() == (1, 14, 1)
    assert (await pair.decided(CLARA, pair.session_id))["state"] == "fulfilled"
    assert await pair.figures() == (1, 14, 2)
    await pair.decided(DORA, theirs, "withdraw-verification")
    assert await pair.figures() == (1, 14, 1)


async def test_rule_8_what_is_agreed_to_after_both_were_counted_is_counted_once_from_then_on(pair: Pair) -> None:
    await pair.decided(CLARA, pair.session_id)
    assert await pair.figures() == (1, 14, 1)
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    await pair.clara_answers(theirs)
    await pair.decided(DORA, theirs)
    assert await pair.figures() == (1, 14, 2)


async def test_rule_8_only_where_the_edition_allows_it_and_only_with_somebody_else_of_it(pair: Pair) -> None:
    body = {**pair.house.report, "together_with": pair.session_id}
    refused = await pair.house.post("/me/commitment/reports", pair.house.bea, body, 409)
    assert refused["type"] == "urn:relevo:problem:not-held-together"
    await pair.dora_reports(404, together_with="0" * 32)
    await pair.house.post("/me/commitment/reports", pair.clara, {**body, "another_session": True}, 404)
    assert (await pair.house.get("/me/commitment", pair.dora))["sessions"] == []


async def test_rule_8_the_other_says_no_and_nobodys_duty_is_met_by_it(pair: Pair) -> None:
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    await pair.clara_answers(theirs, agreed=False)
    await pair.decided(DORA, theirs, status=409)
    [link] = await pair.links(DORA)
    assert (link["agreed"], link["with_commitment_id"]) == (False, commitment_id_of(CLARA))
    await pair.clara_answers(theirs)
    await pair.decided(DORA, theirs)
    refused = await pair.clara_answers(theirs, status=409, agreed=False)
    assert refused["type"] == "urn:relevo:problem:other-is-verified"


async def test_rule_8_the_two_reports_say_the_same_day_and_people_before_it_is_agreed_to(pair: Pair) -> None:
    theirs = (await pair.dora_reports(people=20))["sessions"][0]["session_id"]
    refused = await pair.clara_answers(theirs, status=409)
    assert refused["type"] == "urn:relevo:problem:reports-differ"
    await pair.clara_answers(theirs, status=409, revision=2)
    await pair.clara_answers(pair.session_id, status=404)


async def test_rule_8_whichever_report_is_corrected_it_is_agreed_to_anew(pair: Pair) -> None:
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    await pair.clara_answers(theirs)
    await pair.decided(DORA, theirs, "return", because="other")
    correction = f"/me/commitment/sessions/{theirs}/correct"
    own = await pair.house.post(correction, pair.dora, {"minutes": 250})
    assert own["sessions"][0]["together_with"] == pair.session_id
    await pair.decided(DORA, theirs, status=409, revision=2)
    await pair.clara_answers(theirs, revision=2)
    await pair.decided(CLARA, pair.session_id, "return", because="other")
    await pair.house.post(f"/me/commitment/sessions/{pair.session_id}/correct", pair.clara, {"people": 13})
    await pair.decided(DORA, theirs, status=409, revision=2)
    [link] = await pair.links(CLARA)
    assert link["agreed"] is None


async def test_rule_8_a_correction_may_say_that_it_was_held_alone_after_all(pair: Pair) -> None:
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    await pair.decided(DORA, theirs, "return", because="other")
    correction = f"/me/commitment/sessions/{theirs}/correct"
    own = await pair.house.post(correction, pair.dora, {"together_with": None})
    assert own["sessions"][0]["together_with"] is None
    assert (await pair.decided(DORA, theirs, revision=2))["state"] == "fulfilled"


async def test_rule_8_when_one_report_is_rejected_the_other_is_shown_beside_it_and_stands_until_staff_decide(
    pair: Pair,
) -> None:
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    await pair.clara_answers(theirs)
    await pair.decided(DORA, theirs)
    await pair.decided(CLARA, pair.session_id, "reject", because="not_credible")
    [link] = await pair.links(DORA)
    assert (link["state"], link["with_state"], link["agreed"]) == ("verified", "rejected", True)
    assert await pair.figures() == (1, 14, 1)
    doubted = await pair.decided(DORA, theirs, "withdraw-verification")
    assert doubted["state"] == "under_review"
    assert await pair.figures() == (0, 0, 0)


@pytest.mark.parametrize("left", ["erased", "withdrawn"])
async def test_rule_14_in_the_place_of_one_who_has_left_staff_answer_and_what_was_counted_stays(
    pair: Pair, left: str
) -> None:
    await pair.decided(CLARA, pair.session_id)
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    at = f"/commitments/{commitment_id_of(CLARA)}/sessions/{pair.session_id}/answer-together"
    body = {"session_id": theirs, "revision": 1, "agreed": True}
    refused = await pair.house.post(at, pair.house.coordinator, body, 409)
    assert refused["type"] == "urn:relevo:problem:other-answers-themself"
    if left == "erased":
        gone: Any = PersonErased(person_id="f" * 32, application_ids=(), participant_ids=(CLARA,), erased_at=NOW)
    else:
        ids = {"application_id": "1" * 32, "call_id": "c" * 32, "edition_id": EDITION}
        gone = ParticipantWithdrawn(participant_id=CLARA, withdrawn_at=NOW, **ids)
    await pair.house.receive(gone, 1 if left == "erased" else 2)
    answered = await pair.house.post(at, pair.house.coordinator, body)
    decisions = await pair.house.get(f"/commitments/{answered['commitment_id']}/decisions", pair.house.coordinator)
    assert [(each["code"], each["by"]) for each in decisions["items"]][:1] == [("together_answered", known_as("carla"))]
    await pair.decided(DORA, theirs)
    assert (await pair.figures())[:2] == (1, 14)


async def test_rule_14_the_erasure_of_one_leaves_what_was_agreed_to(pair: Pair) -> None:
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    await pair.clara_answers(theirs)
    await pair.house.receive(
        PersonErased(person_id="f" * 32, application_ids=(), participant_ids=(CLARA,), erased_at=NOW)
    )
    assert (await pair.decided(DORA, theirs))["state"] == "fulfilled"


async def test_rule_8_a_session_is_one_others_and_not_a_chain_of_them(pair: Pair) -> None:
    theirs = (await pair.dora_reports())["sessions"][0]["session_id"]
    eva = pair.house.stand.tokens.bearer("eva", "participant", participant_id=EVA)
    body = {**pair.house.report, "together_with": theirs}
    refused = await pair.house.post("/me/commitment/reports", eva, body, 409)
    assert refused["type"] == "urn:relevo:problem:not-held-together"
    body = {**pair.house.report, "together_with": pair.session_id}
    third = (await pair.house.post("/me/commitment/reports", eva, body, 201))["sessions"][0]["session_id"]
    for whose, id in ((DORA, theirs), (EVA, third)):
        await pair.clara_answers(id)
        await pair.decided(whose, id)
    await pair.decided(CLARA, pair.session_id)
    assert await pair.figures() == (1, 14, 3)
