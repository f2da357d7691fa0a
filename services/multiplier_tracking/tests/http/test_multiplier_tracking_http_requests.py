"""A pause or more days asked for over HTTP, up to the decision (rule 21)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.people.vault import SEALED
from relevo_contracts.intake import PersonErased
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_testkit.stand import known_as

ANA = "a" * 32
UNTIL = date(2020, 2, 25)
OPENED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)
LATE = days.ends_at(UNTIL) + timedelta(days=9)
CANARY = "Canario-Ámbar"


async def test_rule_21_from_the_request_to_the_decision(house: Any) -> None:
    house.stand.clock.at = datetime(2020, 1, 10, 12, tzinfo=UTC)
    asking = {"asked_for": "pause", "reason": "threat", "note": CANARY}
    own = await house.post("/me/commitment/requests", house.ana, asking, 201)
    assert (own["next_step"], own["paused"]) == ("wait_for_the_answer", False)
    assert house.events()[-1] == "CommitmentOpened"
    listed = (await house.get("/commitments", house.coordinator, asking="true"))["items"]
    assert [(each["participant_id"], each["asking"]["asked_for"]) for each in listed] == [(ANA, "pause")]
    others = (await house.get("/commitments", house.coordinator, asking="false"))["items"]
    assert ANA not in [each["participant_id"] for each in others]
    request_id = listed[0]["asking"]["request_id"]
    texts = (await house.get(f"{house.commitment}/texts", house.coordinator))["requests"][request_id]
    assert texts["asking"] == {"reason": "threat", "note": CANARY}
    await house.time(datetime(2020, 1, 20, 12, tzinfo=UTC))
    assert house.events().count("CommitmentDeadlineNear") == 1  # Bea's alone
    granting = f"{house.commitment}/requests/{request_id}/grant"
    after = await house.post(granting, house.coordinator, {"note": f"Re: {CANARY}"})
    assert (after["paused"], after["requests"][0]["decided_by"]) == (True, known_as("carla"))
    await house.post(granting, house.coordinator, {}, 409)
    resumed = await house.post(f"{house.commitment}/resume", house.coordinator)
    assert resumed["due_on"] == "2020-02-21"
    own = (await house.get("/me/commitment/texts", house.ana))["requests"][request_id]
    assert own["reply"] == {"text": f"Re: {CANARY}"}
    everything = repr(house.stand.store.collections) + house.stand.logged.getvalue()
    assert CANARY not in everything
    assert "threat" not in everything


async def test_rule_21_a_request_that_nobody_decides_keeps_the_commitment_from_lapsing(house: Any) -> None:
    house.stand.clock.at = days.ends_at(UNTIL) - timedelta(minutes=5)
    asking = {"asked_for": "more_days", "due_on": "2020-03-20", "reason": "illness"}
    await house.post("/me/commitment/requests", house.ana, asking, 201)
    await house.time(LATE)
    assert house.events().count("CommitmentLapsed") == 1  # Bea's alone
    [request] = (await house.get(house.commitment, house.coordinator))["requests"]
    decline = f"{house.commitment}/requests/{request['request_id']}/decline"
    await house.post(decline, house.coordinator, {}, 422)
    assert (await house.post(decline, house.coordinator, {"note": "No."}))["state"] == "lapsed"
    assert house.events().count("CommitmentLapsed") == 2


async def test_rule_21_a_declined_request_lets_the_reminders_and_the_days_run_again(house: Any) -> None:
    house.stand.clock.at = datetime(2020, 1, 10, 12, tzinfo=UTC)
    own = await house.post("/me/commitment/requests", house.ana, {"asked_for": "pause", "reason": "other"}, 201)
    await house.time(datetime(2020, 1, 30, 12, tzinfo=UTC))
    reminders = house.events().count("CommitmentDeadlineNear")
    request_id = own["requests"][0]["request_id"]
    await house.post(f"/me/commitment/requests/{request_id}/withdraw", house.bea, status=404)
    await house.post(f"/me/commitment/requests/{request_id}/withdraw", house.ana)
    await house.time(datetime(2020, 1, 30, 13, tzinfo=UTC))
    assert house.events().count("CommitmentDeadlineNear") == reminders + 1
    await house.time(days.ends_at(UNTIL))
    assert house.events().count("CommitmentLapsed") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"asked_for": "pause", "reason": "illness", "due_on": "2020-03-20"},
        {"asked_for": "more_days", "reason": "illness"},
        {"asked_for": "pause", "reason": "bored"},
        {"asked_for": "pause"},
    ],
)
async def test_rule_21_a_request_says_what_why_and_for_more_days_until_when(house: Any, wrong: dict[str, Any]) -> None:
    await house.post("/me/commitment/requests", house.ana, wrong, 422)


async def test_rule_14_why_days_were_asked_for_is_gone_with_the_person(house: Any) -> None:
    await house.post("/me/commitment/requests", house.ana, {"asked_for": "pause", "reason": "threat"}, 201)
    erased = PersonErased(person_id="f" * 32, application_ids=(), participant_ids=(ANA,), erased_at=OPENED_AT)
    await house.receive(erased)
    assert not [id for id in house.stand.store.collections[SEALED] if id.startswith(ANA)]
    assert (await house.get(f"/commitments/{commitment_id_of(ANA)}/texts", house.coordinator))["requests"] == {}


async def test_rule_10_a_participant_sees_what_moved_their_days_and_neither_why_nor_who(house: Any) -> None:
    why = {"reason": "threat", "note": CANARY}
    await house.post(f"{house.commitment}/pause", house.coordinator, why)
    await house.post(f"{house.commitment}/resume", house.coordinator)
    await house.post(f"{house.commitment}/extend", house.coordinator, {**why, "due_on": "2020-03-11"})
    own = await house.get("/me/commitment", house.ana, lang="pt")
    assert [each["step"] for each in own["steps"]] == ["paused", "resumed", "extended"]
    assert (own["steps"][2]["step_text"], own["steps"][2]["due_on"]) == ("prorrogado", "2020-03-11")
    assert "threat" not in repr(own)
    assert "carla" not in repr(own)


async def test_rule_7_the_due_day_is_over_when_it_is_over_everywhere_on_earth(house: Any) -> None:
    for at, is_over in (
        (datetime(2020, 2, 12, 11, 59, tzinfo=UTC), False),
        (datetime(2020, 2, 12, 12, tzinfo=UTC), True),
    ):
        house.stand.clock.at = at
        own = await house.get("/me/commitment", house.ana)
        assert (own["days_left"], own["due_is_over"]) == (0, is_over)
