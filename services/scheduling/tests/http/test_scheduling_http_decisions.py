"""Who decided what about a week and about whose, on which version, and why where it was asked (rule 22)."""

from __future__ import annotations

from typing import Any

from relevo_contracts import derived_id
from relevo_testkit.records import readings_of
from relevo_testkit.stand import known_as

CANARY = "CANARY del motivo"
ONE = derived_id("one")


async def test_rule_22_a_week_keeps_who_published_it_who_recorded_whom_and_who_closed_it(door: Any) -> None:
    path = await door.programme(*(door.session(day=day, minutes=60) for day in (9, 10)))
    await door.enrol("one")
    ids = await door.session_ids()
    await door.post(f"{path}/participants/{ONE}/excuses", {"session_id": ids[0], "reason": "illness", "note": CANARY})
    door.stand.clock.at = door.make.after
    others = {"headers": door.stand.tokens.bearer("coordinator-2", "coordinator")}
    for minutes in (20, 60):
        await door.post(f"{path}/sessions/{ids[1]}/attendance", {"minutes": {ONE: minutes}}, **others)
    await door.post(f"{path}/sessions/{ids[1]}/attendance", {"minutes": {ONE: 60}})
    assert (await door.post(f"{path}/close", **others)).status_code == 200

    state = (await door.get(path)).json()
    assert [each["published_by"] for each in state["versions"]] == [known_as("coordinator-1")]
    assert state["closing"]["began_by"] == known_as("coordinator-2")
    attended = (await door.get(f"/participants/{ONE}/attendance")).json()["sessions"]
    assert [(each["recorded_by"], each["corrections"]) for each in attended] == [(known_as("coordinator-2"), 1)]
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=ONE)
    own = (await door.get("/me/attendance", mine)).json()["sessions"]
    assert [each["recorded_by"] for each in own] == [None]

    theirs = (await door.get(f"/participants/{ONE}/decisions")).json()["items"]
    assert [(each["code"], each["by"], each["about"]) for each in theirs] == [
        ("attendance_corrected", known_as("coordinator-2"), "attendance"),
        ("attendance_recorded", known_as("coordinator-2"), "attendance"),
        ("excuse_given", known_as("coordinator-1"), "attendance"),
    ]
    assert theirs[0]["version"] == theirs[1]["version"] + 1
    week = (await door.get(f"{path}/decisions?limit=200")).json()["items"]
    assert [each["code"] for each in week] == [
        "week_closed", "attendance_corrected", "attendance_recorded", "excuse_given", "programme_published",
        "draft_sessions_replaced", "programme_begun",
    ]  # fmt: skip
    assert [each["version"] for each in week if each["about"] == "programme"] == [3, 2, 1, 0]


async def test_rule_22_why_somebody_was_excused_is_opened_on_record_and_gone_with_them(door: Any) -> None:
    path = await door.programme(door.session(day=9), door.session(day=10))
    await door.enrol("one")
    body = {"session_id": (await door.session_ids())[0], "reason": "threat", "note": CANARY}
    await door.post(f"{path}/participants/{ONE}/excuses", body)
    [closed] = (await door.get(f"/participants/{ONE}/decisions")).json()["items"]
    assert (closed["has_reason"], closed["reason"]) == (True, None)
    assert readings_of(door.stand.store) == []
    [opened] = (await door.get(f"/participants/{ONE}/decisions?reasons=true")).json()["items"]
    assert (opened["reason"], opened["reason_stands"]) == ({"reason": "threat", "note": CANARY}, True)
    [read] = readings_of(door.stand.store)
    assert (read["by"], read["person_ids"]) == (known_as("coordinator-1"), [ONE])
    everything = repr(door.stand.store.collections) + door.stand.logged.getvalue()
    assert CANARY not in everything
    assert "threat" not in everything


async def test_participants_do_not_see_who_of_staff_decided(door: Any) -> None:
    path = await door.programme(door.session())
    await door.enrol("one")
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=ONE)
    for each in (f"/participants/{ONE}/decisions", f"{path}/decisions"):
        assert (await door.get(each, mine)).status_code == 403
    assert (await door.get(f"/programmes/{'f' * 32}/decisions")).status_code == 404
