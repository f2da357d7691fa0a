"""What somebody with a seat needs for the week: theirs to state, and read on record by who sees to it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import KEYS, SEALED

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.seated import CANARY, FORM, Seated, name_of
else:
    from services.intake.tests.seated import CANARY, FORM, Seated, name_of


async def test_whoever_takes_part_states_what_they_need_and_reads_it_again(seated: Seated) -> None:
    await seated.publish()
    (_, ana), (_, bea) = seated.people
    before = await seated.asks("GET", "/me/needs", ana)
    assert (before.status_code, before.json()["needs"], before.json()["changed_at"]) == (200, None, None)
    saved = await seated.states(ana, **FORM)
    assert saved.status_code == 200, saved.text
    assert saved.json()["needs"] == FORM
    read = await seated.asks("GET", "/me/needs", ana)
    assert read.json() == saved.json()
    assert (read.json()["kept_until_on"], read.json()["last_on"]) == ("2019-12-27", "2019-12-13")
    assert (await seated.asks("GET", "/me/needs", bea)).json()["needs"] is None
    assert [(each["purpose"], each["by"].partition("/")[0]) for each in seated.readings()] == [("own", "applicant")]
    again = await seated.states(ana, diet="Todo.")
    assert again.json()["needs"] == {**dict.fromkeys(FORM, ""), **_EMPTY, "diet": "Todo."}


_EMPTY: dict[str, Any] = {
    "from_languages": [],
    "into": None,
    "arrival_on": None,
    "departure_on": None,
    "emergency_agreed": False,
}


async def test_two_devices_do_not_overwrite_each_other(seated: Seated) -> None:
    (_, ana), _ = seated.people
    tag = {"If-Match": (await seated.asks("GET", "/me/needs", ana)).headers["etag"]}
    first = await seated.asks("PUT", "/me/needs", ana, headers=tag, json={"diet": "Sin carne."})
    second = await seated.asks("PUT", "/me/needs", ana, headers=tag, json={"diet": "Todo."})
    assert (first.status_code, name_of(second)) == (200, (412, "changed-since"))
    assert name_of(await seated.asks("PUT", "/me/needs", ana, json={})) == (428, "no-if-match")
    tag = {"If-Match": first.headers["etag"]}
    await seated.asks("DELETE", "/me/needs", ana)
    assert name_of(await seated.asks("PUT", "/me/needs", ana, headers=tag, json={})) == (412, "changed-since")


async def test_whoever_has_no_seat_or_left_states_nothing_and_what_was_stated_is_destroyed(seated: Seated) -> None:
    (_, ana), (bea_id, bea) = seated.people
    nobody = seated.call.receipt(seated.seatless)
    for method in ("GET", "DELETE"):
        assert name_of(await seated.asks(method, "/me/needs", nobody)) == (404, "no-seat-accepted")
    assert name_of(await seated.states(nobody, **FORM)) == (404, "no-seat-accepted")
    assert (await seated.call.ask("/me", **nobody))["needs"] is None
    assert (await seated.states(bea, **FORM)).status_code == 200
    person_id = seated.call.on.store.collections["participant"][bea_id]["state"]["person_id"]
    assert f"{person_id}/needs" in seated.call.on.store.collections[KEYS]
    await seated.call.post(f"/participants/{bea_id}/withdraw")
    assert f"{person_id}/needs" not in seated.call.on.store.collections[KEYS]
    assert f"{person_id}/needs" not in seated.call.on.store.collections[SEALED]
    assert name_of(await seated.asks("GET", "/me/needs", bea)) == (404, "no-seat-accepted")
    assert name_of(await seated.asks("GET", f"/participants/{bea_id}/needs", seated.travel)) == (
        404,
        "no-such-participant",
    )
    assert len(await seated.listed()) == 1
    assert (await seated.states(ana, **FORM)).status_code == 200


async def test_what_is_taken_back_is_destroyed_with_its_key_and_may_be_stated_again(seated: Seated) -> None:
    (ana_id, ana), _ = seated.people
    await seated.states(ana, **FORM)
    store = seated.call.on.store.collections
    person_id = store["participant"][ana_id]["state"]["person_id"]
    kept = copy.deepcopy(store[SEALED][f"{person_id}/needs"])
    for _ in range(2):
        assert (await seated.asks("DELETE", "/me/needs", ana)).status_code == 204
    assert f"{person_id}/needs" not in store[KEYS]
    assert (await seated.asks("GET", "/me/needs", ana)).json()["needs"] is None
    assert (await seated.states(ana, diet="Todo.")).json()["needs"]["diet"] == "Todo."
    store[SEALED][f"{person_id}/needs"] = kept
    assert (await seated.asks("GET", f"/participants/{ana_id}/needs", seated.travel)).status_code == 500


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"emergency_agreed": False}, "emergency_agreed"),
        ({"emergency_reach": ""}, "emergency_reach"),
        ({"emergency_name": ""}, "emergency_name"),
        ({"into": None}, "into"),
        ({"into_named": ""}, "into_named"),
        ({"from_languages": []}, "from_languages"),
        ({"into": "en", "into_named": ""}, "into"),
        ({"into": "klingon"}, "into"),
        ({"arrival_on": "2019-10-01"}, "arrival_on"),
        ({"arrival_on": "mañana"}, "arrival_on"),
        ({"departure_on": "2019-12-07"}, "departure_on"),
        ({"diet": "x" * 2_001}, "diet"),
        ({"access": "x" * 2_001}, "access"),
        ({"passport_name": "x" * 201}, "passport_name"),
        ({"arrival_place": "IAD\u202e"}, "arrival_place"),
        ({"photo": "x"}, "photo"),
    ],
)
async def test_what_is_wrong_is_named_by_its_field_and_changes_nothing(
    seated: Seated, change: dict[str, Any], where: str
) -> None:
    await seated.publish()
    (_, ana), _ = seated.people
    await seated.states(ana, diet="Todo.")
    refused = await seated.states(ana, **{**FORM, **change})
    assert refused.status_code == 422
    assert [each["where"] for each in refused.json()["errors"]] == [f"body.{where}"]
    assert CANARY not in refused.text
    assert (await seated.asks("GET", "/me/needs", ana)).json()["needs"]["diet"] == "Todo."


async def test_who_sees_to_it_reads_what_somebody_needs_and_that_is_on_record(seated: Seated) -> None:
    (ana_id, ana), (bea_id, _) = seated.people
    await seated.states(ana, **FORM)
    read = await seated.asks("GET", f"/participants/{ana_id}/needs", seated.travel)
    assert (read.status_code, read.json()["needs"]) == (200, FORM)
    [reading] = [each for each in seated.readings() if each["purpose"] == "needs"]
    assert reading["by"].endswith("tomas")
    nothing = await seated.asks("GET", f"/participants/{bea_id}/needs", seated.travel)
    assert (nothing.status_code, nothing.json()["needs"]) == (200, None)
    unknown = await seated.asks("GET", f"/participants/{new_id()}/needs", seated.travel)
    assert name_of(unknown) == (404, "no-such-participant")


@pytest.mark.parametrize("role", ["reviewer", "coordinator", "faculty", "expert", "auditor", "operator"])
async def test_nobody_else_reads_what_somebody_needs(seated: Seated, role: str) -> None:
    (ana_id, ana), (_, bea) = seated.people
    await seated.states(ana, **FORM)
    one, all_of_them = f"/participants/{ana_id}/needs", f"/editions/{seated.edition_id}/needs"
    someone = seated.call.on.tokens.bearer("somebody", role)
    for path in (one, f"{all_of_them}/count"):
        assert (await seated.asks("GET", path, someone)).status_code == 403
    sees = await seated.asks("GET", all_of_them, someone)
    assert (sees.status_code == 200) == (role == "coordinator")
    assert CANARY not in sees.text
    theirs = seated.call.on.tokens.bearer("whoever", "applicant", application_id=seated.seatless)
    for who, status in ((theirs, 403), (bea, 401)):
        assert (await seated.asks("GET", one, who)).status_code == status
    assert (await seated.asks("GET", "/me/needs", theirs)).status_code == 404
    assert (await seated.asks("GET", "/me/needs", someone)).status_code == 403
    assert (await seated.asks("GET", "/me/needs", seated.travel)).status_code == 403


async def test_it_is_listed_who_stated_what_they_need_and_never_what(seated: Seated) -> None:
    (ana_id, ana), (bea_id, _) = seated.people
    await seated.states(ana, **FORM)
    coordinator = seated.call.coordinator
    whole = await seated.page(who=coordinator)
    assert (whole["total"], whole["participants"], whole["stated"], whole["next"]) == (2, 2, 1, None)
    by_id = {each["participant_id"]: each for each in whole["items"]}
    assert (by_id[ana_id]["stated"], by_id[bea_id]["stated"], by_id[bea_id]["changed_at"]) == (True, False, None)
    assert by_id[ana_id]["changed_at"] == f"{seated.call.on.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    assert [each["participant_id"] for each in await seated.listed("?stated=false")] == [bea_id]
    assert [each["participant_id"] for each in await seated.listed("?stated=true")] == [ana_id]
    first = await seated.page("?limit=1")
    second = await seated.page(f"?limit=1&after={first['next']}")
    assert sorted(each["participant_id"] for page in (first, second) for each in page["items"]) == sorted(by_id)
    assert (first["total"], second["next"]) == (2, None)
    wrong = await seated.asks(
        "GET", f"/editions/{seated.edition_id}/needs?stated=true&after={first['next']}", coordinator
    )
    assert name_of(wrong) == (400, "bad-cursor")
    assert seated.readings() == []


async def test_interpreters_are_counted_by_language_and_that_is_on_record(seated: Seated) -> None:
    (_, ana), (_, bea) = seated.people
    await seated.states(ana, **FORM)
    await seated.states(bea, from_languages=["en"], into="sign", into_named="LSM")
    counted = (await seated.asks("GET", f"/editions/{seated.edition_id}/needs/count", seated.travel)).json()
    assert (counted["participants"], counted["stated"]) == (2, 2)
    assert counted["interpreted"] == [
        {"source": "en", "into": "sign", "people": 2},
        {"source": "fr", "into": "sign", "people": 1},
    ]
    [reading] = [each for each in seated.readings() if each["purpose"] == "needs"]
    assert len(reading["person_ids"]) == 2


async def test_rule_25_the_name_for_the_ticket_is_shown_to_no_staff_while_somebody_is_in_danger(seated: Seated) -> None:
    (ana_id, ana), _ = seated.people
    await seated.states(ana, **FORM)
    await seated.call.post("/me/danger", None, ana)
    read = (await seated.asks("GET", f"/participants/{ana_id}/needs", seated.travel)).json()
    assert (read["in_danger"], read["needs"]["passport_name"]) == (True, "")
    assert read["needs"]["emergency_name"] == FORM["emergency_name"]
    assert (await seated.asks("GET", "/me/needs", ana)).json()["needs"]["passport_name"] == FORM["passport_name"]


async def test_the_first_page_says_until_when_it_can_be_stated_and_whether_it_is(seated: Seated) -> None:
    (_, ana), _ = seated.people
    mine = await seated.call.ask("/me", **ana)
    assert mine["needs"] == {"changed_at": None, "kept_until_on": None}
    assert {"what": "state_needs", "until": None} in mine["next"]
    await seated.publish()
    mine = await seated.call.ask("/me", **ana)
    assert {"what": "state_needs", "until": "2019-12-14T12:00:00Z"} in mine["next"]
    await seated.states(ana, **FORM)
    mine = await seated.call.ask("/me", **ana)
    assert mine["needs"]["kept_until_on"] == "2019-12-27"
    assert mine["needs"]["changed_at"] is not None
    assert "state_needs" not in [each["what"] for each in mine["next"]]
