"""Who decided what about an edition and its certificates, on which version (rule 22)."""

from __future__ import annotations

from typing import Any

from relevo_certification.background import SelfIssuer
from relevo_testkit.stand import known_as


async def decided(house: Any, path: str) -> list[tuple[str, str, str | None]]:
    return [(each["code"], each["by"], each["because"]) for each in await house.every(f"{path}/decisions")]


async def test_rule_22_who_set_the_facts_asked_for_the_issuing_and_issued_each_is_kept(house: Any, making: Any) -> None:
    people = [await house.ready(number, f"Persona {number}") for number in (0, 1)]
    await house.issue()
    edition = await house.every(f"/editions/{making.edition_id}/decisions")
    assert [each["code"] for each in edition] == ["certificate_issued"] * 2 + ["issuing_asked_for", "edition_facts_set"]
    assert {each["by"] for each in edition} == {known_as("carla")}
    assert {each["about_id"] for each in edition[:2]} == set(people)
    assert await decided(house, f"/certificates/{people[0]}") == [("certificate_issued", known_as("carla"), None)]
    await house.issue()
    assert await decided(house, f"/certificates/{people[0]}") == [("certificate_issued", known_as("carla"), None)]


async def test_rule_22_who_corrected_kept_and_revoked_a_certificate_is_kept_in_it_and_on_record(
    house: Any, making: Any
) -> None:
    person = await house.issued(0, "Persona")
    post, olga = house.stand.post, house.stand.tokens.bearer("olga", "coordinator")
    body: dict[str, Any] = {"because": "name_corrected", "name": "Otra Persona"}
    assert (await post(f"/certificates/{person}/supersede", body, headers=house.coordinator)).status_code == 200
    await house.receive(making.under_review(0))
    assert (await post(f"/certificates/{person}/keep", headers=olga)).status_code == 200
    old = await house.id(person, 0)
    body = {"because": "misuse", "certificate_id": old}
    assert (await post(f"/certificates/{person}/revoke", body, headers=olga)).status_code == 200
    body = {"because": "requirements_not_met"}
    assert (await post(f"/certificates/{person}/revoke", body, headers=house.coordinator)).status_code == 200
    assert await decided(house, f"/certificates/{person}") == [
        ("certificate_revoked", known_as("carla"), "requirements_not_met"),
        ("replaced_certificate_revoked", known_as("olga"), "misuse"),
        ("certificate_kept", known_as("olga"), None),
        ("certificate_corrected", known_as("carla"), "name_corrected"),
        ("certificate_issued", known_as("carla"), None),
    ]
    listed = await house.every(f"/certificates/{person}/decisions")
    versions = [each["version"] for each in listed]
    assert versions == sorted(set(versions), reverse=True)
    seen = await house.seen(person)
    assert (seen["revoked_by"], seen["issued"][0]["revoked_by"]) == (known_as("carla"), known_as("olga"))
    own = (await house.stand.http.get("/me/certificate", headers=house.holder(0))).json()
    assert (own["revoked_by"], own["issued"][0]["revoked_by"]) == (None, None)
    page = await house.stand.http.get(await house.link(person))
    assert "carla" not in page.text


async def test_rule_22_a_name_corrected_before_the_first_issue_is_on_record_with_who_did(house: Any) -> None:
    person = await house.ready(0, "Persona")
    body = {"because": "name_corrected", "name": "Otra Persona"}
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    assert await decided(house, f"/certificates/{person}") == [
        ("certificate_corrected", known_as("carla"), "name_corrected")
    ]
    assert "Otra Persona" not in repr(house.stand.store.collections)


async def test_rule_22_what_issues_itself_is_the_services_own_decision(house: Any, making: Any) -> None:
    await house.receive(making.enrolled(0, by_the_service=True))
    person = await house.ready(0, "Persona", enrolled=True)
    await SelfIssuer(house.office, house.stand.clock.now).issue()
    assert await decided(house, f"/certificates/{person}") == [("certificate_issued", "certification", None)]


async def test_rule_22_what_holders_decide_of_their_name_is_no_decision_of_staff_and_theirs_are_not_for_holders(
    house: Any,
) -> None:
    person = await house.issued(0, "Persona")
    hidden = {"display": "unnamed"}
    answer = await house.stand.post("/me/certificate/choose-display", hidden, headers=house.holder(0))
    assert answer.status_code == 200
    assert await decided(house, f"/certificates/{person}") == [("certificate_issued", known_as("carla"), None)]
    get = house.stand.http.get
    assert (await get(f"/certificates/{person}/decisions", headers=house.holder(0))).status_code == 403
