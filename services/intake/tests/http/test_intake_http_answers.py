"""Answers to what a call asks besides: with an application or a draft, sealed by end, seen as the question says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_intake.domain.sealed import IDENTITY, STATEMENT
from relevo_intake.store import ENDING
from relevo_testkit.records import readings_of

CANARY = "zafirocanario"
LANGUAGES = ("es", "en", "pt", "fr")


def question(key: str, kind: str, **more: Any) -> dict[str, Any]:
    texts = {each: f"{key} {each}" for each in LANGUAGES}
    return {"key": key, "kind": kind, "texts": texts, "purpose": "course", "kept_until": "application", **more}


OPTIONS = [{"code": code, "texts": {each: f"{code} {each}" for each in LANGUAGES}} for code in ("radio", "net")]
QUESTIONS = [
    question("network", "yes_no", required=True),
    question(
        "which",
        "text",
        required=True,
        only_if={"question": "network", "answers": ["yes"]},
        purpose="assess",
        for_reviewers=True,
        kept_until="texts",
    ),
    question("heard", "several", options=OPTIONS),
]
ANSWERS = {"network": True, "which": f"La red {CANARY}", "heard": ["net"]}


@pytest.fixture
async def call(call_with: Any) -> AsyncIterator[Any]:
    """An open call that asks more."""
    async with call_with() as there:
        form = {
            "edition_id": "e" * 32,
            "opens_at": "2019-09-12T00:00:00Z",
            "closes_at": "2019-10-02T00:00:00Z",
            "seats": 2,
            "criteria": {"reviews_per_application": 1},
            "questions": QUESTIONS,
        }
        there.call_id = (await there.post("/calls", form))["call_id"]
        yield there


async def refused(call: Any, answers: Any) -> list[tuple[str, str]]:
    body = {"name": "Ana", "language": "es", "country": "HN", "motivation": "Sí.", "consent": True, "answers": answers}
    answer = await call.on.post(f"/calls/{call.call_id}/applications", body)
    assert answer.status_code == 422, answer.text
    assert CANARY not in answer.text
    return [(each["where"], each["code"]) for each in answer.json()["errors"]]


async def dossier(call: Any, id: str) -> Any:
    return await call.ask(f"/applications/{id}/dossier?purpose=casework")


async def test_an_application_that_does_not_answer_what_is_asked_is_refused_by_question(call: Any) -> None:
    assert await refused(call, {}) == [("body.answers.network", "answer_missing")]
    assert await refused(call, {"network": True}) == [("body.answers.which", "answer_missing")]
    assert await refused(call, {"network": CANARY}) == [("body.answers.network", "answer_not_yes_no")]
    assert await refused(call, {**ANSWERS, "network": False}) == [("body.answers.which", "not_asked")]
    assert await refused(call, {"network": False, CANARY: 1}) == [("body.answers", "not_asked")]
    assert await refused(call, {"network": 1.5}) == [("body.answers.network", "not_an_answer")]
    assert call.on.store.collections.get("application", {}) == {}


async def test_answers_are_read_by_their_person_and_by_coordinators_on_record_with_the_words_of_their_questions(
    call: Any,
) -> None:
    id = await call.apply(0, answers=ANSWERS, language="pt")
    own = await call.ask(f"/applications/{id}/submission", **call.receipt(id))
    assert [(each["key"], each["question"], each["answer"], each["chosen"]) for each in own["answers"]] == [
        ("network", "network pt", True, []),
        ("which", "which pt", f"La red {CANARY}", []),
        ("heard", "heard pt", ["net"], ["net pt"]),
    ]
    assert (await dossier(call, id))["answers"] == own["answers"]
    last = readings_of(call.on.store)[-1]
    assert {"answers_with_texts", "answers_with_application"} <= {*last["field_sets"]}


async def test_answers_lie_sealed_by_their_end_and_stand_in_no_event_and_no_record(call: Any) -> None:
    await call.apply(0, answers=ANSWERS)
    kept = call.on.store.collections
    vault = {id.partition("/")[2]: row["retention"] for id, row in kept["vault"].items()}
    assert (vault["answers_with_texts"], vault["answers_with_application"]) == (STATEMENT, IDENTITY)
    assert CANARY not in repr(kept)
    assert CANARY not in call.on.logged.getvalue()
    assert not [row for row in kept["outbox"].values() if "answers" in json.dumps(json.loads(row["body"]))]


async def test_reviewers_see_only_what_they_are_to_see_and_of_a_blind_call_not_who_wrote_it(call: Any) -> None:
    id = await call.apply(0, answers={**ANSWERS, "which": f"La red de CANARYNAME0, {CANARY}"})
    reviewer = call.on.tokens.bearer("rev", "reviewer")
    panel = {"reviewers": [{"reviewer_id": "rev", "country": "UY"}]}
    await call.post(f"/calls/{call.call_id}/reviewers", panel)
    seen = await call.ask(f"/applications/{id}/for-review", **reviewer)
    [only] = seen["answers"]
    assert (only["key"], only["answer"]) == ("which", f"La red de ▮▮▮, {CANARY}")


async def test_rule_2_of_a_text_answer_reviewers_see_what_is_left_and_its_person_what_was_sent_in(call: Any) -> None:
    id = await call.apply(0, answers={**ANSWERS, "which": f"La red del río Canario, {CANARY}, de CANARYNAME0"})
    reviewer = call.on.tokens.bearer("rev", "reviewer")
    panel = {"reviewers": [{"reviewer_id": "rev", "country": "UY"}]}
    await call.post(f"/calls/{call.call_id}/reviewers", panel)
    path = f"/applications/{id}/redaction"
    assert (await call.ask(path))["answers"] == {"answers.which": f"La red del río Canario, {CANARY}, de CANARYNAME0"}
    assert "answers_with_texts" in readings_of(call.on.store)[-1]["field_sets"]
    strike = {"passages": [{"field": "answers.which", "text": "río Canario"}, {"field": "motivation", "text": "TEXT"}]}
    await call.post(path, strike)
    [only] = (await call.ask(f"/applications/{id}/for-review", **reviewer))["answers"]
    assert only["answer"] == f"La red del ▮▮▮, {CANARY}, de ▮▮▮"
    seen = (await call.ask(path))["seen"]
    assert seen["answers"] == {"answers.which": f"La red del ▮▮▮, {CANARY}, de CANARYNAME0"}
    assert seen["motivation"] == "CANARY▮▮▮ 0"
    own = await call.ask(f"/applications/{id}/submission", **call.receipt(id))
    assert own["answers"][1]["answer"] == f"La red del río Canario, {CANARY}, de CANARYNAME0"
    assert CANARY not in repr(call.on.store.collections)
    await call.post(path, {"passages": []})
    [only] = (await call.ask(f"/applications/{id}/for-review", **reviewer))["answers"]
    assert "río Canario" in only["answer"]


@pytest.mark.parametrize(
    ("field", "text", "status"),
    [
        ("answers.which", "no está", 422),
        ("answers.heard", "net", 422),
        ("answers.network", "True", 422),
        ("answers.unknown", "x", 422),
        ("answers.", "x", 422),
        ("answers", "x", 422),
        ("answers.which", "La red", 200),
    ],
)
async def test_rule_2_only_texts_that_reviewers_see_are_struck_out_of(
    call: Any, field: str, text: str, status: int
) -> None:
    id = await call.apply(0, answers=ANSWERS)
    body = {"passages": [{"field": field, "text": text}]}
    answer = await call.on.post(f"/applications/{id}/redaction", body, headers=call.coordinator)
    assert answer.status_code == status, answer.text
    assert CANARY not in answer.text


async def test_a_draft_keeps_answers_says_what_is_asked_and_sends_only_that(call: Any) -> None:
    begun = {"name": "Ana", "language": "es", "country": "HN", "motivation": "Sí.", "answers": ANSWERS}
    started = await call.post(f"/calls/{call.call_id}/drafts", begun, {"X": "x"})
    path, code = f"/drafts/{started['draft_id']}", {"Relevo-Receipt": started["receipt_code"]}
    answer = await call.on.http.get(path, headers=code)
    seen = answer.json()
    assert seen["content"]["answers"] == ANSWERS
    assert [each["key"] for each in seen["questions"]] == ["network", "which", "heard"]
    assert seen["visible"] == ["network", "which", "heard"]
    tagged = {**code, "If-Match": answer.headers["etag"]}
    changed = {**begun, "answers": {**ANSWERS, "network": False, "heard": ["radio", "moon"]}}
    saved = (await call.on.http.put(path, json=changed, headers=tagged)).json()
    assert saved["visible"] == ["network", "heard"]
    assert [(each["where"], each["code"]) for each in saved["refused"]] == [("answers.heard", "not_an_option")]
    wrong = await call.on.post(f"{path}/submit", {"consent": True}, headers=code)
    assert [(each["where"], each["code"]) for each in wrong.json()["errors"]] == [
        ("draft.answers.heard", "not_an_option")
    ]
    tagged["If-Match"] = (await call.on.http.get(path, headers=code)).headers["etag"]
    mended = {**changed, "answers": {**ANSWERS, "network": False}}
    assert (await call.on.http.put(path, json=mended, headers=tagged)).status_code == 200
    sent = await call.post(f"{path}/submit", {"consent": True}, code)
    kept = (await dossier(call, sent["application_id"]))["answers"]
    assert {each["key"]: each["answer"] for each in kept} == {"network": False, "heard": ["net"]}


async def test_a_draft_says_where_an_answer_that_reviewers_see_could_tell_who_writes(call: Any) -> None:
    begun = {"name": "Ana Ejemplo", "answers": {"network": True, "which": "La de Ana Ejemplo"}}
    preview = await call.on.http.post(f"/calls/{call.call_id}/applications/preview", json=begun)
    assert [(each["field"], each["at"]) for each in preview.json()["warnings"]] == [("answers.which", 6)]


async def test_what_is_no_longer_kept_of_the_texts_is_not_kept_of_their_answers_either(call: Any) -> None:
    id = await call.apply(0, answers=ANSWERS)
    person_id = call.on.store.collections["application"][id]["state"]["person_id"]
    asked = Asked("the-head", call.on.clock.now(), new_id())
    await ENDING.destroy(call.on.shell.store, call.on.shell.committer, person_id, STATEMENT, asked)
    seen = await dossier(call, id)
    assert [each["key"] for each in seen["answers"]] == ["network", "heard"]
    await call.post(f"/applications/{id}/erase", None, call.receipt(id))
    assert not [each for each in call.on.store.collections["vault"] if each.startswith(person_id)]


async def test_answers_are_nowhere_in_what_a_selection_is_computed_from(call: Any) -> None:
    for number in range(3):
        await call.apply(number, answers=ANSWERS)
    await call.close()
    await call.review_all()
    proposed = await call.post(f"/calls/{call.call_id}/selections", {})
    fields = {place for row in readings_of(call.on.store) for place in row["field_sets"]}
    assert not fields & {"answers_with_texts", "answers_with_application"}
    assert proposed["status"] == "optimal"
