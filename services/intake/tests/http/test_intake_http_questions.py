"""A coordinator has a call ask more, a second one agrees to what is sensitive, and everybody reads what is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from relevo_testkit.records import decisions_of
from relevo_testkit.stand import Stand, known_as

BOTH = {"es": "¿Participa en una red?", "en": "Are you part of a network?"}
NETWORK = {"key": "network", "kind": "yes_no", "texts": BOTH, "purpose": "course", "kept_until": "application"}
HEALTH = {**NETWORK, "key": "health", "purpose": "care", "kept_until": "texts", "sensitive": True}


class Office:
    """Two coordinators of a call."""

    def __init__(self, intake: Stand, call_id: str) -> None:
        self.intake, self.path = intake, f"/calls/{call_id}"
        self.carla, self.dora = (intake.tokens.bearer(name, "coordinator") for name in ("carla", "dora"))

    async def tagged(self, who: dict[str, str]) -> dict[str, str]:
        seen = await self.intake.http.get(self.path)
        return {**who, "If-Match": seen.headers["etag"]}

    async def put(self, *questions: Any, who: dict[str, str] | None = None) -> Any:
        headers = await self.tagged(who or self.carla)
        return await self.intake.http.put(
            f"{self.path}/questions", json={"questions": list(questions)}, headers=headers
        )

    async def approve(self, who: dict[str, str]) -> Any:
        return await self.intake.post(f"{self.path}/questions/approve", headers=await self.tagged(who))

    async def public(self) -> list[str]:
        return [each["key"] for each in (await self.intake.http.get(self.path)).json()["questions"]]


@pytest.fixture
async def office(intake: Stand, call_form: dict[str, Any]) -> Office:
    """A call that is announced for tomorrow."""
    intake.clock.at = datetime(2019, 9, 11, 9, tzinfo=UTC)
    coordinator = intake.tokens.bearer("carla", "coordinator")
    answer = await intake.post("/calls", call_form, headers=coordinator)
    assert answer.status_code == 201, answer.text
    return Office(intake, call_form["call_id"])


async def test_what_a_call_asks_is_read_by_everybody_with_its_purpose_and_end_and_nobody_of_staff(
    office: Office,
) -> None:
    answer = await office.put(NETWORK)
    assert answer.status_code == 200, answer.text
    public = (await office.intake.http.get(office.path)).json()
    [seen] = public["questions"]
    assert {name: seen[name] for name in NETWORK} == NETWORK
    assert "carla" not in str(public)
    listed = (await office.intake.http.get(f"{office.path}/questions", headers=office.dora)).json()
    [item] = listed["items"]
    assert (item["written_by"], item["approved_by"], item["in_force"]) == (known_as("carla"), None, True)


async def test_a_sensitive_question_is_asked_only_once_a_second_coordinator_approved_it_on_record(
    office: Office,
) -> None:
    written = (await office.put(NETWORK, HEALTH)).json()
    assert [each["in_force"] for each in written["items"]] == [True, False]
    assert await office.public() == ["network"]
    refused = await office.approve(office.carla)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:relevo:problem:somebody-else-must-approve")
    approved = await office.approve(office.dora)
    assert approved.json()["items"][1]["approved_by"] == known_as("dora")
    assert await office.public() == ["network", "health"]
    again = await office.approve(office.dora)
    assert (again.status_code, again.json()["type"]) == (409, "urn:relevo:problem:nothing-to-approve")
    assert [(each["code"], each["by"]) for each in decisions_of(office.intake.store)] == [
        ("call_opened", known_as("carla")),
        ("questions_put", known_as("carla")),
        ("questions_approved", known_as("dora")),
    ]


async def test_what_was_changed_meanwhile_is_neither_overwritten_nor_approved_unseen(office: Office) -> None:
    await office.put(HEALTH)
    seen = await office.tagged(office.dora)
    await office.put({**HEALTH, "required": True})
    late = await office.intake.post(f"{office.path}/questions/approve", headers=seen)
    assert late.status_code == 412
    body: dict[str, Any] = {"questions": []}
    assert (await office.intake.http.put(f"{office.path}/questions", json=body, headers=seen)).status_code == 412
    assert (await office.intake.http.put(f"{office.path}/questions", json=body, headers=office.dora)).status_code == 428


async def test_what_a_call_asks_stands_once_it_opens(office: Office) -> None:
    await office.put(NETWORK, HEALTH)
    office.intake.clock.at = datetime(2019, 9, 12, 11, 59, tzinfo=UTC)
    for answer in (await office.put(), await office.approve(office.dora)):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:relevo:problem:questions-are-frozen")
    assert await office.public() == ["network"]


async def test_each_wrong_question_is_named_and_the_list_stays_as_it_was(office: Office) -> None:
    await office.put(NETWORK)
    hanging = {**NETWORK, "key": "more", "only_if": {"question": "later", "answers": ["yes"]}}
    wrong = {
        "body.questions.0.options": ({**NETWORK, "kind": "one"},),
        "body.questions.more": (NETWORK, hanging),
        "body.questions.0.texts.en": ({**NETWORK, "texts": {"es": "¿Sí?"}},),
        "body.questions.0.purpose": ({**NETWORK, "purpose": "curiosity"},),
        "body.questions.0.kept_until": ({**NETWORK, "kept_until": "for_ever"},),
        "body.questions.0.texts.es": ({**NETWORK, "texts": {**BOTH, "es": "\u2800"}},),
        "body.questions": tuple({**NETWORK, "key": f"q{at}"} for at in range(31)),
    }
    for where, questions in wrong.items():
        answer = await office.put(*questions)
        assert (answer.status_code, [each["where"] for each in answer.json()["errors"]]) == (422, [where]), where
    assert await office.public() == ["network"]


async def test_a_call_is_announced_with_what_it_asks(intake: Stand, call_form: dict[str, Any]) -> None:
    coordinator = intake.tokens.bearer("carla", "coordinator")
    refused = await intake.post("/calls", {**call_form, "questions": [HEALTH]}, headers=coordinator)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:no-time-to-approve")
    opened = await intake.post("/calls", {**call_form, "questions": [NETWORK]}, headers=coordinator)
    assert [each["key"] for each in opened.json()["questions"]] == ["network"]


async def test_a_call_gains_no_language_that_its_questions_are_not_in(office: Office) -> None:
    await office.put(NETWORK)
    titles = {"es": "Segunda", "en": "Second", "pt": "Segunda"}
    headers = await office.tagged(office.carla)
    refused = await office.intake.http.patch(office.path, json={"titles": titles}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.questions.0.texts.pt")
