"""The service's routes over fakes: who may do what, and what they see."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.people.vault import KEYS, SEALED
from relevo_contracts.intake import PersonErased
from relevo_contracts.scheduling import OnsiteCorrected
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.sealed import DECISIONS, EVIDENCE
from relevo_testkit.records import readings_of
from relevo_testkit.stand import known_as

EDITION, PERSON = "e" * 32, "f" * 32
ANA, BEA = "a" * 32, "b" * 32
OPENED_AT = datetime(2019, 12, 14, 9, tzinfo=UTC)
CANARY = "Canario-Zafiro"
REPORT = {"held_on": "2020-01-18", "minutes": 260, "people": 14, "format": "in_person"}


async def test_a_participant_sees_where_the_commitment_stands(house: Any) -> None:
    own = await house.get("/me/commitment", house.ana, lang="fr")
    assert (own["state"], own["due_on"], own["days_left"]) == ("open", "2020-02-11", 60)
    assert own["missing"] == {"minutes": 240, "people": 10}
    assert own["next_step"] == "plan_a_session"
    assert own["next_step_text"].startswith("Planifiez")
    preferring = {**house.ana, "Accept-Language": "fr;q=0.1, en;q=0.9"}
    answer = await house.stand.http.get("/me/commitment", headers=preferring)
    assert answer.headers["content-language"] == "en"
    assert answer.json()["next_step_text"].startswith("Plan a")


async def test_a_participant_sees_the_days_as_a_picture_that_no_cache_keeps(house: Any) -> None:
    answer = await house.stand.http.get("/me/commitment/timeline.svg", headers=house.ana, params={"lang": "pt"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert "11 de fevereiro" in answer.text


async def test_rule_8_from_a_plan_to_a_fulfilled_commitment(house: Any) -> None:
    own = await house.post(
        "/me/commitment/sessions", house.ana, {"planned_on": "2020-01-18", "format": "in_person"}, 201
    )
    session_id = own["sessions"][0]["session_id"]
    assert own["next_step"] == "hold_the_session"
    house.stand.clock.at = datetime(2020, 1, 19, 15, tzinfo=UTC)
    assert (await house.get("/me/commitment", house.ana))["next_step"] == "report_the_session"
    own = await house.post(f"/me/commitment/sessions/{session_id}/report", house.ana, REPORT, 201)
    assert own["next_step"] == "wait_for_the_decision"
    page = await house.get("/commitments", house.coordinator, awaiting="true", edition_id=EDITION)
    assert [each["commitment_id"] for each in page["items"]] == [commitment_id_of(ANA)]
    after = await house.post(f"{house.commitment}/sessions/{session_id}/verify", house.coordinator, {"revision": 1})
    assert after["state"] == "fulfilled"
    assert (await house.get("/me/commitment", house.ana))["next_step"] == "all_is_done"
    assert house.events()[-4:] == [
        "MultiplierSessionPlanned",
        "MultiplierSessionReported",
        "MultiplierSessionVerified",
        "CommitmentFulfilled",
    ]
    figures = (await house.get(f"/editions/{EDITION}/reach", house.coordinator))["figures"]
    assert (figures["commitments"], figures["fulfilled"], figures["people_reached"]) == (2, 1, 14)


async def test_rule_9_a_returned_report_is_corrected_and_the_decision_is_on_the_revision_read(house: Any) -> None:
    session_id = await house.reported(minutes=200)
    at = f"{house.commitment}/sessions/{session_id}"
    await house.post(f"{at}/return", house.coordinator, {"revision": 1, "because": "duration_unclear"})
    own = await house.get("/me/commitment", house.ana)
    assert own["next_step"] == "correct_the_report"
    assert own["sessions"][0]["correct_until_on"] == "2020-02-25"
    await house.post(f"/me/commitment/sessions/{session_id}/correct", house.ana, REPORT)
    refused = await house.post(f"{at}/verify", house.coordinator, {"revision": 1}, 409)
    assert refused["type"] == "urn:relevo:problem:report-was-revised"
    assert (await house.post(f"{at}/verify", house.coordinator, {"revision": 2}))["state"] == "fulfilled"


async def test_a_repeated_report_is_one_report_with_the_same_answer(house: Any) -> None:
    house.stand.clock.at = datetime(2020, 1, 19, 15, tzinfo=UTC)
    key = "6f1c2a9e-4b7d-4a1e-9c35-0d2f8e7b6a54"
    first = await house.stand.post("/me/commitment/reports", REPORT, key=key, headers=house.ana)
    again = await house.stand.post("/me/commitment/reports", REPORT, key=key, headers=house.ana)
    other = await house.stand.post("/me/commitment/reports", {**REPORT, "people": 15}, key=key, headers=house.ana)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content
    assert len((await house.get("/me/commitment", house.ana))["sessions"]) == 1


async def test_texts_and_reasons_lie_sealed_and_only_a_coordinator_opens_them(house: Any) -> None:
    session_id = await house.reported(description=CANARY, evidence_note=f"{CANARY} en la nube")
    await house.post(f"{house.commitment}/pause", house.coordinator, {"reason": "threat", "note": CANARY})
    texts = await house.get(f"{house.commitment}/texts", house.coordinator)
    assert texts["sessions"][session_id]["description"] == CANARY
    assert [each["reason"] for each in texts["steps"].values()] == ["threat"]
    assert (await house.stand.http.get(f"{house.commitment}/texts", headers=house.ana)).status_code == 403
    everything = repr(house.stand.store.collections) + house.stand.logged.getvalue()
    assert CANARY not in everything
    assert "threat" not in everything
    [read] = readings_of(house.stand.store)
    assert (read["by"], read["purpose"], read["person_ids"]) == (known_as("carla"), "casework", [ANA])


async def test_two_first_texts_at_once_are_sealed_under_one_key(house: Any) -> None:
    house.stand.clock.at = datetime(2020, 1, 19, 15, tzinfo=UTC)
    another = {**REPORT, "another_session": True}
    await asyncio.gather(
        *(
            house.post("/me/commitment/reports", house.ana, {**another, "description": f"{CANARY} {number}"}, 201)
            for number in range(5)
        )
    )
    texts = await house.get(f"{house.commitment}/texts", house.coordinator)
    assert len(texts["sessions"]) == 5
    assert set(house.stand.store.collections[KEYS]) == {f"{ANA}/{EVIDENCE}", f"{ANA}/{DECISIONS}"}


async def test_rule_10_a_pause_moves_the_due_day_and_stops_reminders(house: Any) -> None:
    await house.time(datetime(2020, 1, 10, 12, tzinfo=UTC))
    await house.post(f"{house.commitment}/pause", house.coordinator, {"reason": "illness"})
    await house.time(days.remind_at(date(2020, 2, 11), 30) + timedelta(days=1))
    assert house.events().count("CommitmentDeadlineNear") == 1  # Bea's alone
    house.stand.clock.at = datetime(2020, 1, 20, 12, tzinfo=UTC)
    after = await house.post(f"{house.commitment}/resume", house.coordinator)
    assert after["due_on"] == "2020-02-21"
    assert [step["step"] for step in after["trail"]] == ["paused", "resumed"]
    await house.time(days.remind_at(date(2020, 2, 21), 30) + timedelta(hours=1))
    assert house.events().count("CommitmentDeadlineNear") == 2


async def test_rule_11_reminders_go_out_once_and_the_commitment_lapses_when_nobody_reports(house: Any) -> None:
    for distance in (30, 14, 7, 1):
        await house.time(days.remind_at(date(2020, 2, 11), distance))
        await house.time(days.remind_at(date(2020, 2, 11), distance) + timedelta(minutes=5))
    assert house.events().count("CommitmentDeadlineNear") == 8
    await house.time(days.ends_at(date(2020, 2, 25)))
    assert house.events().count("CommitmentLapsed") == 2
    await house.post(
        f"{house.commitment}/reopen", house.coordinator, {"due_on": "2020-04-01", "reason": "reported_late"}
    )
    assert (await house.get("/me/commitment", house.ana))["state"] == "open"
    await house.time(days.ends_at(date(2020, 4, 15)))
    assert house.events().count("CommitmentLapsed") == 3


async def test_rule_11_a_leap_of_the_clock_sends_only_the_nearest_reminder(house: Any) -> None:
    await house.time(days.remind_at(date(2020, 2, 11), 1) + timedelta(hours=1))
    assert house.events().count("CommitmentDeadlineNear") == 2


async def test_rule_10_an_extension_is_granted_to_a_later_day_only(house: Any) -> None:
    body = {"due_on": "2020-02-25", "reason": "network_shutdown"}
    after = await house.post(f"{house.commitment}/extend", house.coordinator, body)
    assert (after["due_on"], after["report_until_on"]) == ("2020-02-25", "2020-03-10")
    refused = await house.post(f"{house.commitment}/extend", house.coordinator, body, 422)
    assert refused["type"] == "urn:relevo:problem:due-day-would-not-move-later"


async def test_rule_12_a_withdrawn_verification_is_decided_by_a_coordinator(house: Any) -> None:
    session_id = await house.reported()
    at = f"{house.commitment}/sessions/{session_id}"
    await house.post(f"{at}/verify", house.coordinator, {"revision": 1})
    doubted = await house.post(f"{at}/withdraw-verification", house.coordinator)
    assert (doubted["state"], doubted["review"]) == ("under_review", ["verification_withdrawn"])
    after = await house.post(f"{house.commitment}/decide-review", house.coordinator, {"decision": "uphold"})
    assert after["state"] == "fulfilled"


async def test_rule_6_a_reversed_week_is_reviewed_and_may_be_ended(house: Any) -> None:
    await house.receive(house.onsite(OnsiteCorrected, ANA, outcome="not_completed", corrected_at=OPENED_AT), 2)
    after = await house.post(f"{house.commitment}/decide-review", house.coordinator, {"decision": "end"})
    assert after["state"] == "not_due"


async def test_a_question_is_read_by_its_expert_alone_and_answered(house: Any) -> None:
    asked = await house.post(
        "/me/support-requests", house.ana, {"topic": "method", "language": "es", "question": CANARY}, 201
    )
    at = f"/support-requests/{asked['support_request_id']}"
    listed = (await house.get("/support-requests", house.expert))["items"][0]
    assert CANARY not in repr(listed)
    assert ANA not in repr(listed)
    assert (await house.stand.http.get(at, headers=house.expert)).status_code == 403
    await house.post(f"{at}/take", house.expert)
    assert (await house.get(at, house.expert))["question"]["text"] == CANARY
    assert ANA not in repr(await house.get(at, house.expert))
    assert (await house.stand.http.get(at, headers=house.other_expert)).status_code == 404
    await house.post(f"{at}/take", house.other_expert, status=404)
    await house.post(f"{at}/answer", house.expert, {"answer": f"Re: {CANARY}"})
    own = (await house.get("/me/support-requests", house.ana))["items"][0]
    assert own["answer"]["text"] == f"Re: {CANARY}"
    assert (await house.get("/me/support-requests", house.bea))["items"] == []
    await house.post(f"/me{at}/close", house.bea, status=404)
    assert (await house.post(f"/me{at}/close", house.ana))["state"] == "closed"
    assert house.events()[-3:] == ["SupportRequested", "SupportAnswered", "SupportClosed"]
    assert CANARY not in repr(house.stand.store.collections) + house.stand.logged.getvalue()


async def test_rule_14_an_erased_person_is_gone_from_the_vault_and_counts_stay(house: Any) -> None:
    session_id = await house.reported(description=CANARY)
    await house.post(f"{house.commitment}/sessions/{session_id}/verify", house.coordinator, {"revision": 1})
    await house.post("/me/support-requests", house.ana, {"topic": "other", "language": "es", "question": CANARY}, 201)
    erased = PersonErased(person_id=PERSON, application_ids=(), participant_ids=(ANA,), erased_at=OPENED_AT)
    await house.receive(erased)
    collections = house.stand.store.collections
    assert ANA not in str(collections[KEYS])
    assert not [id for id in collections[SEALED] if id.startswith(ANA)]
    assert (await house.get(f"{house.commitment}/texts", house.coordinator))["sessions"] == {}
    assert (await house.get(f"/editions/{EDITION}/reach", house.coordinator))["figures"]["people_reached"] == 14
    await house.post("/me/commitment/reports", house.ana, REPORT, 410)
    assert ANA not in str(collections[KEYS])


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/commitments", "participant"),
        ("/commitments", "expert"),
        (f"/commitments/{'0' * 32}", "participant"),
        (f"/editions/{EDITION}/reach", "participant"),
        ("/support-requests", "participant"),
        (f"/support-requests/{'0' * 32}", "coordinator"),
        ("/me/commitment", "coordinator"),
    ],
)
async def test_each_role_sees_only_its_own_routes(house: Any, path: str, role: str) -> None:
    headers = house.stand.tokens.bearer("someone", role, participant_id=ANA)
    assert (await house.stand.http.get(path, headers=headers)).status_code == 403
    assert (await house.stand.http.get(path)).status_code == 401


async def test_a_participant_without_a_commitment_is_told_so_and_no_more(house: Any) -> None:
    stranger = house.stand.tokens.bearer("x", "participant", participant_id="0" * 32)
    answer = await house.stand.http.get("/me/commitment", headers=stranger)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:no-such-commitment")


async def test_a_list_is_paged_without_gaps_or_repeats(house: Any) -> None:
    first = await house.get("/commitments", house.coordinator, limit=1)
    second = await house.get("/commitments", house.coordinator, limit=1, after=first["next"])
    ids = [each["commitment_id"] for page in (first, second) for each in page["items"]]
    assert sorted(ids) == sorted([commitment_id_of(ANA), commitment_id_of(BEA)])
    assert second["next"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"trainees": ["Ana"]},
        {"people": ["Ana"]},
        {"minutes": -1},
        {"held_on": "2020-02-30"},
        {"held_on": "9999-12-31"},
        {"format": "telepathy"},
        {"people": 10**30},
    ],
)
async def test_a_malformed_report_is_refused_without_an_echo(house: Any, change: dict[str, Any]) -> None:
    house.stand.clock.at = datetime(2020, 1, 19, 15, tzinfo=UTC)
    answer = await house.stand.post("/me/commitment/reports", {**REPORT, **change}, headers=house.ana)
    assert answer.status_code in (400, 422)
    assert "Ana" not in answer.text
