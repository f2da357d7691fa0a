"""What a participant wrote in a report: what stays through corrections, and who reads it."""

from __future__ import annotations

from typing import Any

from relevo_testkit.records import readings_of
from relevo_testkit.stand import PEOPLE_ISSUER, known_as

ANA = "a" * 32
CANARY = "Canario-Zafiro"


async def test_rule_9_what_is_not_sent_in_a_correction_stays(house: Any) -> None:
    session_id = await house.reported(description="Un taller.", evidence_note="En el archivo.", minutes=200)
    at, correction = f"{house.commitment}/sessions/{session_id}", f"/me/commitment/sessions/{session_id}/correct"

    async def corrected(revision: int, **fields: Any) -> Any:
        await house.post(f"{at}/return", house.coordinator, {"revision": revision, "because": "other"})
        own = await house.post(correction, house.ana, fields)
        report = own["sessions"][0]["report"]
        assert report["revision"] == revision + 1
        texts = (await house.get("/me/commitment/texts", house.ana))["sessions"].get(session_id)
        assert ((await house.get(f"{house.commitment}/texts", house.coordinator))["sessions"]).get(session_id) == texts
        return report, texts

    report, texts = await corrected(1, minutes=260)
    assert [report[name] for name in ("held_on", "minutes", "people", "format")] == ["2020-01-18", 260, 14, "in_person"]
    assert texts == {"description": "Un taller.", "evidence_note": "En el archivo."}
    report, texts = await corrected(2, evidence_note="En la nube.")
    assert (report["minutes"], texts) == (260, {"description": "Un taller.", "evidence_note": "En la nube."})
    _, texts = await corrected(3, description=None)
    assert texts == {"description": None, "evidence_note": "En la nube."}
    report, texts = await corrected(4, evidence_note=None, people=15)
    assert (report["people"], report["texts"], texts) == (15, False, None)
    await house.post(f"{at}/return", house.coordinator, {"revision": 5, "because": "other"})
    await house.post(correction, house.ana, {}, 422)


async def test_a_participant_reads_what_they_wrote_on_record_and_nobody_elses(house: Any) -> None:
    session_id = await house.reported(description=CANARY)
    own = await house.get("/me/commitment/texts", house.ana)
    assert own["sessions"] == {session_id: {"description": CANARY, "evidence_note": None}}
    assert (await house.get("/me/commitment/texts", house.bea))["sessions"] == {}
    [read] = readings_of(house.stand.store)
    assert (read["by"], read["purpose"], read["person_ids"]) == (known_as("ana", PEOPLE_ISSUER), "own", [ANA])
