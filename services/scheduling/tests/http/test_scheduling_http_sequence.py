"""A name that is set right moves the sequence of its sessions over HTTP, and makes a version (RFC 5545, 3.8.7)."""

from __future__ import annotations

from typing import Any

from icalendar import Calendar


async def test_a_room_that_is_renamed_moves_the_sequence_of_its_sessions_and_makes_a_version_that_names_them(
    door: Any,
) -> None:
    room = (await door.post(f"{door.edition}/rooms", {"name": "Rubén Darío", "seats": 60})).json()["room_id"]
    member = (await door.post(f"{door.edition}/faculty", {"name": "A. Teacher"})).json()["faculty_id"]
    path = await door.programme(door.session(room_id=room), door.session(day=10, faculty_ids=[member]))
    first, second = await door.session_ids()

    async def sequences() -> list[int]:
        feed = Calendar.from_ical((await door.get(f"{door.edition}/programme.ics", {})).content)
        found = {str(each["UID"]).replace("-", ""): int(str(each["SEQUENCE"])) for each in feed.walk("VEVENT")}
        return [found[first], found[second]]

    await door.put(f"{door.edition}/rooms/{room}", {"name": "Rubén Darío", "seats": 80})
    await door.put(f"{door.edition}/faculty/{member}", {"name": "A. Teacher", "affiliation": "IACHR"})
    assert await sequences() == [0, 0]
    await door.put(f"{door.edition}/rooms/{room}", {"name": "Gabriela Mistral", "seats": 80})
    assert await sequences() == [1, 0]
    await door.put(f"{door.edition}/faculty/{member}", {"name": "B. Teacher"})
    assert await sequences() == [1, 1]
    state = (await door.get(path)).json()
    assert [(each["version"], each["changed_session_ids"]) for each in state["versions"]] == [
        (1, []),
        (2, [first]),
        (3, [second]),
    ]
    assert door.events() == ["programme.published"] * 3
    assert (await door.get(f"{path}/versions/2")).json()["version"] == 2
    draft = await door.get(f"{path}/draft")
    again = await door.post(f"{path}/publish", headers={"If-Match": draft.headers["etag"]})
    assert again.json()["type"] == "urn:relevo:problem:nothing-to-publish"


async def test_a_name_is_set_right_in_the_programme_also_after_the_week_was_closed(door: Any) -> None:
    member = (await door.post(f"{door.edition}/faculty", {"name": "A. Teacher"})).json()["faculty_id"]
    path = await door.programme(door.session(faculty_ids=[member]))
    await door.enrol("one")
    door.stand.clock.at = door.make.after
    await door.post(f"{path}/close")
    await door.put(f"{door.edition}/faculty/{member}", {"name": "Una docente"})
    state = (await door.get(path)).json()
    assert (len(state["versions"]), state["closing"]["version"]) == (2, 1)
    feed = (await door.get(f"{door.edition}/programme.ics", {})).text
    assert ("A. Teacher" in feed, "SEQUENCE:1" in feed) == (False, True)
