"""Who decided what about a commitment, on which version, and why where it was asked (rule 22)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from relevo_testkit.records import readings_of
from relevo_testkit.stand import known_as

CANARY = "CANARY del motivo"


async def decided(house: Any, **query: str) -> list[dict[str, Any]]:
    page = await house.get(f"{house.commitment}/decisions", house.coordinator, **query)
    found: list[dict[str, Any]] = page["items"]
    return found


async def test_rule_22_what_is_decided_about_reports_and_days_is_kept_with_who_when_and_on_which_version(
    house: Any,
) -> None:
    session_id = await house.reported()
    at, revision = f"{house.commitment}/sessions/{session_id}", {"revision": 1}
    await house.post(f"{at}/verify", house.coordinator, revision)
    await house.post(f"{at}/withdraw-verification", house.coordinator)
    await house.post(f"{house.commitment}/decide-review", house.coordinator, {"decision": "uphold"})
    found = await decided(house)
    assert [(each["code"], each["because"], each["by"]) for each in found] == [
        ("review_decided", "uphold", known_as("carla")),
        ("verification_withdrawn", None, known_as("carla")),
        ("report_verified", None, known_as("carla")),
    ]
    assert [each["version"] - found[-1]["version"] for each in found] == [2, 1, 0]
    assert {each["at"] for each in found} == {"2020-01-19T15:00:00Z"}
    everybody = (await house.get(f"/editions/{'e' * 32}/decisions", house.coordinator))["items"]
    assert everybody == found


async def test_rule_22_why_days_were_moved_stays_sealed_and_is_opened_on_record(house: Any) -> None:
    await house.post(f"{house.commitment}/pause", house.coordinator, {"reason": "threat", "note": CANARY})
    await house.post(f"{house.commitment}/resume", house.coordinator)
    await house.post(f"{house.commitment}/resume", house.coordinator, status=409)
    assert [(each["code"], each["has_reason"], each["reason"]) for each in await decided(house)] == [
        ("commitment_resumed", False, None),
        ("commitment_paused", True, None),
    ]
    assert readings_of(house.stand.store) == []
    [_, paused] = await decided(house, reasons="true")
    assert (paused["reason"], paused["reason_stands"]) == ({"reason": "threat", "note": CANARY}, True)
    [read] = readings_of(house.stand.store)
    assert (read["by"], read["purpose"], read["person_ids"]) == (known_as("carla"), "decisions", ["a" * 32])
    everything = repr(house.stand.store.collections) + house.stand.logged.getvalue()
    assert CANARY not in everything
    assert "threat" not in everything


async def test_rule_22_what_is_granted_declined_and_said_to_a_report_is_kept_with_its_words_sealed(house: Any) -> None:
    session_id = await house.reported()
    returned = {"revision": 1, "because": "people_unclear", "about": {"people": CANARY}}
    await house.post(f"{house.commitment}/sessions/{session_id}/return", house.coordinator, returned)
    for verb, more in (("decline", {"note": CANARY}), ("grant", {})):
        body = {"asked_for": "pause", "reason": "illness"}
        own = await house.post("/me/commitment/requests", house.ana, body, 201)
        request_id = own["requests"][-1]["request_id"]
        await house.post(f"{house.commitment}/requests/{request_id}/{verb}", house.coordinator, more)
    found = await decided(house, reasons="true")
    assert [each["code"] for each in found] == ["request_granted", "request_declined", "report_returned"]
    assert [CANARY in repr(each["reason"]) for each in found] == [False, True, True]
    assert [each["has_reason"] for each in found] == [False, True, True]
    assert found[2]["because"] == "people_unclear"


async def test_rule_22_a_lapse_is_the_services_own_decision_and_a_reopening_a_coordinators(house: Any) -> None:
    await house.time(datetime(2020, 4, 1, tzinfo=UTC))
    body = {"due_on": "2020-05-01", "reason": "our_mistake"}
    await house.post(f"{house.commitment}/reopen", house.coordinator, body)
    assert [(each["code"], each["by"]) for each in await decided(house)] == [
        ("commitment_reopened", known_as("carla")),
        ("commitment_lapsed", "multiplier_tracking"),
    ]


async def test_rule_22_who_took_gave_answered_and_closed_a_question_is_kept(house: Any) -> None:
    question = {"topic": "method", "language": "es", "question": CANARY}
    asked = (await house.post("/me/support-requests", house.ana, question, 201))["support_request_id"]
    await house.post(f"/support-requests/{asked}/take", house.expert)
    await house.post(f"/support-requests/{asked}/take", house.expert)
    await house.post(f"/support-requests/{asked}/assign", house.coordinator, {"expert_id": "eva"})
    await house.post(f"/support-requests/{asked}/answer", house.other_expert, {"answer": CANARY})
    await house.post(f"/support-requests/{asked}/close", house.coordinator)
    assert [(each["code"], each["by"], each["version"]) for each in await decided(house)] == [
        ("support_closed", known_as("carla"), 4),
        ("support_answered", known_as("eva"), 3),
        ("support_assigned", known_as("carla"), 2),
        ("support_taken", known_as("edu"), 1),
    ]
    assert house.stand.store.collections["support_request"][asked]["state"]["closed_by"] == known_as("carla")


async def test_rule_22_a_participants_own_acts_and_what_is_refused_are_no_decisions_of_staff(house: Any) -> None:
    session_id = await house.reported()
    body = {"revision": 7}
    await house.post(f"{house.commitment}/sessions/{session_id}/verify", house.coordinator, body, 409)
    assert await decided(house) == []
    assert (await house.stand.http.get(f"{house.commitment}/decisions", headers=house.ana)).status_code == 403
