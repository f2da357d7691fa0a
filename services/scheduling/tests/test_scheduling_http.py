"""The HTTP door, over a fake store."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from relevo_chassis.delivery.change import Source
from relevo_chassis.testing.edge import Stand, stand
from relevo_contracts import Envelope, Requirements, derived_id
from relevo_contracts.intake import ParticipantEnrolled, PersonErased
from relevo_scheduling.consumers import on_participant_enrolled, on_person_erased
from relevo_scheduling.http import ROUTERS
from relevo_scheduling.main import SERVICE

TOPIC = {"es": "Peticiones y casos", "en": "Petitions and cases", "pt": "Petições e casos", "fr": "Pétitions et cas"}
FRAME = {
    "first_on": "2019-12-09",
    "last_on": "2019-12-13",
    "time_zone": "America/New_York",
    "venue": "IACHR headquarters",
    "city": "Washington, DC",
}
BLUE = {"code": "blue", "label": {"es": "Azul", "en": "Blue", "pt": "Azul", "fr": "Bleu"}}
RED = {"code": "red", "label": {"es": "Rojo", "en": "Red", "pt": "Vermelho", "fr": "Rouge"}}


def session(day: int = 9, hour: int = 9, minutes: int = 100, **given: Any) -> dict[str, Any]:
    until = hour * 60 + minutes
    return {
        "kind": "lecture",
        "topic": TOPIC,
        "language": "es",
        "interpretation": ["en", "pt"],
        "starts_at": f"2019-12-{day:02d}T{hour:02d}:00:00-05:00",
        "ends_at": f"2019-12-{day:02d}T{until // 60:02d}:{until % 60:02d}:00-05:00",
        **given,
    }


class Door:
    """Scheduling's routes with a coordinator in front of them."""

    def __init__(self, stand: Stand, make: Any) -> None:
        self.stand, self.make = stand, make
        self.coordinator = stand.tokens.bearer("coordinator-1", "coordinator")
        self.edition = f"/editions/{make.edition_id}"

    async def post(self, path: str, content: Any = None, **given: Any) -> httpx.Response:
        headers = {**self.coordinator, **given.pop("headers", {})}
        return await self.stand.post(path, content, headers=headers, **given)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.stand.http.get(path, headers=self.coordinator if headers is None else headers)

    async def put(self, path: str, content: Any, tag: str | None = None) -> httpx.Response:
        headers = {**self.coordinator, **({"If-Match": tag} if tag else {})}
        return await self.stand.http.put(path, json=content, headers=headers)

    async def programme(self, *sessions: dict[str, Any], groups: Any = ()) -> str:
        """Make and publish a programme; returns its path."""
        made = await self.post(f"{self.edition}/programme", {**FRAME, "groups": list(groups)})
        assert made.status_code == 201, made.text
        path = f"/programmes/{made.json()['programme_id']}"
        put = await self.put(f"{path}/draft/sessions", {"sessions": list(sessions)}, made.headers["etag"])
        assert put.status_code == 200, put.text
        published = await self.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
        assert published.status_code == 201, published.text
        return path

    async def session_ids(self) -> list[str]:
        return [each["session_id"] for each in (await self.get(f"{self.edition}/programme", {})).json()["sessions"]]

    async def enrol(self, *names: str) -> None:
        for name in names:
            await self.receive(
                on_participant_enrolled,
                ParticipantEnrolled(
                    participant_id=derived_id(name),
                    application_id=derived_id("application", name),
                    call_id=derived_id("call"),
                    edition_id=self.make.edition_id,
                    enrolled_at=self.make.before,
                    requirements=Requirements(),
                ),
            )

    async def receive(self, handler: Any, event: Any) -> None:
        id = derived_id(type(event).__name__, event.aggregate_id)
        envelope = Envelope(id=id, sequence=1, time=self.make.before, cause_id=id, chain_id=id, event=event)
        change = handler(event, envelope)
        source = Source("scheduling_intake", event.aggregate, event.aggregate_id, 1)
        await self.stand.shell.committer.commit(replace(change, source=source))

    def told(self) -> list[str]:
        rows = sorted(self.stand.store.collections["outbox"].values(), key=lambda each: each["order"])
        return [each["subject"].removeprefix("events.scheduling.").removesuffix(".v1") for each in rows]


@pytest.fixture
async def door(make: Any) -> AsyncIterator[Door]:
    async with stand(ROUTERS, make.before) as standing:
        await standing.store.prepare(SERVICE.collections, SERVICE.indexes)
        yield Door(standing, make)


async def test_a_week_is_drafted_published_attended_and_closed(door: Door) -> None:
    path = await door.programme(session(), session(day=10))
    first, second = await door.session_ids()
    await door.enrol("one", "two", "three")
    door.stand.clock.at = door.make.after
    everybody = {derived_id(name): 100 for name in ("one", "two", "three")}
    recorded = await door.post(f"{path}/sessions/{first}/attendance", {"minutes": everybody})
    assert recorded.json() == {"recorded": 3, "unchanged": 0, "outcomes_turned": 0}
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
    assert late.json() == {"recorded": 1, "unchanged": 0, "outcomes_turned": 1}
    standings = sorted(each["standing"] for each in (await door.get(f"{path}/participants")).json()["items"])
    assert standings == ["completed", "completed", "not_completed"]
    told = door.told()
    assert Counter(told) == {
        "programme.published": 1,
        "attendance.recorded": 6,
        "attendance.completed": 1,
        "attendance.not_completed": 2,
        "programme.week_ended": 1,
        "attendance.corrected": 1,
    }
    assert told[0] == "programme.published"
    assert told[-2:] == ["attendance.recorded", "attendance.corrected"]


async def test_a_whole_sheet_costs_one_transaction_and_the_round_trips_of_one_row(door: Door) -> None:
    path = await door.programme(session(), session(day=10))
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


async def test_a_sheet_with_one_bad_row_changes_nothing(door: Door) -> None:
    path = await door.programme(session())
    (id,) = await door.session_ids()
    await door.enrol("one")
    door.stand.clock.at = door.make.after
    refused = await door.post(
        f"{path}/sessions/{id}/attendance", {"minutes": {derived_id("one"): 50, derived_id("stranger"): 50}}
    )
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:relevo:problem:no-such-participant")
    assert door.told() == ["programme.published"]


async def test_a_repeated_sheet_gets_its_first_answer_and_another_body_is_refused(door: Door) -> None:
    path = await door.programme(session())
    (id,) = await door.session_ids()
    await door.enrol("one")
    door.stand.clock.at = door.make.after
    key, one = "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012", derived_id("one")
    first = await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 50}}, key=key)
    again = await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 50}}, key=key)
    assert (first.content, first.status_code) == (again.content, again.status_code)
    other = await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {one: 51}}, key=key)
    assert other.status_code == 422
    assert door.told().count("attendance.recorded") == 1


async def test_of_two_who_edit_the_same_draft_the_second_is_told(door: Door) -> None:
    made = await door.post(f"{door.edition}/programme", FRAME)
    path, tag = f"/programmes/{made.json()['programme_id']}/draft", made.headers["etag"]
    assert (await door.put(f"{path}/sessions", {"sessions": [session()]}, tag)).status_code == 200
    late = await door.put(path, {**FRAME, "city": "Lima"}, tag)
    assert (late.status_code, late.json()["type"]) == (412, "urn:relevo:problem:changed-since")
    assert (await door.put(path, FRAME)).status_code == 428
    assert (await door.get(path)).json()["frame"]["city"] == "Washington, DC"


async def test_the_draft_shows_its_clashes_and_is_not_published_with_them(door: Door) -> None:
    room = (await door.post(f"{door.edition}/rooms", {"name": "Rubén Darío", "seats": 60})).json()["room_id"]
    made = await door.post(f"{door.edition}/programme", {**FRAME, "groups": [BLUE, RED]})
    path = f"/programmes/{made.json()['programme_id']}"
    await door.post(f"{path}/draft/sessions", session(room_id=room, groups=["blue"]))
    added = await door.post(f"{path}/draft/sessions", session(room_id=room, groups=["red"]))
    assert added.status_code == 201
    assert added.headers["location"].startswith(f"{path}/draft/sessions/")
    assert [each["because"] for each in added.json()["clashes"]] == ["room"]
    refused = await door.post(f"{path}/publish", headers={"If-Match": added.headers["etag"]})
    assert (refused.status_code, refused.json()["clashes"]) == (409, 1)
    removed = await door.stand.http.delete(
        added.headers["location"], headers={**door.coordinator, "If-Match": added.headers["etag"]}
    )
    assert removed.json()["clashes"] == []
    published = await door.post(f"{path}/publish", headers={"If-Match": removed.headers["etag"]})
    assert published.json()["version"] == 1


async def test_an_edition_has_one_programme(door: Door) -> None:
    assert (await door.post(f"{door.edition}/programme", FRAME)).status_code == 201
    assert (await door.post(f"{door.edition}/programme", FRAME)).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": "2019-12-09T08:00:00-05:00"},
        {"starts_at": "2019-12-09T09:00:00"},
        {"starts_at": "2019-12-09T09:00:30-05:00"},
        {"starts_at": "0001-01-01T00:00:00+14:00", "ends_at": "0001-01-01T01:00:00+14:00"},
        {"starts_at": "9999-12-31T22:00:00-12:00", "ends_at": "9999-12-31T23:00:00-12:00"},
        {"language": "qu"},
        {"interpretation": ["es"]},
        {"interpretation": ["en", "en"]},
        {"topic": {"es": "only"}},
        {"surplus": 1},
        {"groups": ["Not A Code"]},
        {"room_id": "1"},
    ],
)
async def test_what_is_no_session_is_refused_without_being_repeated(door: Door, wrong: dict[str, Any]) -> None:
    made = await door.post(f"{door.edition}/programme", FRAME)
    path = f"/programmes/{made.json()['programme_id']}/draft/sessions"
    refused = await door.post(path, {**session(), **wrong})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert "Not A Code" not in refused.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_on": "0001-01-01", "last_on": "0001-01-02"},
        {"first_on": "9999-12-30", "last_on": "9999-12-31"},
        {"last_on": "2019-12-08"},
        {"last_on": "2020-02-01"},
        {"time_zone": "Washington"},
        {"time_zone": "../../etc/passwd"},
        {"groups": [BLUE, BLUE]},
        {"venue": "a\u202eb"},
    ],
)
async def test_what_is_no_week_is_refused(door: Door, wrong: dict[str, Any]) -> None:
    assert (await door.post(f"{door.edition}/programme", {**FRAME, **wrong})).status_code == 422


async def test_rooms_and_faculty_of_another_edition_are_unknown_to_a_session(door: Door) -> None:
    made = await door.post(f"{door.edition}/programme", FRAME)
    path = f"/programmes/{made.json()['programme_id']}/draft/sessions"
    elsewhere = f"/editions/{derived_id('another')}"
    room = (await door.post(f"{elsewhere}/rooms", {"name": "A", "seats": 5})).json()["room_id"]
    member = (await door.post(f"{elsewhere}/faculty", {"name": "A"})).json()["faculty_id"]
    assert (await door.post(path, session(room_id=room))).json()["type"] == "urn:relevo:problem:room-is-unknown"
    refused = await door.post(path, session(faculty_ids=[member]))
    assert refused.json()["type"] == "urn:relevo:problem:faculty-is-unknown"
    assert (await door.put(f"{door.edition}/rooms/{room}", {"name": "B", "seats": 5})).status_code == 404


async def test_everybody_sees_the_published_programme_and_nobody_the_draft(door: Door) -> None:
    made = await door.post(f"{door.edition}/programme", FRAME)
    assert (await door.get(f"{door.edition}/programme", {})).status_code == 404
    assert (await door.get(f"/programmes/{made.json()['programme_id']}/draft", {})).status_code == 401
    assert "aún no se ha publicado" in (await door.get(f"{door.edition}/week", {})).text
    tag = made.headers["etag"]
    path = f"/programmes/{made.json()['programme_id']}"
    put = await door.put(f"{path}/draft/sessions", {"sessions": [session()]}, tag)
    await door.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
    seen = await door.get(f"{door.edition}/programme", {})
    assert seen.json()["sessions"][0]["starts_at"] == "2019-12-09T09:00:00-05:00"
    known = await door.get(f"{door.edition}/programme", {"If-None-Match": seen.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    page = await door.get(f"{door.edition}/week", {"Accept-Language": "de, fr;q=0.8, en;q=0.5"})
    assert "Pétitions et cas" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    feed = await door.get(f"{door.edition}/programme.ics?lang=pt", {})
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "Petições e casos" in feed.text


async def test_a_private_calendar_link_shows_own_sessions_until_another_takes_its_place(door: Door) -> None:
    path = await door.programme(session(groups=["blue"]), session(groups=["red"]), session(day=10), groups=[BLUE, RED])
    await door.enrol("one")
    one = derived_id("one")
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=one)
    assigned = await door.put(f"{path}/participants/groups", {"groups": {one: ["blue"]}})
    assert assigned.status_code == 204
    first = (await door.post(f"/participants/{one}/calendar-link", headers=mine)).json()["path"]
    feed = await door.get(first, {})
    assert (feed.status_code, feed.text.count("BEGIN:VEVENT")) == (200, 2)
    assert feed.headers["cache-control"].startswith("private")
    second = (await door.post(f"/participants/{one}/calendar-link", headers=mine)).json()["path"]
    assert [(await door.get(each, {})).status_code for each in (first, second)] == [404, 200]
    code = second.removeprefix("/calendars/").removesuffix(".ics")
    assert code not in repr(door.stand.store.collections)
    assert code.replace("-", "") not in door.stand.logged.getvalue().replace("-", "")
    event = PersonErased(
        person_id=derived_id("person"), application_ids=(), participant_ids=(one,), erased_at=door.make.after
    )
    await door.receive(on_person_erased, event)
    ended, never = await door.get(second, {}), await door.get("/calendars/ABCD-EFGH-JKMN-PQRS-TVWX-YZ23-45.ics", {})
    assert (ended.status_code, ended.content) == (never.status_code, never.content) == (404, never.content)


async def test_participants_see_their_own_and_get_the_same_answer_for_others_and_for_nobody(door: Door) -> None:
    await door.programme(session())
    await door.enrol("one", "two")
    mine = door.stand.tokens.bearer("account-1", "participant", participant_id=derived_id("one"))
    for part in ("attendance", "programme"):
        assert (await door.get(f"/participants/{derived_id('one')}/{part}", mine)).status_code == 200
        others = [await door.get(f"/participants/{derived_id(name)}/{part}", mine) for name in ("two", "nobody")]
        assert [each.status_code for each in others] == [403, 403]
        assert others[0].content == others[1].content
    refused = await door.post(f"/participants/{derived_id('two')}/calendar-link", headers=mine)
    assert refused.status_code == 403


async def test_a_coordinator_cannot_take_a_participants_private_link(door: Door) -> None:
    await door.enrol("one")
    refused = await door.post(f"/participants/{derived_id('one')}/calendar-link")
    assert refused.status_code == 403


async def test_faculty_see_the_sessions_that_they_teach(door: Door) -> None:
    member = {"name": "A. Teacher", "affiliation": "IACHR", "subject": "teacher-1"}
    teacher = (await door.post(f"{door.edition}/faculty", member)).json()["faculty_id"]
    await door.programme(session(faculty_ids=[teacher]), session(day=10))
    (mine,) = (await door.get("/my/sessions", door.stand.tokens.bearer("teacher-1", "faculty"))).json()
    assert [each["faculty"] for each in mine["sessions"]] == [["A. Teacher"]]
    assert (await door.get("/my/sessions", door.stand.tokens.bearer("teacher-2", "faculty"))).json() == []
    shown = (await door.get(f"{door.edition}/programme", {})).text
    assert "teacher-1" not in shown


async def test_only_coordinators_reach_what_coordinators_do(door: Door) -> None:
    path = await door.programme(session())
    (id,) = await door.session_ids()
    others = [
        door.stand.tokens.bearer("x", "participant", participant_id=derived_id("x")),
        door.stand.tokens.bearer("x", "faculty", "expert", "reviewer"),
    ]
    reads = [path, f"{path}/draft", f"{path}/participants", f"{path}/sessions/{id}/attendance", f"{path}/versions/1"]
    for headers in others:
        assert {(await door.get(each, headers)).status_code for each in reads} == {403}
        for each in (f"{path}/publish", f"{path}/close", f"{path}/draft/sessions"):
            assert (await door.stand.post(each, session(), headers={**headers, "If-Match": '"a"'})).status_code == 403


async def test_versions_and_what_they_changed_stay_to_be_read(door: Door) -> None:
    path = await door.programme(session())
    draft = await door.get(f"{path}/draft")
    kept = draft.json()["sessions"][0]["session_id"]
    changed = session(minutes=50)
    put = await door.put(f"{path}/draft/sessions/{kept}", changed, draft.headers["etag"])
    await door.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
    state = (await door.get(path)).json()
    assert [each["changed_session_ids"] for each in state["versions"]] == [[], [kept]]
    lengths = [(await door.get(f"{path}/versions/{each}")).json()["sessions"][0]["minutes"] for each in (1, 2)]
    assert lengths == [100, 50]
    assert (await door.get(f"{path}/versions/3")).status_code == 404


async def test_a_sheet_shows_who_is_expected_and_pages_of_participants_join(door: Door) -> None:
    path = await door.programme(session(groups=["blue"]), session(day=10), groups=[BLUE])
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


async def test_a_week_of_450_is_closed_in_portions_and_ends_once(door: Door) -> None:
    path = await door.programme(session())
    names = [f"p{number}" for number in range(450)]
    await asyncio.gather(*(door.enrol(name) for name in names))
    (id,) = await door.session_ids()
    door.stand.clock.at = door.make.after
    await door.post(f"{path}/sessions/{id}/attendance", {"minutes": {derived_id(name): 100 for name in names[:400]}})
    assert (await door.post(f"{path}/close")).status_code == 200
    closing = (await door.get(path)).json()["closing"]
    assert (closing["portions_left"], closing["completed"], closing["not_completed"]) == ([], 400, 50)
    assert door.told().count("programme.week_ended") == 1
    assert door.stand.store.collections["deadlines"] == {}
    assert (await door.post(f"{path}/close")).json()["type"] == "urn:relevo:problem:week-is-closed"


async def test_the_openapi_document_tells_problems_and_keys(door: Door) -> None:
    document = (await door.get("/openapi.json", {})).json()
    close = document["paths"]["/programmes/{programme_id}/close"]["post"]
    assert any(each["name"] == "Idempotency-Key" for each in close["parameters"])
    assert document["openapi"].startswith("3.1")
