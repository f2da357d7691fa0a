"""Materials of the week over HTTP: added, filed, changed, withdrawn, and read by those they are for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from relevo_chassis.ids import new_id
from relevo_contracts import derived_id
from relevo_contracts.intake import ParticipantWithdrawn
from relevo_scheduling.cleaning import cleaner
from relevo_scheduling.consumers import on_participant_withdrawn
from relevo_scheduling.domain import materials
from relevo_scheduling.store import PIECES
from relevo_testkit.pictures import png
from relevo_testkit.records import decisions_of
from relevo_testkit.stand import known_as

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.handing_out import (
        LINK,
        TEXT,
        Door,
        added,
        filed,
        form,
        own,
        own_file,
        participant,
        path_of,
        pieces,
        swept,
        teacher,
        titles,
        with_file,
    )
else:
    from services.scheduling.tests.handing_out import (
        LINK,
        TEXT,
        Door,
        added,
        filed,
        form,
        own,
        own_file,
        participant,
        path_of,
        pieces,
        swept,
        teacher,
        titles,
        with_file,
    )


async def test_a_file_from_its_sending_to_who_reads_it(week: Door) -> None:
    [first, _] = await week.session_ids()
    made = await added(week, first, title="Informe")
    assert titles(await own(week)) == [], "it waits for its file"
    assert (await own_file(week, made)).status_code == 404
    sent = await filed(week, made)
    assert sent.json()["file"] == {
        "media": "text/plain",
        "size_bytes": len(TEXT),
        "digest": sha256(TEXT).hexdigest(),
    }
    seen = (await own(week)).json()
    [session] = seen["sessions"]
    assert (session["session_id"], session["starts_at"]) == (first, "2019-12-09T09:00:00-05:00")
    assert [each["title"] for each in session["materials"]] == ["Informe"]
    assert seen["size_bytes"] == len(TEXT)
    assert "added_by" not in session["materials"][0]
    file = await own_file(week, made)
    assert file.content == TEXT
    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    digest = sha256(TEXT).hexdigest()
    assert file.headers["content-disposition"] == f'attachment; filename="{digest[:8]}.txt"'
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]
    known = await own_file(week, made, **{"If-None-Match": file.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


async def test_a_link_is_shown_and_never_fetched(week: Door) -> None:
    made = await added(week, link=LINK)
    [seen] = (await own(week)).json()["week"]
    assert (seen["link"], seen["file"]) == (LINK, None)
    refused = await own_file(week, made)
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:relevo:problem:no-such-material")


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://www.oas.org/", "not_https"),
        ("javascript:alert(1)", "not_https"),
        ("HTTPS://www.oas.org/", "not_https"),
        ("https://www.oas.org/a b", "not_https"),
        ("https://www.oas.org/\u202egpj", "not_https"),
        ("https://www.oas.org:x/", "not_https"),
        ("https://[::1", "not_https"),
        ("https://ana:clave@www.oas.org/", "names_account"),
        ("https://www.oas.org@evil.org/", "names_account"),
        ("https://localhost/", "not_public"),
        ("https://10.0.0.1/", "not_public"),
        ("https://2130706433/", "not_public"),
        ("https://[::1]/", "not_public"),
        ("https://intranet.local/", "not_public"),
        ("https://www.oas.org:8443/", "not_public"),
        ("https://www.oas.org\\.evil.org/", "not_public"),
        ("https:///informe.pdf", "not_public"),
        ("https://" + "a" * 2000 + ".org", "too_long"),
    ],
)
async def test_a_link_that_is_not_public_and_safe_is_refused(week: Door, link: str, code: str) -> None:
    answer = await week.post(path_of(week), form(link=link))
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["where"], error["code"]) == ("body.link", code)
    assert link not in answer.text


@pytest.mark.parametrize("title", ["", "a\u202eb", "x" * 2000, "a\nb", "\u200b"])
async def test_a_title_is_one_line_that_can_be_read(week: Door, title: str) -> None:
    answer = await week.post(path_of(week), form(title=title))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "body.title"


async def test_a_title_is_no_path_and_names_no_file(week: Door) -> None:
    made = await with_file(week, title="../../etc/passwd")
    answer = await own_file(week, made)
    assert ".." not in answer.headers["content-disposition"]


async def test_a_case_file_is_taken_when_it_is_affirmed_that_it_names_nobody(week: Door) -> None:
    refused = await week.post(path_of(week), form(kind="case_file"))
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:relevo:problem:case-files-name-nobody")
    await added(week, kind="case_file", names_nobody=True, link=LINK)


async def test_the_materials_of_a_session_are_for_those_whom_it_is_for(door: Door) -> None:
    await door.enrol("one", "two")
    blue, red = (door.session(day=9, groups=[each]) for each in ("blue", "red"))
    path = await door.programme(door.session(day=12), blue, red, groups=["blue", "red"])
    await door.put(f"{path}/participants/groups", {"groups": {derived_id("one"): ["blue"], derived_id("two"): ["red"]}})
    sessions = (await door.get(f"{door.edition}/programme", {})).json()["sessions"]
    [of_blue] = [each["session_id"] for each in sessions if each["groups"] == ["blue"]]
    made = await with_file(door, of_blue)
    assert (await own_file(door, made)).status_code == 200
    assert titles(await own(door, "two")) == []
    foreign, nothing = (
        await own_file(door, made, "two"),
        await door.get(f"/me/materials/{new_id()}/file", participant(door, "two")),
    )
    assert (foreign.status_code, foreign.json()["type"]) == (404, nothing.json()["type"])


async def test_whoever_takes_no_part_any_more_reads_nothing(week: Door) -> None:
    made = await with_file(week)
    event = ParticipantWithdrawn(
        participant_id=derived_id("one"),
        application_id=derived_id("application", "one"),
        call_id=derived_id("call"),
        edition_id=week.make.edition_id,
        withdrawn_at=week.make.before,
    )
    await week.receive(on_participant_withdrawn, event, sequence=2)
    for answer in (await own(week), await own_file(week, made), await own(week, "stranger")):
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:no-such-participant")


async def test_a_language_shows_what_is_in_it_and_what_is_in_any(week: Door) -> None:
    for language in ("es", "en", "any"):
        await added(week, language=language, title=f"In {language}", link=LINK)
    assert titles(await own(week, query="?language=en")) == ["In en", "In any"]
    assert titles(await own(week)) == ["In es", "In en", "In any"]
    assert (await own(week, query="?language=de")).status_code == 422


async def test_a_session_that_is_moved_keeps_its_materials_and_one_that_is_cancelled_hides_them(week: Door) -> None:
    [first, second] = await week.session_ids()
    await with_file(week, first, title="Of the first")
    [programme] = (await week.get(f"/programmes?edition_id={week.make.edition_id}")).json()["items"]
    path = f"/programmes/{programme['programme_id']}"
    for sessions, visible in (
        ([{**week.session(day=12), "session_id": first}, {**week.session(day=10), "session_id": second}], True),
        ([{**week.session(day=10), "session_id": second}], False),
    ):
        draft = await week.get(f"{path}/draft")
        put = await week.put(f"{path}/draft/sessions", {"sessions": sessions}, draft.headers["etag"])
        await week.post(f"{path}/publish", headers={"If-Match": put.headers["etag"]})
        assert titles(await own(week)) == (["Of the first"] if visible else [])
    kept = (await week.get(path_of(week))).json()["items"]
    assert [each["session_id"] for each in kept] == [first], "staff see it, and may put it elsewhere"


async def test_faculty_keep_the_materials_of_the_sessions_that_they_teach_and_no_others(week: Door) -> None:
    who = await teacher(week, teaches=0)
    [first, second] = await week.session_ids()
    mine = await added(week, first, who, link=LINK, title="Mine")
    assert mine.json()["added_by"] == known_as("the-faculty")
    others, weeks = await added(week, second, title="Of another"), await added(week, title="Of the week")
    seen = [each["title"] for each in (await week.get(path_of(week), who)).json()["items"]]
    assert seen == ["Mine", "Of the week"]
    refusals = [
        await week.post(path_of(week), form(second), headers=who),
        await week.post(path_of(week), form(None), headers=who),
        await week.post(path_of(week), form(new_id()), headers=who),
        await filed(week, others, who=who),
        await filed(week, weeks, who=who),
        await week.post(path_of(week, others.json()["material_id"]) + "/withdraw", headers=who),
        await week.stand.http.put(
            path_of(week, mine.json()["material_id"]),
            json=form(second),
            headers={**who, "If-Match": mine.headers["etag"]},
        ),
    ]
    assert {(each.status_code, each.json()["type"]) for each in refusals} == {
        (403, "urn:relevo:problem:session-is-not-yours")
    }
    assert (await filed(week, mine, who=who)).status_code == 200
    gone = await week.post(path_of(week, mine.json()["material_id"]) + "/withdraw", headers=who)
    assert gone.status_code == 200, gone.text


async def test_faculty_of_another_edition_and_whoever_teaches_nothing_keep_nothing(week: Door) -> None:
    nobody = week.stand.tokens.bearer("nobody", "faculty")
    elsewhere = f"/editions/{new_id()}/materials"
    [first, _] = await week.session_ids()
    assert (await week.get(path_of(week), nobody)).json()["items"] == []
    assert (await week.post(path_of(week), form(first), headers=nobody)).status_code == 403
    who = await teacher(week)
    assert (await week.post(elsewhere, form(), headers=who)).status_code == 404
    assert (await week.get(elsewhere)).status_code == 404


async def test_of_two_who_change_a_material_the_second_is_told(week: Door) -> None:
    made = await with_file(week)
    path, tag = path_of(week, made.json()["material_id"]), made.headers["etag"]
    assert (await week.get(path)).headers["etag"] == tag
    first = await week.put(path, form(title="Otro título"), tag)
    assert (first.status_code, first.json()["title"]) == (200, "Otro título")
    assert first.json()["file"] == made.json()["file"], "a new title leaves the file"
    late = await week.put(path, form(title="Tarde"), tag)
    assert (late.status_code, late.json()["type"]) == (412, "urn:relevo:problem:changed-since")
    assert (await filed(week, made, b"otro")).status_code == 412
    assert (await week.put(path, form())).status_code == 428


async def test_the_same_file_sent_again_changes_nothing_whatever_was_seen(week: Door) -> None:
    made = await added(week)
    first, again = await filed(week, made), await filed(week, made)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json(), first.headers["etag"]) == (again.json(), again.headers["etag"])
    codes = [each["code"] for each in decisions_of(week.stand.store)]
    assert codes.count("material_filed") == 1


async def test_a_material_sent_twice_under_one_key_is_one(week: Door) -> None:
    key = {"Idempotency-Key": new_id()}
    first, again = [await week.post(path_of(week), form(link=LINK), headers=key) for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len((await week.get(path_of(week))).json()["items"]) == 1


async def test_the_same_bytes_are_kept_once_and_given_to_a_session_once(week: Door) -> None:
    [first, second] = await week.session_ids()
    await with_file(week, first)
    await with_file(week, second)
    assert len(pieces(week)) == 1
    assert (await week.get(path_of(week))).json()["size_bytes"] == len(TEXT)
    again = await filed(week, await added(week, first))
    assert (again.status_code, again.json()["type"]) == (409, "urn:relevo:problem:is-there-already")


async def test_a_file_that_is_withdrawn_while_it_is_read_can_be_read_to_its_end_and_is_destroyed_then(
    week: Door,
) -> None:
    [first, second] = await week.session_ids()
    made, other = await with_file(week, first), await with_file(week, second)
    ids = [each.json()["material_id"] for each in (made, other)]
    now = week.stand.clock.at
    await week.post(path_of(week, ids[0]) + "/withdraw")
    await swept(week, now + timedelta(hours=2))
    assert len(pieces(week)) == 1, "another material is this very file"
    await week.post(path_of(week, ids[1]) + "/withdraw")
    assert (await own_file(week, other)).status_code == 404, "nobody begins any more"
    assert len(pieces(week)) == 1
    await swept(week, now + timedelta(hours=4))
    assert pieces(week) == set()


async def test_a_file_that_is_given_again_before_it_is_destroyed_stays(week: Door) -> None:
    made = await with_file(week)
    await week.post(path_of(week, made.json()["material_id"]) + "/withdraw")
    again = await with_file(week)
    await swept(week, week.stand.clock.at + timedelta(hours=2))
    assert (await own_file(week, again)).content == TEXT


async def test_a_file_in_the_place_of_another_and_a_link_in_the_place_of_a_file(week: Door) -> None:
    made = await with_file(week)
    other = await filed(week, made, b"Otra cosa.")
    assert other.json()["file"]["digest"] == sha256(b"Otra cosa.\n").hexdigest()
    await swept(week, week.stand.clock.at + timedelta(hours=2))
    assert len(pieces(week)) == 1
    path = path_of(week, made.json()["material_id"])
    linked = await week.put(path, form(link=LINK), other.headers["etag"])
    assert (linked.json()["link"], linked.json()["file"]) == (LINK, None)
    back = await filed(week, linked)
    assert (back.json()["link"], back.json()["file"]["size_bytes"]) == (None, len(TEXT))


async def test_a_year_after_the_week_its_materials_end_and_no_more_are_taken(week: Door) -> None:
    made = await with_file(week)
    await swept(week, datetime(2020, 12, 12, tzinfo=UTC))
    assert (await own_file(week, made)).status_code == 200
    await swept(week, datetime(2020, 12, 14, tzinfo=UTC))
    assert pieces(week) == set()
    assert titles(await own(week)) == []
    refused = await week.post(path_of(week), form(link=LINK))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:materials-are-over")


async def test_a_large_file_is_kept_and_read_in_pieces(week: Door) -> None:
    large = b"0123456789abcdef" * 40_000 + b"\n"
    made = await with_file(week, content=large)
    assert len(week.stand.store.collections[PIECES]) == 3
    assert (await own_file(week, made)).content == large


async def test_what_is_too_large_or_not_one_of_the_kinds_is_refused_in_words(
    week: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await added(week)
    too_large = await filed(week, made, bytes(cleaner.MOST_BYTES + 1), media="application/pdf")
    assert (too_large.status_code, too_large.json()["type"]) == (413, "urn:relevo:problem:body-too-large")
    word = await filed(week, made, b"PK\x03\x04", media="application/vnd.oasis.opendocument.text")
    assert (word.status_code, word.json()["type"]) == (415, "urn:relevo:problem:body-type-not-taken")
    nothing = await filed(week, made, b"")
    assert nothing.status_code == 422, nothing.text
    other = await filed(week, made, png(), media="image/jpeg")
    assert (other.status_code, other.json()["type"]) == (422, "urn:relevo:problem:unusable-file")
    monkeypatch.setattr(materials, "MOST_BYTES", 10)
    full = await filed(week, made)
    assert (full.status_code, full.json()["type"]) == (409, "urn:relevo:problem:too-many-bytes")
    monkeypatch.setattr(materials, "MOST", 1)
    many = await week.post(path_of(week), form(link=LINK))
    assert (many.status_code, many.json()["type"]) == (409, "urn:relevo:problem:too-many-materials")
    assert pieces(week) == set(), "what was refused left nothing"


async def test_a_session_that_the_programme_does_not_have_gets_nothing(week: Door) -> None:
    unknown = await week.post(path_of(week), form(new_id()))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:relevo:problem:session-is-unknown")


async def test_rule_22_who_added_changed_and_withdrew_is_on_record(week: Door) -> None:
    made = await with_file(week)
    path = path_of(week, made.json()["material_id"])
    await week.put(path, form(title="Otro"), made.headers["etag"])
    await week.post(f"{path}/withdraw")
    codes = [each["code"] for each in decisions_of(week.stand.store)]
    assert [each for each in codes if each.startswith("material")] == [
        "material_added",
        "material_filed",
        "material_changed",
        "material_withdrawn",
    ]
    assert {each["by"] for each in decisions_of(week.stand.store)} == {known_as("coordinator-1")}
    [programme] = (await week.get(f"/programmes?edition_id={week.make.edition_id}")).json()["items"]
    listed = await week.get(f"/programmes/{programme['programme_id']}/decisions")
    assert listed.json()["items"][0]["code"] == "material_withdrawn"


async def test_no_event_tells_of_materials(week: Door) -> None:
    before = week.events()
    made = await with_file(week)
    await week.post(path_of(week, made.json()["material_id"]) + "/withdraw")
    assert week.events() == before
