"""The HTTP door: drafts, versions, and what everybody sees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from relevo_contracts import derived_id
from relevo_scheduling.http.forms import FrameForm, GroupsForm, SessionForm, SessionsForm, SheetForm

LABEL = {"es": "a", "en": "a", "pt": "a", "fr": "a"}


async def test_of_two_who_edit_the_same_draft_the_second_is_told(door: Any) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    path, tag = f"/programmes/{made.json()['programme_id']}/draft", made.headers["etag"]
    assert (await door.put(f"{path}/sessions", {"sessions": [door.session()]}, tag)).status_code == 200
    late = await door.put(path, {**door.frame, "city": "Lima"}, tag)
    assert (late.status_code, late.json()["type"]) == (412, "urn:relevo:problem:changed-since")
    assert (await door.put(path, door.frame)).status_code == 428
    assert (await door.get(path)).json()["frame"]["city"] == "Washington, DC"


async def test_the_draft_shows_its_clashes_and_is_not_published_with_them(door: Any) -> None:
    room = (await door.post(f"{door.edition}/rooms", {"name": "Rubén Darío", "seats": 60})).json()["room_id"]
    made = await door.post(
        f"{door.edition}/programme", {**door.frame, "groups": [door.group("blue"), door.group("red")]}
    )
    path = f"/programmes/{made.json()['programme_id']}"
    await door.post(f"{path}/draft/sessions", door.session(room_id=room, groups=["blue"]))
    added = await door.post(f"{path}/draft/sessions", door.session(room_id=room, groups=["red"]))
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


async def test_an_edition_has_one_programme(door: Any) -> None:
    assert (await door.post(f"{door.edition}/programme", door.frame)).status_code == 201
    assert (await door.post(f"{door.edition}/programme", door.frame)).status_code == 409


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
async def test_what_is_no_session_is_refused_without_being_repeated(door: Any, wrong: dict[str, Any]) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    path = f"/programmes/{made.json()['programme_id']}/draft/sessions"
    refused = await door.post(path, {**door.session(), **wrong})
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
        *(
            {"time_zone": each}
            for each in ("localtime", "Factory", "UTC", "EST5EDT", "GMT0", "Etc/GMT+5", "posixrules")
        ),
        *({"time_zone": each} for each in ("America", "America/", "posix/America/Lima", "right/America/Lima", "")),
        {"groups": [{"code": "a", "label": LABEL}, {"code": "a", "label": LABEL}]},
        {"venue": "a\u202eb"},
    ],
)
async def test_what_is_no_week_is_refused(door: Any, wrong: dict[str, Any]) -> None:
    assert (await door.post(f"{door.edition}/programme", {**door.frame, **wrong})).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        ({"starts_at": 1_575_900_000}, "starts_at", "not_an_instant"),
        ({"starts_at": "2019-12-09T09:00:30-05:00"}, "starts_at", "not_a_whole_minute"),
        ({"ends_at": "2019-12-09T08:00:00-05:00"}, "ends_at", "not_after"),
        ({"ends_at": "2019-12-09T22:00:00-05:00"}, "ends_at", "too_many_hours_after"),
        ({"ends_at": "2319-12-09T22:00:00-05:00"}, "ends_at", "not_of_our_time"),
        ({"required": 1}, "required", "not_a_boolean"),
        ({"interpretation": ["en", "es"]}, "interpretation", "own_language"),
        ({"groups": ["a", "a"]}, "groups", "named_twice"),
        ({"topic": {"es": "a", "en": "b", "pt": "c"}}, "topic.fr", "missing"),
        ({"room": "1"}, "room", "unknown"),
    ],
)
async def test_a_field_of_a_session_that_is_not_what_it_should_be_is_told_by_place_and_code(
    door: Any, wrong: dict[str, Any], where: str, code: str
) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    answer = await door.post(f"/programmes/{made.json()['programme_id']}/draft/sessions", door.session(**wrong))
    assert answer.status_code == 422
    assert [(each["where"], each["code"]) for each in answer.json()["errors"]] == [(f"body.{where}", code)]


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        ({"first_on": 0}, "first_on", "not_a_day"),
        ({"last_on": "2019-12-08"}, "last_on", "earlier_than"),
        ({"last_on": "2020-02-01"}, "last_on", "too_many_days_after"),
        ({"time_zone": "Factory"}, "time_zone", "time_zone_unknown"),
        ({"groups": [{"code": "A", "label": {}}]}, "groups.0.code", "not_of_the_form"),
    ],
)
async def test_a_field_of_a_week_that_is_not_what_it_should_be_is_told_by_place_and_code(
    door: Any, wrong: dict[str, Any], where: str, code: str
) -> None:
    answer = await door.post(f"{door.edition}/programme", {**door.frame, **wrong})
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["where"], error["code"]) == (f"body.{where}", code)


async def test_a_page_and_a_calendar_bear_what_others_add_to_their_address_and_a_list_does_not(door: Any) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    assert (await door.get(f"{door.edition}/week?fbclid=x", {})).status_code == 200
    assert (await door.get(f"{door.edition}/programme.ics?utm_source=x", {})).status_code == 200
    assert (await door.get(f"/programmes/{made.json()['programme_id']}?utm_source=x")).status_code == 422


@pytest.mark.parametrize("nameless", ["\u200b\u200b", "\u3164", "\u115f", "\u2800"])
async def test_what_people_read_in_a_programme_shows_something_and_names_have_a_letter(
    door: Any, nameless: str
) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    path = f"/programmes/{made.json()['programme_id']}/draft/sessions"
    topic = dict.fromkeys(("es", "en", "pt", "fr"), nameless)
    label = {"groups": [{"code": "a", "label": topic}]}
    answers = [
        await door.post(f"{door.edition}/faculty", {"name": nameless}),
        await door.post(f"{door.edition}/faculty", {"name": "A", "affiliation": nameless}),
        await door.post(f"{door.edition}/faculty", {"name": "1789"}),
        await door.post(f"{door.edition}/rooms", {"name": nameless, "seats": 5}),
        await door.post(path, door.session(topic=topic)),
        await door.post(f"/editions/{derived_id('another')}/programme", {**door.frame, **label}),
        await door.post(f"/editions/{derived_id('another')}/programme", {**door.frame, "venue": nameless}),
    ]
    assert [each.status_code for each in answers] == [422] * 7
    assert (await door.post(f"{door.edition}/rooms", {"name": "401", "seats": 5})).status_code == 201


@pytest.mark.parametrize("zone", ["America/Argentina/Ushuaia", "America/Lima", "Europe/Madrid", "US/Eastern"])
async def test_a_time_zone_is_a_place(door: Any, zone: str) -> None:
    assert (await door.post(f"{door.edition}/programme", {**door.frame, "time_zone": zone})).status_code == 201


async def test_a_draft_is_found_from_its_edition_and_shows_that_nothing_is_published_yet(door: Any) -> None:
    assert (await door.get(f"/programmes?edition_id={door.make.edition_id}")).json()["items"] == []
    made = await door.post(f"{door.edition}/programme", door.frame)
    (found,) = (await door.get(f"/programmes?edition_id={door.make.edition_id}")).json()["items"]
    assert (found["programme_id"], found["versions"]) == (made.json()["programme_id"], [])
    assert found["draft_differs"] is True
    assert (await door.get("/programmes", {})).status_code == 401
    other = await door.post(f"/editions/{derived_id('another')}/programme", door.frame)
    ids, after = [], ""
    while after is not None:
        page = (await door.get(f"/programmes?limit=1{'&after=' + after if after else ''}")).json()
        ids += [each["programme_id"] for each in page["items"]]
        after = page["next"]
    assert ids == sorted([made.json()["programme_id"], other.json()["programme_id"]])


async def test_what_a_draft_has_beyond_the_version_in_force_shows(door: Any) -> None:
    path = await door.programme(door.session())
    assert (await door.get(path)).json()["draft_differs"] is False
    await door.post(f"{path}/draft/sessions", door.session(day=10))
    assert (await door.get(path)).json()["draft_differs"] is True


@pytest.mark.parametrize("edition", ["0" * 32, "no-id", "a" * 300])
async def test_the_page_of_an_edition_that_there_is_not_is_a_page_for_a_browser(door: Any, edition: str) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "pt-BR"}
    page = await door.get(f"/editions/{edition}/week", browser)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Não encontramos o programa desta edição" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    data = await door.get(f"/editions/{edition}/week", {"Accept": "application/json"})
    assert (data.status_code, data.headers["content-type"]) == (404, "application/problem+json")


async def test_rooms_and_faculty_of_another_edition_are_unknown_to_a_session(door: Any) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    path = f"/programmes/{made.json()['programme_id']}/draft/sessions"
    elsewhere = f"/editions/{derived_id('another')}"
    room = (await door.post(f"{elsewhere}/rooms", {"name": "A", "seats": 5})).json()["room_id"]
    member = (await door.post(f"{elsewhere}/faculty", {"name": "A"})).json()["faculty_id"]
    assert (await door.post(path, door.session(room_id=room))).json()["type"] == "urn:relevo:problem:room-is-unknown"
    refused = await door.post(path, door.session(faculty_ids=[member]))
    assert refused.json()["type"] == "urn:relevo:problem:faculty-is-unknown"
    assert (await door.put(f"{door.edition}/rooms/{room}", {"name": "B", "seats": 5})).status_code == 404


async def test_everybody_sees_the_published_programme_and_nobody_the_draft(door: Any) -> None:
    made = await door.post(f"{door.edition}/programme", door.frame)
    assert (await door.get(f"{door.edition}/programme", {})).status_code == 404
    assert (await door.get(f"/programmes/{made.json()['programme_id']}/draft", {})).status_code == 401
    assert "aún no se ha publicado" in (await door.get(f"{door.edition}/week", {})).text
    tag = made.headers["etag"]
    path = f"/programmes/{made.json()['programme_id']}"
    put = await door.put(f"{path}/draft/sessions", {"sessions": [door.session()]}, tag)
    await door.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
    seen = await door.get(f"{door.edition}/programme", {})
    assert seen.json()["sessions"][0]["starts_at"] == "2019-12-09T09:00:00-05:00"
    known = await door.get(f"{door.edition}/programme", {"If-None-Match": seen.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    page = await door.get(f"{door.edition}/week", {"Accept-Language": "de, en;q=0.5, fr;q=0.8"})
    assert "Pétitions et cas" in page.text
    assert (page.headers["content-language"], page.headers["vary"]) == ("fr", "Accept, Accept-Language")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    feed = await door.get(f"{door.edition}/programme.ics?lang=pt", {})
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "Petições e casos" in feed.text
    assert feed.headers["content-language"] == "pt"


async def test_versions_and_what_they_changed_stay_to_be_read(door: Any) -> None:
    path = await door.programme(door.session())
    draft = await door.get(f"{path}/draft")
    kept = draft.json()["sessions"][0]["session_id"]
    changed = door.session(minutes=50)
    put = await door.put(f"{path}/draft/sessions/{kept}", changed, draft.headers["etag"])
    await door.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
    state = (await door.get(path)).json()
    assert [each["changed_session_ids"] for each in state["versions"]] == [[], [kept]]
    lengths = [(await door.get(f"{path}/versions/{each}")).json()["sessions"][0]["minutes"] for each in (1, 2)]
    assert lengths == [100, 50]
    assert (await door.get(f"{path}/versions/3")).status_code == 404


async def test_the_openapi_document_tells_problems_and_keys(door: Any) -> None:
    document = (await door.get("/openapi.json", {})).json()
    close = document["paths"]["/programmes/{programme_id}/close"]["post"]
    assert any(each["name"] == "Idempotency-Key" for each in close["parameters"])
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize("body", [FrameForm, SessionForm, SessionsForm, GroupsForm, SheetForm])
def test_the_examples_of_the_openapi_document_are_taken(body: type[BaseModel]) -> None:
    (example,) = body.model_json_schema()["examples"]
    assert body.model_validate_json(json.dumps(example))


async def test_nobody_is_put_into_groups_that_meet_at_the_same_time(door: Any) -> None:
    path = await door.programme(door.session(groups=["blue"]), door.session(groups=["red"]), groups=["blue", "red"])
    await door.enrol("one")
    one = derived_id("one")
    both = await door.put(f"{path}/participants/groups", {"groups": {one: ["blue", "red"]}})
    assert (both.status_code, both.json()["type"]) == (409, "urn:relevo:problem:draft-has-clashes")
    unknown = await door.put(f"{path}/participants/groups", {"groups": {one: ["green"]}})
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:relevo:problem:group-is-unknown")
    assert (await door.put(f"{path}/participants/groups", {"groups": {one: ["red"]}})).json()["changed"] == 1
