"""Groups over HTTP: who changes them in the week owes each its days (rule 16)."""

from __future__ import annotations

from typing import Any

from relevo_contracts import derived_id


async def test_rule_16_a_week_with_a_change_of_groups_is_completed_by_whoever_missed_nothing(door: Any) -> None:
    """Blue on Monday, red on Tuesday, everybody together on Wednesday."""
    both = [door.session(day=day, groups=[group], minutes=120) for day in (9, 10) for group in ("blue", "red")]
    path = await door.programme(*both, door.session(day=11, minutes=120), groups=["blue", "red"])
    await door.enrol("one")
    one = derived_id("one")
    sessions = (await door.get(f"{door.edition}/programme", {})).json()["sessions"]
    ids = {(each["starts_at"][8:10], *each["groups"]): each["session_id"] for each in sessions}
    await door.put(f"{path}/participants/groups", {"groups": {one: ["blue"]}})
    door.stand.clock.at = door.make.at(9, 20)
    await door.put(f"{path}/participants/groups", {"groups": {one: ["red"]}})
    door.stand.clock.at = door.make.after
    for key in (("09", "blue"), ("10", "red"), ("11",)):
        await door.post(f"{path}/sessions/{ids[key]}/attendance", {"minutes": {one: 120}})
    mine = (await door.get(f"/participants/{one}/programme")).json()["sessions"]
    assert [each["session_id"] for each in mine] == [ids["09", "blue"], ids["10", "red"], ids["11",]]
    sheet = (await door.get(f"{path}/sessions/{ids['10', 'blue']}/attendance")).json()
    assert [each["expected"] for each in sheet["participants"]] == [False]
    closed = (await door.post(f"{path}/close")).json()
    assert (closed["completed"], closed["not_completed"]) == (1, 0)
    (listed,) = (await door.get(f"{path}/participants")).json()["items"]
    assert (listed["minutes_required"], listed["minutes_attended"]) == (360, 360)
    assert [each["groups"] for each in listed["groups_before"]] == [[], ["blue"]]
    refused = await door.put(f"{path}/participants/groups", {"groups": {one: ["blue"]}})
    assert refused.json()["type"] == "urn:relevo:problem:week-is-closed"
    late = {"groups": {one: ["blue"]}, "from_at": "2019-12-09T00:00:00-05:00"}
    assert (await door.put(f"{path}/participants/groups", late)).json()["outcomes_turned"] == 1
    assert door.events()[-1] == "attendance.corrected"
