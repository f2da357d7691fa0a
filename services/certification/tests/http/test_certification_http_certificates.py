"""The service's routes over fakes: who may do what, what they see, and what becomes of a certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from relevo_certification.background import SelfIssuer
from relevo_certification.domain.sealed import CERTIFICATE, Identity
from relevo_certification.store import ERASED, IDENTITY_REQUESTS
from relevo_chassis.people.vault import KEYS, SEALED, key_id
from relevo_testkit.stand import PEOPLE_ISSUER, known_as

CANARY = "Zoraida Canario-Zafiro Ñuflo"


async def test_rule_12_a_whole_edition_is_previewed_and_issued_in_one_action_safe_to_repeat(
    house: Any, making: Any
) -> None:
    for number in range(3):
        await house.ready(number, f"Persona {number}")
    await house.receive(making.enrolled(3), making.completed(3), making.fulfilled(3))
    await house.ready(4, "Persona \U0001f98b")
    previewed = await house.every(f"/editions/{making.edition_id}/issue", limit="2")
    rows = {row["participant_id"]: row for row in previewed}
    expected = {0: ("issue", None), 3: ("problem", "identity_missing"), 4: ("problem", "cannot_be_typeset")}
    for number, found in expected.items():
        row = rows[making.participant(number)]
        assert (row["outcome"], row["problem"]) == found
    first = await house.issue()
    assert sorted(row["outcome"] for row in first.values()) == ["issued", "issued", "issued", "problem", "problem"]
    again = await house.issue()
    assert sorted(row["outcome"] for row in again.values()) == ["problem", "problem"]
    previewed = await house.every(f"/editions/{making.edition_id}/issue")
    assert [row["outcome"] for row in previewed].count("already_issued") == 3
    assert previewed[0]["certificate_id"] == first[making.participant(0)]["certificate_id"]
    assert house.event_types().count("CertificateIssued") == 3
    assert (await house.count()).issued == 3


async def test_the_same_idempotency_key_gets_the_same_answer(house: Any, making: Any) -> None:
    await house.ready(0, "Persona")
    key, path = "0b7e2f4c9a1d4e0f8c3b5a6d7e8f9012", f"/editions/{making.edition_id}/issue"
    first = await house.stand.post(path, key=key, headers=house.coordinator)
    again = await house.stand.post(path, key=key, headers=house.coordinator)
    assert (first.status_code, first.headers["location"]) == (202, again.headers["location"])
    assert first.content == again.content
    assert first.json()["ready"] == 1


async def test_what_is_handed_out_verifies_with_other_peoples_code(
    house: Any, making: Any, verifier: Any, tmp_path: Path
) -> None:
    people = [await house.ready(number, f"Persona {number}", named=number != 1) for number in range(3)]
    await house.issue()
    await house.stand.post(f"/certificates/{people[2]}/revoke", {"because": "misuse"}, headers=house.coordinator)
    await house.publish(making.issued_at)
    get = house.stand.http.get
    files = []
    for person in people:
        for name in ("credential.json", "credential.jwt"):
            file = tmp_path / f"{person}-{name}"
            file.write_bytes((await get(f"{await house.link(person)}/{name}")).content)
            files.append(file)
    (tmp_path / "did.json").write_bytes((await get("/.well-known/did.json")).content)
    lists = await house.status_lists(tmp_path)
    found = verifier.outcomes(files, tmp_path / "did.json", lists, making.issued_at)
    assert [each["outcome"] for each in found] == ["valid"] * 4 + ["revoked"] * 2


async def test_rule_18_the_name_is_shown_only_when_its_holder_chose_so(house: Any) -> None:
    named = await house.issued(0, "Rosa Visible", named=True)
    unnamed = await house.issued(1, CANARY, named=False)
    get = house.stand.http.get
    assert (await house.verification(named))["holder"] == "Rosa Visible"
    link = await house.link(unnamed)
    for path in (link, f"/verifications/{link[3:]}", f"{link}/credential.json", f"{link}/credential.jwt"):
        answer = await get(path)
        assert answer.status_code == 200
        assert "Zoraida" not in answer.text
    assert (await get(f"{link}/certificate.pdf")).status_code == 404
    assert (await get(f"{await house.link(named)}/certificate.pdf")).content.startswith(b"%PDF-1.7")
    own = await get("/me/certificate/certificate.pdf", headers=house.holder(1))
    assert own.content.startswith(b"%PDF-1.7")


async def test_rule_13_a_revoked_certificate_is_shown_as_revoked_with_day_and_reason(house: Any) -> None:
    person = await house.issued(0, "Persona")
    answer = await house.stand.post(
        f"/certificates/{person}/revoke", {"because": "requirements_not_met"}, headers=house.coordinator
    )
    assert answer.json()["standing"] == "revoked"
    found = await house.verification(person)
    assert (found["status"], found["revoked_on"]) == ("revoked", "2020-02-20")
    assert found["revoked_because"] == "requirements_not_met"
    page = await house.stand.http.get(f"{await house.link(person)}?lang=fr")
    assert page.status_code == 200
    assert "Certificat révoqué" in page.text
    assert "les conditions n’étaient pas remplies" in page.text
    again = await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    assert (again.status_code, again.json()["type"]) == (409, "urn:relevo:problem:already-revoked")


async def test_rule_13_a_corrected_name_supersedes_and_the_old_link_leads_to_the_new(house: Any) -> None:
    person = await house.issued(0, "Roza Mal Escrita")
    old = await house.link(person)
    await house.stand.post(
        f"/certificates/{person}/supersede",
        {"because": "name_corrected", "name": "Rosa Bien Escrita"},
        headers=house.coordinator,
    )
    new = await house.link(person)
    before = (await house.stand.http.get(f"/verifications/{old[3:]}")).json()
    assert (before["status"], before["revoked_on"]) == ("superseded", None)
    assert before["superseded_by"].endswith(new)
    after = (await house.stand.http.get(f"/verifications/{new[3:]}")).json()
    assert (after["status"], after["holder"]) == ("valid", "Rosa Bien Escrita")
    assert house.event_types()[-2:] == ["CertificateIssued", "CertificateSuperseded"]
    count = await house.count()
    assert (count.issued, count.superseded, count.revoked) == (1, 1, 0)


async def test_rule_13_revoking_a_corrected_certificate_revokes_what_it_superseded_too(house: Any) -> None:
    person = await house.issued(0, "Roza")
    body = {"because": "name_corrected", "name": "Rosa"}
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    old = await house.link(person, which=0)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    assert (await house.stand.http.get(f"/verifications/{old[3:]}")).json()["status"] == "revoked"
    entries = [row["state"]["revoked"] for row in house.stand.store.collections["status_entry"].values()]
    assert entries == [True, True]


@pytest.mark.parametrize(
    ("body", "status", "type"),
    [
        ({"because": "name_corrected"}, 422, "name-needed"),
        ({"because": "name_corrected", "name": "Ana \U0001f98b"}, 422, "name-cannot-be-typeset"),
        ({"because": "nonsense"}, 422, "not-well-formed"),
    ],
)
async def test_a_correction_that_cannot_be_made_is_refused(house: Any, body: Any, status: int, type: str) -> None:
    person = await house.issued(0, "Persona")
    answer = await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:relevo:problem:{type}")
    assert len((await house.seen(person))["issued"]) == 1


async def test_rule_12_a_withdrawn_verification_is_decided_by_a_coordinator(house: Any, making: Any) -> None:
    person = await house.issued(0, "Persona")
    await house.receive(making.under_review(0))
    listed = await house.stand.http.get(
        f"/editions/{making.edition_id}/certificates", params={"under_review": True}, headers=house.coordinator
    )
    assert [each["under_review"] for each in listed.json()["items"]] == ["verification_withdrawn"]
    link = await house.link(person)
    assert (await house.stand.http.get(f"/verifications/{link[3:]}")).json()["status"] == "valid"
    kept = await house.stand.post(f"/certificates/{person}/keep", headers=house.coordinator)
    assert kept.json()["standing"] == "issued"
    assert (await house.seen(person))["under_review"] is None


async def test_rule_12_an_edition_may_issue_by_itself(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0, by_the_service=True), making.enrolled(1))
    for number in (0, 1):
        await house.receive(making.completed(number), making.fulfilled(number))
        identity = {"name": "Persona", "language": "pt", "named": False}
        house.identities.known[making.participant(number)] = _identity(**identity)
    await house.ask()
    await SelfIssuer(house.office, house.stand.clock.now).issue()
    statuses = [(await house.certificate(number)).standing for number in (0, 1)]
    assert statuses == ["issued", "ready"]


def _identity(**fields: Any) -> Identity:
    return Identity(**fields)


async def test_intake_is_asked_once_for_each_who_is_ready_and_that_is_recorded(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0), making.completed(0))
    await house.ask()
    assert house.identities.asked == []
    await house.receive(making.fulfilled(0))
    house.identities.known[making.participant(0)] = _identity(name=CANARY, language="es", named=True)
    await house.ask()
    await house.ask()
    assert house.identities.asked == [making.participant(0)]
    (record,) = house.stand.store.collections[IDENTITY_REQUESTS].values()
    assert (record["participant_id"], record["purpose"]) == (making.participant(0), "certificate")


async def test_rule_14_the_certificate_of_the_erased_stays_verifiable_without_a_name(house: Any, making: Any) -> None:
    person = await house.issued(0, CANARY)
    link = await house.link(person)
    await house.receive(making.erased(0))
    assert house.stand.store.collections[KEYS] == {}
    assert house.stand.store.collections[SEALED] == {}
    found = (await house.stand.http.get(f"/verifications/{link[3:]}")).json()
    assert (found["status"], found["holder"], found["credential"]) == ("valid", None, None)
    for name in ("credential.json", "credential.jwt", "certificate.pdf"):
        assert (await house.stand.http.get(f"{link}/{name}")).status_code == 404
    own = await house.stand.http.get(f"/certificates/{person}/certificate.pdf", headers=house.coordinator)
    assert own.status_code == 410
    correction = {"because": "name_corrected", "name": "Otra"}
    again = await house.stand.post(f"/certificates/{person}/supersede", correction, headers=house.coordinator)
    assert again.status_code == 410
    revoked = await house.stand.post(
        f"/certificates/{person}/revoke", {"because": "asked_by_holder"}, headers=house.coordinator
    )
    assert revoked.status_code == 200


async def test_rule_14_keys_restored_from_before_an_erasure_are_destroyed_again(house: Any, making: Any) -> None:
    person, other = await house.issued(0, CANARY), await house.issued(1, "Persona")
    collections = house.stand.store.collections
    kept = {name: dict(collections[name]) for name in (KEYS, SEALED)}
    await house.receive(making.erased(0))
    for name, rows in kept.items():
        collections[name].update(rows)
    assert await ERASED.destroy_again(house.office.store) == 1
    assert set(collections[KEYS]) == {key_id(other, CERTIFICATE)}
    assert {row["person_id"] for row in collections[SEALED].values()} == {other}
    papers = await house.stand.http.get(f"/certificates/{person}/certificate.pdf", headers=house.coordinator)
    assert papers.status_code == 410


async def test_no_name_is_outside_the_vault(house: Any) -> None:
    person = await house.issued(0, CANARY)
    body = {"because": "name_corrected", "name": f"{CANARY} Corregida"}
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    everything = repr(dict(house.stand.store.collections)) + house.stand.logged.getvalue()
    for word in ("Zoraida", "Zafiro", "Ñuflo"):
        assert word not in everything
        assert word.encode().hex() not in everything


async def test_whoever_opens_names_or_papers_is_on_record_with_purpose_and_person(house: Any, making: Any) -> None:
    people = [await house.ready(number, f"Persona {number}") for number in (0, 1)]
    get, edition = house.stand.http.get, f"/editions/{making.edition_id}/issue"
    await get(edition, headers=house.coordinator)
    await house.issue()
    await house.issue()
    for name in ("certificate.pdf", "credential.json", "credential.jwt"):
        await get(f"/certificates/{people[0]}/{name}", headers=house.coordinator)
    await get("/me/certificate/credential.json", headers=house.holder(1))
    body = {"because": "name_corrected", "name": "Otra"}
    await house.stand.post(f"/certificates/{people[1]}/supersede", body, headers=house.coordinator)
    assert [(each["by"], each["purpose"], each["field_sets"], each["person_ids"]) for each in house.reads()] == [
        (known_as("carla"), "issue", ["identity"], people),
        (known_as("carla"), "issue", ["identity"], people),
        *[(known_as("carla"), "casework", ["papers"], people[:1])] * 3,
        (known_as("p1", PEOPLE_ISSUER), "own", ["papers"], people[1:]),
        (known_as("carla"), "correction", ["papers"], people[1:]),
    ]
    assert (await house.stand.shell.records.status("readings")).broken_at is None


async def test_what_issues_itself_is_on_record_as_the_services_own_reading(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0, by_the_service=True), making.completed(0), making.fulfilled(0))
    house.identities.known[making.participant(0)] = _identity(name="Persona", language="pt", named=False)
    await house.ask()
    await SelfIssuer(house.office, house.stand.clock.now).issue()
    [read] = house.reads()
    assert (read["by"], read["purpose"], read["person_ids"]) == ("certification", "issue", [making.participant(0)])


async def test_nobody_is_on_record_for_looking_at_what_a_link_shows(house: Any) -> None:
    person = await house.issued(0, "Rosa Visible", named=True)
    link, before = await house.link(person), len(house.reads())
    for path in (link, f"/verifications/{link[3:]}", f"{link}/credential.json", f"{link}/certificate.pdf"):
        assert (await house.stand.http.get(path)).status_code == 200
    assert len(house.reads()) == before


async def test_no_token_is_in_the_store_nor_in_an_event(house: Any) -> None:
    person = await house.issued(0, "Persona")
    token = (await house.link(person))[3:]
    assert token not in repr(dict(house.stand.store.collections))


async def test_a_participant_sees_their_own_certificate_and_nobody_elses(house: Any) -> None:
    for number in (0, 1):
        await house.issued(number, f"Persona {number}")
    get, other = house.stand.http.get, house.making.participant(1)
    assert (await get("/me/certificate", headers=house.holder(0))).json()["participant_id"] == house.making.participant(
        0
    )
    for name in ("", "/certificate.pdf", "/credential.json", "/credential.jwt"):
        assert (await get(f"/me/certificate{name}", headers=house.holder(0))).status_code == 200
        assert (await get(f"/me/certificate{name}", headers=house.holder(7))).status_code == 404
        assert (await get(f"/me/certificate{name}", headers=house.coordinator)).status_code == 403
        assert (await get(f"/certificates/{other}{name}", headers=house.holder(0))).status_code == 403
    theirs = {"certificate_id": await house.id(other)}
    foreign = await get("/me/certificate/certificate.pdf", params=theirs, headers=house.holder(0))
    assert foreign.json()["type"] == "urn:relevo:problem:no-such-certificate"


async def test_only_a_coordinator_issues_revokes_and_corrects(house: Any, making: Any) -> None:
    person = await house.issued(0, "Persona")
    edition = f"/editions/{making.edition_id}"
    callers: list[dict[str, str]] = [house.holder(0), house.stand.tokens.bearer("r", "reviewer"), {}]
    for who in callers:
        expected = 403 if who else 401
        gets = [await house.stand.http.get(f"{edition}{each}", headers=who) for each in ("", "/issue", "/certificates")]
        posts = [
            await house.stand.post(f"{edition}/issue", headers=who),
            await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=who),
            await house.stand.post(f"/certificates/{person}/supersede", {"because": "other"}, headers=who),
            await house.stand.post(f"/certificates/{person}/keep", headers=who),
        ]
        assert {answer.status_code for answer in [*gets, *posts]} == {expected}


async def test_facts_are_replaced_only_by_who_saw_them_and_never_under_what_was_issued(house: Any, making: Any) -> None:
    person = await house.issued(0, "Persona")
    assert (await house.set_facts(hours=40)).status_code == 428
    seen = await house.stand.http.get(f"/editions/{making.edition_id}", headers=house.coordinator)
    headers = {**house.coordinator, "If-Match": seen.headers["etag"]}
    body = {**seen.json(), "hours": 40}
    assert (await house.stand.http.put(f"/editions/{making.edition_id}", json=body, headers=headers)).status_code == 200
    stale = await house.stand.http.put(f"/editions/{making.edition_id}", json=body, headers=headers)
    assert stale.status_code == 412
    found = await house.stand.http.get(f"/verifications/{(await house.link(person))[3:]}")
    assert found.json()["hours"] == 35
    await house.stand.post(
        f"/certificates/{person}/supersede", {"because": "facts_corrected"}, headers=house.coordinator
    )
    found = await house.stand.http.get(f"/verifications/{(await house.link(person))[3:]}")
    assert (found.json()["hours"], found.json()["holder"]) == (40, "Persona")


async def test_facts_have_to_be_said_in_all_four_languages(house: Any, making: Any) -> None:
    body = making.facts().model_dump(mode="json")
    del body["texts"]["fr"]
    answer = await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
    assert answer.status_code == 422


async def test_facts_that_do_not_fit_on_the_page_are_refused(house: Any, making: Any) -> None:
    body = making.facts().model_dump(mode="json")
    body["texts"]["pt"]["place"] = body["texts"]["pt"]["supporter"] = "A" + "\u2bd1" * 150
    answer = await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
    assert (answer.status_code, answer.json()["language"]) == (422, "pt")


@pytest.mark.parametrize("nameless", ["\u200b\u200b", "\u3164", "\u115f\u1160", "1789", "🌱", "Curso\u202egpj"])
async def test_what_a_certificate_names_has_a_letter(house: Any, making: Any, nameless: str) -> None:
    person = await house.issued(0, "Persona")
    corrected = {"because": "name_corrected", "name": nameless}
    for facts in ("issuer", "title", "place"):
        body = making.facts().model_dump(mode="json")
        body["texts"]["es"][facts] = nameless
        answer = await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
        assert (facts, answer.status_code) == (facts, 422)
    body = making.facts().model_dump(mode="json")
    body["signatories"][0]["name"] = nameless
    assert (
        await house.stand.http.put(f"/editions/{'d' * 32}", json=body, headers=house.coordinator)
    ).status_code == 422
    refused = await house.stand.post(f"/certificates/{person}/supersede", corrected, headers=house.coordinator)
    assert refused.status_code == 422


async def test_nothing_is_issued_without_the_facts_of_the_edition(house: Any) -> None:
    answer = await house.stand.post(f"/editions/{'d' * 32}/issue", headers=house.coordinator)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:no-such-edition")


async def test_certificates_are_listed_in_pages(house: Any, making: Any) -> None:
    for number in range(3):
        await house.ready(number, f"Persona {number}")
    path, found, after = f"/editions/{making.edition_id}/certificates", [], None
    for _ in range(2):
        params = {"limit": 2, **({"after": after} if after else {})}
        page = (await house.stand.http.get(path, params=params, headers=house.coordinator)).json()
        found += [each["participant_id"] for each in page["items"]]
        after = page["next"]
    assert found == [making.participant(number) for number in range(3)]
    assert after is None
