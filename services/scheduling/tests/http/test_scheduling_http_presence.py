"""Minutes that say that somebody was in two places are recorded, and hinted at."""

from __future__ import annotations

from typing import Any

from relevo_contracts import derived_id


async def test_full_minutes_in_two_sessions_of_the_same_hour_are_recorded_and_hinted_at(door: Any) -> None:
    path = await door.programme(door.session(), door.session(required=False), door.session(day=10))
    await door.enrol("one", "two")
    sessions = (await door.get(f"{door.edition}/programme", {})).json()["sessions"]
    first, second = [each["session_id"] for each in sessions if each["starts_at"].startswith("2019-12-09")]
    one, two = derived_id("one"), derived_id("two")
    door.stand.clock.at = door.make.after
    everybody = {"minutes": {one: 100, two: 100}}
    assert (await door.post(f"{path}/sessions/{first}/attendance", everybody)).json()["in_two_places"] == []
    hinted = (await door.post(f"{path}/sessions/{second}/attendance", {"minutes": {one: 30, two: 0}})).json()
    (twice,) = hinted["in_two_places"]
    assert (hinted["recorded"], twice["participant_id"], twice["minutes_too_many"]) == (2, one, 30)
    assert {*twice["session_ids"]} == {first, second}
    listed = (await door.get(f"{path}/participants")).json()["items"]
    assert {each["participant_id"]: len(each["in_two_places"]) for each in listed} == {one: 1, two: 0}
    right = await door.put(f"{path}/sessions/{first}/attendance/{one}", {"minutes": 70})
    assert right.json()["in_two_places"] == []
