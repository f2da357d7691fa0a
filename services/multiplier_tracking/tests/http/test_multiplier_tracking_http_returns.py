"""What a coordinator says to a report, and where it stays (rule 9)."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_chassis.people.vault import SEALED
from relevo_contracts.intake import PersonErased
from relevo_testkit.records import readings_of
from relevo_testkit.stand import PEOPLE_ISSUER, known_as

ANA = "a" * 32
CANARY = "Canario-Perla"


async def test_rule_9_a_return_says_field_by_field_what_is_to_be_corrected_and_the_participant_reads_it_on_record(
    house: Any,
) -> None:
    session_id = await house.reported()
    at = f"{house.commitment}/sessions/{session_id}"
    words = {"note": f"Gracias. {CANARY}", "about": {"people": "¿14 con usted o sin usted?", "minutes": "¿Con pausas?"}}
    returned = await house.post(
        f"{at}/return", house.coordinator, {"revision": 1, "because": "people_unclear", **words}
    )
    assert returned["sessions"][0]["words"] is True
    own = (await house.get("/me/commitment", house.ana, lang="fr"))["sessions"][0]
    assert (own["because"], own["because_text"]) == (
        "people_unclear",
        "on ne sait pas combien de personnes ont participé",
    )
    assert (own["state_text"], own["format_text"]) == ("à corriger", "en présentiel")
    read = (await house.get("/me/commitment/texts", house.ana))["words"][session_id]
    texts = {name: text for name, text in read.items() if text is not None}
    assert texts == {"note": words["note"], **words["about"]}  # type: ignore[dict-item]
    assert (await house.get(f"{house.commitment}/texts", house.coordinator))["words"][session_id] == read
    reads = [(each["by"], each["purpose"]) for each in readings_of(house.stand.store)]
    assert reads == [(known_as("ana", PEOPLE_ISSUER), "own"), (known_as("carla"), "casework")]
    assert CANARY not in repr(house.stand.store.collections) + house.stand.logged.getvalue()
    assert CANARY not in repr(await house.get(house.commitment, house.coordinator))


async def test_rule_9_the_words_of_a_return_stay_until_the_next_decision_says_something_else(house: Any) -> None:
    session_id = await house.reported()
    at, correction = f"{house.commitment}/sessions/{session_id}", f"/me/commitment/sessions/{session_id}/correct"
    await house.post(f"{at}/return", house.coordinator, {"revision": 1, "because": "other", "note": "Uno."})
    await house.post(correction, house.ana, {"people": 15})
    texts = f"{house.commitment}/texts"
    assert (await house.get(texts, house.coordinator))["words"][session_id]["note"] == "Uno."
    await house.post(f"{at}/return", house.coordinator, {"revision": 2, "because": "other"})
    assert (await house.get(texts, house.coordinator))["words"] == {}
    await house.post(correction, house.ana, {"people": 16})
    reject = {"revision": 3, "because": "not_credible", "about": {"people": "Tres cifras."}}
    rejected = await house.post(f"{at}/reject", house.coordinator, reject)
    assert rejected["sessions"][0]["state"] == "rejected"
    assert (await house.get("/me/commitment/texts", house.ana))["words"][session_id]["people"] == "Tres cifras."


async def test_rule_14_the_words_go_with_the_person_and_a_report_is_decided_without_them(house: Any) -> None:
    session_id = await house.reported()
    at = f"{house.commitment}/sessions/{session_id}"
    await house.post(f"{at}/return", house.coordinator, {"revision": 1, "because": "other", "note": CANARY})
    await house.post(f"/me/commitment/sessions/{session_id}/correct", house.ana, {"people": 15})
    erased = PersonErased(
        person_id="f" * 32, application_ids=(), participant_ids=(ANA,), erased_at=house.stand.clock.now()
    )
    await house.receive(erased)
    assert not [id for id in house.stand.store.collections[SEALED] if id.startswith(ANA)]
    decision = {"revision": 2, "because": "other"}
    await house.post(f"{at}/return", house.coordinator, {**decision, "note": "…"}, 410)
    await house.post(f"{at}/reject", house.coordinator, decision)


@pytest.mark.parametrize("wrong", [{"about": {"name": "Ana"}}, {"note": ""}, {"about": {"people": "a" * 1001}}])
async def test_words_are_about_fields_that_a_report_has(house: Any, wrong: dict[str, Any]) -> None:
    session_id = await house.reported()
    at = f"{house.commitment}/sessions/{session_id}/return"
    await house.post(at, house.coordinator, {"revision": 1, "because": "other", **wrong}, 422)
