"""The HTTP door: sheets, closing, and what participants and faculty see of their own."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from relevo_contracts import derived_id
from relevo_contracts.intake import PersonErased, ReceiptRenewed
from relevo_scheduling.consumers import on_person_erased, on_receipt_renewed


async def test_a_week_is_drafted_published_attended_and_closed(door: Any) -> None:
    path = await door.programme(door.session(), door.session(day=10))
    first, second = await door.session_ids()
    await door.enrol("one", "two", "three")
    door.stand.clock.at = door.make.after
    everybody = {derived_id(name): 100 for name in ("one", "two", "three")}
    recorded = await door.post(f"{path}/sessions/{first}/attendance", {"minutes": everybody})
    assert recorded.json() == {"recorded": 3, "unchanged": 0, "outcomes_turned": 0, "in_two_places": []}
    some = {derived_id("one"): 60, derived_id("two"): 59}
    assert (await door.post(f"{path}/sessions/{second}/attendance", {"minutes": some})).status_code == 200
    preview = (await door.get(f"{path}/participants")).json()["items"]
    assert sorted((each["minutes_attended"], each["would_complete"]) for each in preview) == [
        (100, False),
        (159, False),
        (160, True),
    ]
    closed = (await door.post(f"{path}/close")).json()
    assert (closed["completed"], closed["not_completed"], closed["portions_left"]) == (1, 2, [])
    late = await door.put(f"{path}/sessions/{second}/attendance/{derived_id('two')}", {"minutes": 60})
    assert late.json() == {"recorded": 1, "unchanged": 0, "outcomes_turned": 1, "in_two_places": []}
    statuses = sorted(each["standing"] for each in (await door.get(f"{path}/participants")).json()["items"])
    assert statuses == ["completed", "completed", "not_completed"]
    events = door.events()
    assert Counter(events) == {
        "programme.published": 1,
        "attendance.recorded": 6,
        "attendance.completed": 1,
        "attendance.not_completed": 2,
        "programme.week_ended": 1,
        "attendance.corrected": 1,
    }
    assert events[0] == "programme.published"
    assert events[-2:] == ["attendance.recorded", "attendance.corrected"]


async def test_a_whole_sheet_costs_one_transaction_and_the_round_trips_of_one_row(door: Any) -> None:
    path = await door.programme(door.session(), door.session(day=10))
    first, second = await door.session_ids()
    await door.enrol(*(f"p{number}" for number in range(60)))
    door.stand.clock.at = door.make.after
    costs = []
    for id, count in ((first, 1), (second, 60)):
        reads, transactions = door.stand.store.reads, door.stand.store.transactions
        body = {"minutes": {derived_id(f"p{number}"): 90 for number in range(count)}}
        assert (await door.post(f"{path}/sessions/{id}/attendance", body)).json()["recorded"] == count
        costs.append((door.stand.store.reads - reads, door.stand.store.transactions - transactions))
    assert costs[0] == costs[1]
    assert costs[0][1] == 1


async def test_a_sheet_with_one_bad_row_changes_nothing(door: Any) -> None:
    path = await door.programme(door.session())
    (id,) = await door.session_ids()
    await door.enrol("one")
    door.stand.clock.at = door.make.after
    refused = await door.post(
        f"{path}/sessions/{id}/attendance", {"minutes": {derived_id("one"): 50, derived_id("stranger"): 50}}
    )
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:relevo:problem:no-such-participant")
    assert door.events() == ["programme.published"]


async def test_a_repeated_sheet_gets_its_first_answer_and_another_body_is_refused(door: Any) -> None:
    path = await door.programme(door.session())
    (id,) = await door.session_ids()
    await door.enrol("one")
    door.stand.clock.at = door.make.after
    key, one = "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012", derived_id("one")
    first = await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 50}}, key=key)
    again = await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 50}}, key=key)
    assert (first.content, first.status_code) == (again.content, again.status_code)
    other = await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 51}}, key=key)
    assert other.status_code == 422
    assert door.events().count("attendance.recorded") == 1


async def test_a_private_calendar_link_shows_own_sessions_until_another_takes_its_place(door: Any) -> None:
    path = await door.programme(
        door.session(groups=["blue"]), door.session(groups=["red"]), door.session(day=10), groups=["blue", "red"]
    )
    await door.enrol("one")
    one = derived_id("one")
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=one)
    assigned = await door.put(f"{path}/participants/groups", {"groups": {one: ["blue"]}})
    assert assigned.json() == {"changed": 1, "unchanged": 0, "outcomes_turned": 0}
    first = (await door.post("/me/calendar-link", headers=mine)).json()["path"]
    feed = await door.get(first, {})
    assert (feed.status_code, feed.text.count("BEGIN:VEVENT")) == (200, 2)
    assert feed.headers["cache-control"].startswith("private")
    second = (await door.post("/me/calendar-link", headers=mine)).json()["path"]
    assert [(await door.get(each, {})).status_code for each in (first, second)] == [404, 200]
    code = second.removeprefix("/calendars/").removesuffix(".ics")
    assert code not in repr(door.stand.store.collections)
    assert code.replace("-", "") not in door.stand.logged.getvalue().replace("-", "")
    event = PersonErased(
        person_id=derived_id("person"), application_ids=(), participant_ids=(one,), erased_at=door.make.after
    )
    await door.receive(on_person_erased, event)
    gone, never = await door.get(second, {}), await door.get("/calendars/ABCD-EFGH-JKMN-PQRS-TVWX-YZ23-45.ics", {})
    assert (gone.status_code, gone.content) == (never.status_code, never.content) == (404, never.content)


async def test_rule_19_a_calendar_link_ends_with_the_receipt_code_that_it_was_made_with(door: Any) -> None:
    await door.programme(door.session())
    await door.enrol("one", "two")
    one, tokens = derived_id("one"), door.stand.tokens
    old = tokens.bearer("account-1", "participant", participant_id=one, renewals="0")
    other = tokens.bearer("account-2", "participant", participant_id=derived_id("two"), renewals="0")
    theirs = (await door.post("/me/calendar-link", headers=other)).json()["path"]
    assert (await door.get("/me/programme", old)).json()["calendar_link"] == "none"
    link = (await door.post("/me/calendar-link", headers=old)).json()["path"]
    assert (await door.get("/me/programme", old)).json()["calendar_link"] == "live"
    ids = {"participant_id": one, "edition_id": door.make.edition_id}
    renewed = ReceiptRenewed(**ids, renewals=1, renewed_at=door.make.after)
    for _ in range(2):
        await door.receive(on_receipt_renewed, renewed, 2)
    assert [(await door.get(each, {})).status_code for each in (link, theirs)] == [404, 200]
    new = tokens.bearer("account-1", "participant", participant_id=one, renewals="1")
    assert (await door.get("/me/programme", new)).json()["calendar_link"] == "ended"
    for claims in ({"renewals": "0"}, {}, {"renewals": "x"}, {"renewals": "-1"}, {"renewals": "²"}):
        stolen = tokens.bearer("account-1", "participant", participant_id=one, **claims)
        assert (await door.post("/me/calendar-link", headers=stolen)).status_code == 401, "a token from before"
    again = (await door.post("/me/calendar-link", headers=new)).json()["path"]
    assert [(await door.get(each, {})).status_code for each in (link, again)] == [404, 200]
    assert (await door.get("/me/programme", new)).json()["calendar_link"] == "live"


async def test_rule_19_without_a_link_a_renewed_code_ends_none(door: Any) -> None:
    await door.programme(door.session())
    await door.enrol("one")
    one = derived_id("one")
    ids = {"participant_id": one, "edition_id": door.make.edition_id}
    for sequence, renewals in enumerate((1, 2), 2):
        event = ReceiptRenewed(**ids, renewals=renewals, renewed_at=door.make.after)
        await door.receive(on_receipt_renewed, event, sequence)
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=one, renewals="2")
    assert (await door.get("/me/programme", mine)).json()["calendar_link"] == "none"
    late = door.stand.tokens.bearer("account-1", "participant", participant_id=one, renewals="1")
    assert (await door.post("/me/calendar-link", headers=late)).status_code == 401
    assert (await door.post("/me/calendar-link", headers=mine)).status_code == 201


async def test_participants_see_their_own_alone_and_by_nobodys_id(door: Any) -> None:
    await door.programme(door.session())
    await door.enrol("one", "two")
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=derived_id("one"))
    for part in ("attendance", "programme", "excuses"):
        assert (await door.get(f"/me/{part}", mine)).status_code == 200
        by_id = [await door.get(f"/participants/{derived_id(name)}/{part}", mine) for name in ("one", "two", "nobody")]
        assert [each.status_code for each in by_id] == [403, 403, 403]
        assert len({each.content for each in by_id}) == 1
    figures = (await door.get("/me/attendance", mine)).json()["figures"]
    assert figures["participant_id"] == derived_id("one")


async def test_a_coordinator_cannot_take_a_participants_private_link(door: Any) -> None:
    await door.enrol("one")
    refused = await door.post("/me/calendar-link")
    assert refused.status_code == 403


async def test_faculty_see_the_sessions_that_they_teach(door: Any) -> None:
    member = {"name": "A. Teacher", "affiliation": "IACHR", "subject": "teacher-1"}
    teacher = (await door.post(f"{door.edition}/faculty", member)).json()["faculty_id"]
    await door.programme(door.session(faculty_ids=[teacher]), door.session(day=10))
    (mine,) = (await door.get("/me/sessions", door.stand.tokens.bearer("teacher-1", "faculty"))).json()
    assert [each["faculty"] for each in mine["sessions"]] == [["A. Teacher"]]
    assert (await door.get("/me/sessions", door.stand.tokens.bearer("teacher-2", "faculty"))).json() == []
    text = (await door.get(f"{door.edition}/programme", {})).text
    assert "teacher-1" not in text


async def test_only_coordinators_reach_what_coordinators_do(door: Any) -> None:
    path = await door.programme(door.session())
    (id,) = await door.session_ids()
    others = [
        door.stand.tokens.bearer("x", "participant", participant_id=derived_id("x")),
        door.stand.tokens.bearer("x", "faculty", "expert", "reviewer"),
    ]
    reads = [path, f"{path}/draft", f"{path}/participants", f"{path}/sessions/{id}/attendance", f"{path}/versions/1"]
    for headers in others:
        assert {(await door.get(each, headers)).status_code for each in reads} == {403}
        for each in (f"{path}/publish", f"{path}/close", f"{path}/draft/sessions"):
            assert (
                await door.stand.post(each, door.session(), headers={**headers, "If-Match": '"a"'})
            ).status_code == 403


async def test_a_sheet_shows_who_is_expected_and_pages_of_participants_join(door: Any) -> None:
    path = await door.programme(door.session(groups=["blue"]), door.session(day=10), groups=["blue"])
    names = [f"p{number}" for number in range(7)]
    await door.enrol(*names)
    await door.put(f"{path}/participants/groups", {"groups": {derived_id("p3"): ["blue"]}})
    first, _ = await door.session_ids()
    sheet = (await door.get(f"{path}/sessions/{first}/attendance")).json()
    assert [each["participant_id"] for each in sheet["participants"] if each["expected"]] == [derived_id("p3")]
    found, after = [], ""
    while after is not None:
        page = (await door.get(f"{path}/participants?limit=3{'&after=' + after if after else ''}")).json()
        found += [each["participant_id"] for each in page["items"]]
        after = page["next"]
    assert found == sorted(derived_id(name) for name in names)


async def test_a_week_of_450_is_closed_in_portions_and_ends_once(door: Any) -> None:
    path = await door.programme(door.session())
    names = [f"p{number}" for number in range(450)]
    await asyncio.gather(*(door.enrol(name) for name in names))
    (id,) = await door.session_ids()
    door.stand.clock.at = door.make.after
    await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {derived_id(name): 100 for name in names[:400]}})
    assert (await door.post(f"{path}/close")).status_code == 200
    closing = (await door.get(path)).json()["closing"]
    assert (closing["portions_left"], closing["completed"], closing["not_completed"]) == ([], 400, 50)
    assert door.events().count("programme.week_ended") == 1
    assert door.stand.store.collections["deadlines"] == {}
    assert (await door.post(f"{path}/close")).json()["type"] == "urn:relevo:problem:week-is-closed"


async def test_rule_14_a_sheet_lists_only_those_whose_minutes_can_be_recorded(door: Any) -> None:
    """Whoever was erased is on no sheet, so that sending a sheet back as it was read is never refused over them."""
    path = await door.programme(door.session())
    [session] = await door.session_ids()
    await door.enrol("one", "two")
    person = {"person_id": "f" * 32, "application_ids": (), "erased_at": door.make.before}
    await door.receive(on_person_erased, PersonErased(participant_ids=(derived_id("two"),), **person))
    door.stand.clock.at = door.make.after
    listed = (await door.get(f"{path}/sessions/{session}/attendance")).json()["participants"]
    assert [each["participant_id"] for each in listed] == [derived_id("one")]
    minutes = {each["participant_id"]: 90 for each in listed}
    assert (await door.post(f"{path}/sessions/{session}/attendance", {"minutes": minutes})).json()["recorded"] == 1
