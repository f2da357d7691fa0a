"""A room's seats over HTTP: in every answer about the draft, and before a group is made."""

from __future__ import annotations

from typing import Any

from relevo_contracts import derived_id


async def test_the_seats_of_a_room_are_reckoned_with_in_every_answer_about_the_draft(door: Any) -> None:
    room = (await door.post(f"{door.edition}/rooms", {"name": "Sala", "seats": 1})).json()["room_id"]
    made = await door.post(f"{door.edition}/programme", door.frame)
    path = f"/programmes/{made.json()['programme_id']}"
    added = await door.post(f"{path}/draft/sessions", door.session(room_id=room))
    assert added.json()["clashes"] == []
    await door.enrol("one", "two")
    (clash,) = (await door.get(f"{path}/draft")).json()["clashes"]
    assert (clash["because"], clash["people"], clash["seats"]) == ("seats", 2, 1)
    another = await door.post(f"{path}/draft/sessions", door.session(day=10))
    assert [each["because"] for each in another.json()["clashes"]] == ["seats"]
    tag = another.headers["etag"]
    refused = await door.post(f"{path}/publish", headers={"If-Match": tag})
    assert refused.json()["type"] == "urn:relevo:problem:draft-has-clashes"
    await door.put(f"{door.edition}/rooms/{room}", {"name": "Sala", "seats": 2})
    assert (await door.post(f"{path}/publish", headers={"If-Match": tag})).status_code == 201


async def test_a_group_that_its_room_does_not_seat_is_not_made(door: Any) -> None:
    room = (await door.post(f"{door.edition}/rooms", {"name": "Sala", "seats": 1})).json()["room_id"]
    path = await door.programme(door.session(room_id=room, groups=["blue"]), door.session(day=10), groups=["blue"])
    await door.enrol("one", "two")
    groups = {derived_id(name): ["blue"] for name in ("one", "two")}
    refused = await door.put(f"{path}/participants/groups", {"groups": groups})
    assert refused.json()["type"] == "urn:relevo:problem:draft-has-clashes"
    one = {derived_id("one"): ["blue"]}
    assert (await door.put(f"{path}/participants/groups", {"groups": one})).status_code == 200
