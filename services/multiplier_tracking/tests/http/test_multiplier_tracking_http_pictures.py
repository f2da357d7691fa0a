"""Pictures of a session over HTTP: sent, looked at, removed, rejected, and gone with the decision (rule 26)."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import KEYS, SEALED
from relevo_contracts.intake import ParticipantWithdrawn, PersonErased
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.sealed import PICTURES
from relevo_multiplier_tracking.store import ENDING
from relevo_testkit.pictures import png
from relevo_testkit.records import decisions_of, readings_of
from relevo_testkit.stand import PEOPLE_ISSUER, known_as

ANA = "a" * 32
OWN = "/me/commitment/sessions/{}/pictures"
OPENED_AT = datetime(2019, 12, 14, 18, tzinfo=UTC)
UNTIL = date(2020, 2, 25)


async def sent(
    house: Any,
    session_id: str,
    who: Any = None,
    *,
    content: bytes | None = None,
    affirm: str = "true",
    headers: dict[str, str] | None = None,
) -> Any:
    headed = {"Idempotency-Key": new_id(), "Content-Type": "image/png", **(who or house.ana), **(headers or {})}
    path = OWN.format(session_id) + f"?shows_no_people={affirm}"
    return await house.stand.http.post(path, content=png() if content is None else content, headers=headed)


async def added(house: Any, session_id: str) -> str:
    answer = await sent(house, session_id)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["picture_id"])


def stored(house: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of pictures, and of their keys."""
    rows = house.stand.store.collections
    pictures = {id: each for id, each in rows[SEALED].items() if "/picture/" in id}
    return pictures, {id: each for id, each in rows[KEYS].items() if f"/{PICTURES}." in id}


async def test_rule_26_a_picture_from_its_sending_to_the_decision(house: Any) -> None:
    session_id = await house.reported()
    picture_id = await added(house, session_id)
    own = await house.get("/me/commitment", house.ana)
    [listed] = own["sessions"][0]["pictures"]
    assert (listed["picture_id"], listed["width"], listed["height"]) == (picture_id, 4, 3)
    assert own["sessions"][0]["pictures_left"] == 3
    mine = await house.stand.http.get(OWN.format(session_id) + f"/{picture_id}", headers=house.ana)
    theirs = f"{house.commitment}/sessions/{session_id}"
    seen = await house.stand.http.get(f"{theirs}/pictures/{picture_id}", headers=house.coordinator)
    assert mine.content == seen.content
    assert len(mine.content) == listed["size_bytes"]
    assert [each["purpose"] for each in readings_of(house.stand.store)] == ["own", "casework"]
    await house.post(f"{theirs}/verify", house.coordinator, {"revision": 1})
    assert stored(house) == ({}, {})
    assert (await house.get("/me/commitment", house.ana))["sessions"][0]["pictures"] == []
    for path, who in ((f"{theirs}/pictures/{picture_id}", house.coordinator), (OWN.format(session_id), house.ana)):
        gone = path if path.endswith(picture_id) else f"{path}/{picture_id}"
        assert (await house.stand.http.get(gone, headers=who)).status_code == 404
    assert (await sent(house, session_id)).json()["type"].endswith("pictures-are-over")


async def test_a_picture_is_shown_as_an_image_and_kept_by_no_browser(house: Any) -> None:
    session_id = await house.reported()
    path = OWN.format(session_id) + f"/{await added(house, session_id)}"
    headers = (await house.stand.http.get(path, headers=house.ana)).headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_rule_26_a_picture_comes_with_the_affirmation_that_nobody_is_seen_or_not_at_all(house: Any) -> None:
    session_id = await house.reported()
    refused = (await sent(house, session_id, affirm="false")).json()
    assert (refused["type"].rpartition(":")[2], refused["errors"][0]["where"]) == (
        "people-are-seen",
        "query.shows_no_people",
    )
    headed = {"Idempotency-Key": new_id(), "Content-Type": "image/png", **house.ana}
    silent = await house.stand.http.post(OWN.format(session_id), content=png(), headers=headed)
    assert silent.status_code == 422
    assert stored(house) == ({}, {})


@pytest.mark.parametrize("media", ["image/svg+xml", "image/heic", "application/pdf", "text/html", "application/json"])
async def test_rule_26_another_kind_of_file_is_told_which_are_read(house: Any, media: str) -> None:
    refused = await sent(house, await house.reported(), headers={"Content-Type": media, "Accept-Language": "es"})
    assert refused.status_code == 415
    assert refused.json()["detail"] == "envíe el cuerpo como uno de image/jpeg, image/png, image/webp"


async def test_rule_26_what_is_no_picture_is_told_what_to_do_in_the_language_of_the_person(house: Any) -> None:
    session_id = await house.reported()
    refused = await sent(house, session_id, content=b"<svg/>", headers={"Accept-Language": "pt"})
    assert refused.status_code == 422
    assert refused.json()["because"] == "not_a_picture"
    assert "captura de tela" in refused.json()["detail"]
    assert (await sent(house, session_id, content=b"")).status_code == 422


async def test_a_picture_may_have_eight_mebibytes_and_every_other_body_as_much_as_before(house: Any) -> None:
    session_id = await house.reported()
    assert (await sent(house, session_id, content=png() + bytes(2**23))).status_code == 413
    assert (await sent(house, session_id, content=png() + bytes(2**22))).status_code == 201
    headed = {"Idempotency-Key": new_id(), **house.ana}
    other = {"Content-Type": "image/png", **headed}
    assert (await house.stand.http.post("/me/commitment/reports", content=png(), headers=other)).status_code == 415
    large = b" " * (2**20 + 1)
    json = {"Content-Type": "application/json", **headed}
    assert (await house.stand.http.post("/me/commitment/reports", content=large, headers=json)).status_code == 413


async def test_a_picture_that_is_sent_ten_times_is_one(house: Any) -> None:
    session_id, key = await house.reported(), new_id()
    first = await sent(house, session_id, headers={"Idempotency-Key": key})
    for _ in range(3):
        again = await sent(house, session_id, headers={"Idempotency-Key": key})
        assert (again.status_code, again.content) == (201, first.content)
    assert len(stored(house)[0]) == 1
    other = await sent(house, session_id, content=png(5, 5), headers={"Idempotency-Key": key})
    assert other.json()["type"].endswith("once-key-reused")


async def test_rule_26_a_session_has_four_pictures_at_a_time_and_one_can_be_removed(house: Any) -> None:
    session_id = await house.reported()
    ids = [await added(house, session_id) for _ in range(4)]
    refused = await sent(house, session_id)
    assert (refused.status_code, refused.json()["most"]) == (409, 4)
    path = OWN.format(session_id) + f"/{ids[1]}/remove"
    await house.post(path, house.bea, status=404)
    own = await house.post(path, house.ana)
    assert [each["picture_id"] for each in own["sessions"][0]["pictures"]] == [ids[0], *ids[2:]]
    await house.post(path, house.ana, status=404)
    pictures, keys = stored(house)
    assert (len(pictures), len(keys)) == (3, 3)
    assert (await sent(house, session_id)).status_code == 201


async def test_many_pictures_that_are_sent_at_once_are_no_more_than_a_session_may_have(house: Any) -> None:
    session_id = await house.reported()
    outcomes = await asyncio.gather(*(sent(house, session_id) for _ in range(6)))
    assert sorted(each.status_code for each in outcomes) == [201] * 4 + [409] * 2
    assert [len(each) for each in stored(house)] == [4, 4]


async def test_rule_26_staff_reject_a_picture_and_it_is_destroyed_and_its_sender_told(house: Any) -> None:
    session_id = await house.reported()
    first, second = [await added(house, session_id) for _ in range(2)]
    old_rows, old_keys = stored(house)
    path = f"{house.commitment}/sessions/{session_id}/pictures/{first}/reject"
    await house.post(path, house.coordinator, {"because": "bored"}, 422)
    staff = await house.post(path, house.coordinator, {"because": "people_seen"})
    assert [each["picture_id"] for each in staff["sessions"][0]["pictures"]] == [second]
    assert house.events()[-1] == "EvidenceRejected"
    decided = decisions_of(house.stand.store)[-1]
    assert (decided["code"], decided["because"], decided["by"]) == (
        "evidence_rejected",
        "people_seen",
        known_as("carla"),
    )
    own = await house.get("/me/commitment", house.ana, lang="fr")
    [rejected] = own["sessions"][0]["rejected_pictures"]
    assert (rejected["picture_id"], rejected["because_text"]) == (first, "des personnes y sont visibles")
    assert "carla" not in repr(own)
    assert own["sessions"][0]["state"] == "reported"
    assert {id.rpartition(".")[2] for id in old_keys} - {id.rpartition(".")[2] for id in stored(house)[1]} == {first}
    house.stand.store.collections[SEALED].update(old_rows)
    gone = await house.stand.http.get(path.removesuffix("/reject"), headers=house.coordinator)
    assert gone.status_code == 404
    await house.post(path, house.coordinator, {"because": "people_seen"}, 404)


async def test_rule_26_no_picture_outlives_the_decision_in_an_old_dump(house: Any) -> None:
    """Whoever has the rows of yesterday has ciphertext whose key is gone."""
    session_id = await house.reported()
    picture_id = await added(house, session_id)
    dump = stored(house)[0]
    reject = {"revision": 1, "because": "not_credible"}
    await house.post(f"{house.commitment}/sessions/{session_id}/reject", house.coordinator, reject)
    house.stand.store.collections[SEALED].update(dump)
    keys = (await house.stand.shell.vault.keys_of([ANA]))[ANA]
    assert keys.under(f"{PICTURES}.{picture_id}") is None
    assert stored(house)[1] == {}


async def test_rule_26_a_returned_report_keeps_its_pictures_until_it_is_decided_on(house: Any) -> None:
    session_id = await house.reported()
    await added(house, session_id)
    at = f"{house.commitment}/sessions/{session_id}"
    await house.post(f"{at}/return", house.coordinator, {"revision": 1, "because": "evidence_unreadable"})
    await added(house, session_id)
    correct = f"/me/commitment/sessions/{session_id}/correct"
    own = await house.post(correct, house.ana, {"minutes": 250})
    assert len(own["sessions"][0]["pictures"]) == 2
    await house.post(f"{at}/verify", house.coordinator, {"revision": 2})
    assert stored(house) == ({}, {})


async def test_rule_26_pictures_of_what_was_planned_go_when_another_session_fulfils_or_all_lapses(house: Any) -> None:
    plan = {"planned_on": "2020-02-01", "format": "online"}
    for who in (house.ana, house.bea):
        own = await house.post("/me/commitment/sessions", who, plan, 201)
        assert (await sent(house, own["sessions"][0]["session_id"], who)).status_code == 201
    assert len(stored(house)[0]) == 2
    session_id = await house.reported()
    await house.post(f"{house.commitment}/sessions/{session_id}/verify", house.coordinator, {"revision": 1})
    assert [id[:32] for id in stored(house)[0]] == ["b" * 32]
    await house.time(days.ends_at(UNTIL) + timedelta(hours=1))
    assert house.events().count("CommitmentLapsed") == 1
    assert stored(house) == ({}, {})


async def test_rule_14_pictures_are_gone_with_the_person_and_with_whoever_leaves(house: Any) -> None:
    session_id = await house.reported()
    await added(house, session_id)
    await house.receive(
        PersonErased(person_id="f" * 32, application_ids=(), participant_ids=(ANA,), erased_at=OPENED_AT)
    )
    assert stored(house) == ({}, {})
    own = await house.post("/me/commitment/reports", house.bea, house.report, 201)
    assert (await sent(house, own["sessions"][0]["session_id"], house.bea)).status_code == 201
    ids = {"participant_id": "b" * 32, "application_id": "1" * 32, "call_id": "c" * 32, "edition_id": "e" * 32}
    await house.receive(ParticipantWithdrawn(**ids, withdrawn_at=house.stand.clock.at), 2)
    assert stored(house) == ({}, {})


async def test_what_ends_as_a_class_ends_every_picture_and_takes_no_other(house: Any) -> None:
    session_id = await house.reported()
    picture_id = await added(house, session_id)
    store, commits = house.stand.shell.store, house.stand.shell.committer
    await ENDING.destroy(store, commits, ANA, PICTURES, Asked("an operator", OPENED_AT, new_id()))
    assert stored(house) == ({}, {})
    assert (await sent(house, session_id)).status_code == 410
    seen = await house.stand.http.get(OWN.format(session_id) + f"/{picture_id}", headers=house.ana)
    assert seen.status_code == 404


async def test_rule_26_a_dump_of_the_store_shows_no_picture_and_no_log_names_one(house: Any) -> None:
    session_id = await house.reported()
    picture_id = await added(house, session_id)
    mine = await house.stand.http.get(OWN.format(session_id) + f"/{picture_id}", headers=house.ana)
    everything = repr(house.stand.store.collections)
    assert repr(mine.content[20:60])[2:-1] not in everything
    assert "JFIF" not in everything
    assert readings_of(house.stand.store)[-1]["by"] == known_as("ana", PEOPLE_ISSUER)
    assert f"picture/{picture_id}" in readings_of(house.stand.store)[-1]["field_sets"]


async def test_rule_26_another_participants_session_takes_no_picture_and_shows_none(house: Any) -> None:
    session_id = await house.reported()
    picture_id = await added(house, session_id)
    assert (await sent(house, session_id, house.bea)).status_code == 404
    path = OWN.format(session_id) + f"/{picture_id}"
    assert (await house.stand.http.get(path, headers=house.bea)).status_code == 404
    for who in (house.expert, house.coordinator):
        assert (await house.stand.http.get(path, headers=who)).status_code == 403
    staff = f"/commitments/{commitment_id_of(ANA)}/sessions/{session_id}/pictures/{picture_id}"
    assert (await house.stand.http.get(staff, headers=house.expert)).status_code == 403
