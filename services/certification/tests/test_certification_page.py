"""What anybody who is shown a certificate gets to see: the page, its languages, its silence."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest


async def test_a_token_may_be_typed_in_as_one_reads_it(house: Any) -> None:
    person = await house.issued(0, "Persona")
    token = (await house.link(person))[3:]
    assert len(token) == 26
    typed = "-".join([token[:4], token[4:]]).lower().replace("0", "o").replace("1", "l")
    assert (await house.stand.http.get(f"/verifications/{typed}")).status_code == 200


async def test_unknown_and_hidden_get_the_same_answer(house: Any) -> None:
    unnamed = await house.issued(0, "Persona", named=False)
    hidden = await house.stand.http.get(f"{await house.link(unnamed)}/certificate.pdf")
    unknown = await house.stand.http.get("/v/7ZZZZZZZZZZZZZZZZZZZZZZZZZ/certificate.pdf")
    assert (hidden.status_code, hidden.content) == (unknown.status_code, unknown.content) == (404, hidden.content)
    pages = [await house.stand.http.get(f"/v/{token}?lang=en") for token in ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "x")]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].text == pages[1].text


async def test_the_page_asks_not_to_be_indexed_nor_to_send_a_referrer_and_runs_no_script(house: Any) -> None:
    person = await house.issued(0, "Persona <script>alert(1)</script>")
    page = await house.stand.http.get(await house.link(person))
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert "http://" not in page.text


@pytest.mark.parametrize(
    ("accepted", "text"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.5", "Certificado válido"),
        ("de,fr;q=0.7,en;q=0.6", "Certificat valide"),
        ("en-GB", "Valid certificate"),
        ("est, fr;q=0, en ; q=0.2", "Valid certificate"),
        ("de", "Certificado válido"),
        (";;q=x,,", "Certificado válido"),
    ],
)
async def test_the_page_speaks_the_readers_language(house: Any, accepted: str, text: str) -> None:
    person = await house.issued(0, "Persona")
    page = await house.stand.http.get(await house.link(person), headers={"Accept-Language": accepted})
    assert text in page.text
    assert page.headers["vary"] == "Accept, Accept-Language"


async def test_the_page_shows_the_certified_facts(house: Any) -> None:
    person = await house.issued(0, "Persona Visible")
    page = await house.stand.http.get(f"{await house.link(person)}?lang=es")
    for fact in (
        "Persona Visible",
        "Washington, DC",
        "del 9 al 13 de diciembre de 2019",
        "35\u00a0horas",
        "a por lo menos 10\u00a0personas, en al menos 4\u00a0horas",
        "GOIB",
        "Ana Ejemplo, Secretaría Ejecutiva; Luis Muestra, Secretaría Ejecutiva",
        "20 de febrero de 2020",
    ):
        assert fact in page.text


async def test_rule_13_a_revoked_page_does_not_say_that_requirements_were_met(house: Any) -> None:
    person = await house.issued(0, "Persona Visible")
    body = {"because": "requirements_not_met"}
    await house.stand.post(f"/certificates/{person}/revoke", body, headers=house.coordinator)
    for language, met, stated in (
        ("es", "Requisitos cumplidos", "El certificado decía"),
        ("en", "Requirements met", "The certificate said"),
        ("pt", "Requisitos cumpridos", "O certificado dizia"),
        ("fr", "Conditions remplies", "Le certificat disait"),
    ):
        page = (await house.stand.http.get(f"{await house.link(person)}?lang={language}")).text
        assert (met in page, stated in page) == (False, True)


async def test_rule_14_the_page_of_the_erased_says_that_the_name_is_not_kept_and_not_that_its_holder_hid_it(
    house: Any, making: Any
) -> None:
    person = await house.issued(0, "Persona Visible")
    link = await house.link(person)
    await house.receive(making.erased(0))
    for language, gone in (("es", "Ya no se conserva"), ("en", "No longer kept")):
        page = (await house.stand.http.get(f"{link}?lang={language}")).text
        assert gone in page
        assert "decidió" not in page
        assert "decided" not in page


async def test_json_is_given_to_who_accepts_it_and_not_html(house: Any) -> None:
    person = await house.issued(0, "Persona")
    answer = await house.stand.http.get(await house.link(person), headers={"Accept": "application/json"})
    assert answer.json()["status"] == "valid"


async def test_one_address_may_ask_so_often_and_no_more(house: Any) -> None:
    house.allow(3)
    get = house.stand.http.get
    statuses = [(await get("/verifications/none")).status_code for _ in range(4)]
    assert statuses == [404, 404, 404, 429]
    page = await get("/v/none?lang=en")
    assert (page.status_code, "Too many requests" in page.text, page.headers["retry-after"]) == (429, True, "20")
    for path in ("/v/none", "/v/none/credential.json", "/verifications/none"):
        answer = await get(path, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "20")


async def test_a_status_list_shows_a_revocation_only_when_the_next_one_is_published(house: Any, making: Any) -> None:
    await house.publish(making.issued_at)
    person = await house.issued(0, "Persona")
    before = json.loads((await house.stand.http.get("/status/1")).content)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    assert await house.publish(making.issued_at + timedelta(minutes=14)) == 0
    assert json.loads((await house.stand.http.get("/status/1")).content) == before
    assert await house.publish(making.issued_at + timedelta(minutes=15)) == 2
    after = json.loads((await house.stand.http.get("/status/1")).content)
    assert after["credentialSubject"]["encodedList"] != before["credentialSubject"]["encodedList"]
    assert (await house.stand.http.get("/status/2")).status_code == 404


async def test_a_refusal_is_told_in_the_language_that_is_preferred(house: Any) -> None:
    answer = await house.stand.http.get("/verifications/nothing", headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer.json()["title"]) == (404, "Ce certificat n’existe pas.")
