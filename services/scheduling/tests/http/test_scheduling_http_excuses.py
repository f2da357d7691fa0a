"""Excuses over HTTP: who joins late or is excused, on record and sealed (rule 16)."""

from __future__ import annotations

from typing import Any

from relevo_chassis.people.vault import KEYS, SEALED
from relevo_contracts import derived_id
from relevo_contracts.intake import PersonErased
from relevo_scheduling.consumers import on_person_erased
from relevo_scheduling.store import ERASED, KINDS
from relevo_testkit.backup import backed_up, restored
from relevo_testkit.records import readings_of
from relevo_testkit.stand import PEOPLE_ISSUER, known_as

CANARY = "Canario-Rubí"


async def with_week(door: Any, *names: str) -> tuple[str, list[str]]:
    path = await door.programme(*(door.session(day=day, minutes=60) for day in (9, 10, 11)))
    await door.enrol(*names)
    return path, await door.session_ids()


async def test_rule_16_who_accepts_on_monday_night_and_attends_the_rest_completes_the_week(door: Any) -> None:
    path, ids = await with_week(door)
    await door.enrol("late", at=door.make.at(9, 22))
    late = derived_id("late")
    door.stand.clock.at = door.make.after
    for id in ids[1:]:
        await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {late: 60}})
    (listed,) = (await door.get(f"{path}/participants")).json()["items"]
    assert (listed["minutes_required"], listed["minutes_attended"]) == (120, 120)
    assert (await door.post(f"{path}/close")).json()["completed"] == 1
    body = {"from_at": "2019-12-09T00:00:00-05:00"}
    after = (await door.put(f"{path}/participants/{late}/expected", body)).json()
    assert (after["standing"], after["minutes_required"]) == ("not_completed", 180)
    assert door.events()[-1] == "attendance.corrected"


async def test_rule_16_who_is_enrolled_after_the_week_neither_completed_nor_failed_it_until_they_turn_out_to_owe(
    door: Any,
) -> None:
    path, ids = await with_week(door, "one")
    door.stand.clock.at = door.make.after
    await door.post(f"{path}/close")
    await door.enrol("late", at=door.make.after)
    late = derived_id("late")
    assert door.events().count("attendance.not_completed") == 1
    figures = (await door.get(f"/participants/{late}/attendance")).json()["figures"]
    assert (figures["standing"], figures["minutes_required"]) == ("expected", 0)
    await door.put(f"{path}/sessions/{ids[2]}/attendance/{late}", {"minutes": 60})
    body = {"from_at": "2019-12-11T00:00:00-05:00"}
    after = (await door.put(f"{path}/participants/{late}/expected", body)).json()
    assert (after["standing"], after["minutes_required"], after["minutes_attended"]) == ("completed", 60, 60)
    assert door.events()[-1] == "attendance.completed"
    later = await door.put(f"{path}/participants/{late}/expected", {"from_at": "2019-12-20T00:00:00-05:00"})
    assert later.json()["type"] == "urn:relevo:problem:nothing-is-required"


async def test_rule_16_an_excuse_is_on_record_its_reason_sealed_and_read_on_record(door: Any) -> None:
    path, ids = await with_week(door, "one")
    one = derived_id("one")
    at = f"{path}/participants/{one}/excuses"
    body = {"session_id": ids[0], "reason": "threat", "note": CANARY}
    excused = await door.post(at, body)
    assert (excused.status_code, excused.json()["excused_session_ids"]) == (201, [ids[0]])
    (listed,) = (await door.get(excused.headers["location"])).json()
    assert [listed[name] for name in ("session_id", "reason", "note", "excused_by")] == [
        ids[0], "threat", CANARY, known_as("coordinator-1"),
    ]  # fmt: skip
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=one)
    (own,) = (await door.get("/me/excuses", mine)).json()
    assert (own["reason"], own["excused_by"]) == ("threat", None)
    assert (await door.get(f"/participants/{one}/excuses", mine)).status_code == 403
    assert [(each["by"], each["purpose"]) for each in readings_of(door.stand.store)] == [
        (known_as("coordinator-1"), "casework"),
        (known_as("account-1", PEOPLE_ISSUER), "own"),
    ]
    everything = repr(door.stand.store.collections) + door.stand.logged.getvalue()
    assert CANARY not in everything
    assert "threat" not in everything
    back = await door.post(f"{at}/{listed['excuse_id']}/withdraw")
    assert back.json()["minutes_required"] == 180
    again = await door.post(f"{at}/{listed['excuse_id']}/withdraw")
    assert again.json()["type"] == "urn:relevo:problem:no-such-excuse"
    sheet = (await door.get(f"{path}/sessions/{ids[0]}/attendance")).json()["participants"]
    assert [(each["expected"], each["excused"]) for each in sheet] == [(True, False)]


async def test_rule_6_an_excuse_that_is_given_late_turns_the_outcome_round_and_its_withdrawal_turns_it_back(
    door: Any,
) -> None:
    path, ids = await with_week(door, "one")
    one = derived_id("one")
    door.stand.clock.at = door.make.after
    for id in ids[:2]:
        await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 60}})
    assert (await door.post(f"{path}/close")).json()["not_completed"] == 1
    at = f"{path}/participants/{one}/excuses"
    late = (await door.post(at, {"session_id": ids[2], "reason": "illness"})).json()
    assert (late["standing"], late["minutes_required"], late["minutes_attended"]) == ("completed", 120, 120)
    (listed,) = (await door.get(f"/participants/{one}/excuses")).json()
    back = (await door.post(f"{at}/{listed['excuse_id']}/withdraw")).json()
    assert (back["standing"], back["minutes_required"]) == ("not_completed", 180)
    assert door.events()[-2:] == ["attendance.corrected", "attendance.corrected"]


async def test_rule_14_the_reasons_of_somebody_erased_are_gone_from_the_vault_and_from_a_restored_one(
    door: Any,
) -> None:
    path, ids = await with_week(door, "one", "two")
    one = derived_id("one")
    await door.post(f"{path}/participants/{one}/excuses", {"session_id": ids[0], "reason": "illness"})
    store = door.stand.shell.store
    backup = await backed_up(store, KINDS)
    person = {"person_id": "f" * 32, "application_ids": (), "erased_at": door.make.after}
    await door.receive(on_person_erased, PersonErased(participant_ids=(one,), **person))
    collections = door.stand.store.collections
    assert (collections[KEYS], collections[SEALED]) == ({}, {})
    refused = await door.post(f"{path}/participants/{one}/excuses", {"session_id": ids[1], "reason": "other"})
    assert refused.json()["type"] == "urn:relevo:problem:participant-is-erased"
    gone = {name: dict(documents) for name, documents in collections.items()}
    await restored(store, backup)
    for name in ("attendance", "positions"):
        collections[name].update(gone[name])
    assert await ERASED.destroy_again(store) == 1
    assert (collections[KEYS], collections[SEALED]) == ({}, {})
