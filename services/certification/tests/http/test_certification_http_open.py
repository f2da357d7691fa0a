"""What verifiers in other people's pages get: every public answer, in the form they ask for."""

from __future__ import annotations

from typing import Any

import pytest

ELSEWHERE = {"Origin": "https://verifier.example"}
UNKNOWN = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"


async def test_pages_of_any_origin_may_fetch_what_is_public_refusals_too(house: Any, making: Any) -> None:
    person = await house.issued(0, "Persona")
    await house.publish(making.issued_at)
    link, get = await house.link(person), house.stand.http.get
    places = [link, f"/verifications/{link[3:]}", "/status/1", "/status/1/refresh", "/.well-known/did.json"]
    places += [f"{link}/{name}" for name in ("credential.json", "credential.jwt", "certificate.pdf")]
    missing = [f"/v/{UNKNOWN}/{name}" for name in ("credential.json", "credential.jwt", "certificate.pdf", "nothing")]
    missing += [f"/verifications/{UNKNOWN}", "/status/99"]
    for path, status in [*((each, 200) for each in places), *((each, 404) for each in missing)]:
        answer = await get(path, headers={**ELSEWHERE, "Accept": "application/json"})
        found = (answer.status_code, answer.headers.get("access-control-allow-origin"))
        assert (path, *found) == (path, status, "*")
        assert "access-control-allow-credentials" not in answer.headers
    house.allow(1)
    await get(link)
    for path in (f"{link}/credential.json", f"/verifications/{link[3:]}", link):
        answer = await get(path, headers={**ELSEWHERE, "Accept": "application/json"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (429, "*")
        assert answer.headers["access-control-expose-headers"] == "Retry-After"


async def test_a_browser_that_asks_before_is_let_read_and_nothing_else(house: Any) -> None:
    link = await house.link(await house.issued(0, "Persona"))
    asked = {**ELSEWHERE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "cache-control"}
    answer = await house.stand.http.request("OPTIONS", f"{link}/credential.json", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"


async def test_what_is_not_public_is_open_to_no_other_page(house: Any) -> None:
    person = await house.issued(0, "Persona")
    for path in (f"/certificates/{person}", f"/certificates/{person}/credential.json", "/editions/x"):
        answer = await house.stand.http.get(path, headers={**house.coordinator, **ELSEWHERE})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "media", "begins"),
    [
        ("application/vc", "application/vc", b"{"),
        ("application/vc+jwt", "application/vc+jwt", b"ey"),
        ("application/jwt", "application/jwt", b"ey"),
        ("application/vc;q=0.9, application/json;q=0.8", "application/vc", b"{"),
        ("application/json", "application/json", b"{"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", b"<!doctype"),
        ("*/*", "text/html; charset=utf-8", b"<!doctype"),
        ("image/png", "text/html; charset=utf-8", b"<!doctype"),
    ],
)
async def test_a_link_answers_in_the_form_that_is_accepted(house: Any, accept: str, media: str, begins: bytes) -> None:
    link = await house.link(await house.issued(0, "Persona"))
    answer = await house.stand.http.get(link, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.content.startswith(begins)
    if "vc" in media:
        assert (b"OpenBadgeCredential" in answer.content) == (media == "application/vc")
    missing = await house.stand.http.get(f"/v/{UNKNOWN}", headers={"Accept": accept})
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Aquí se verifican certificados"),
        ("en", "Certificates are verified here"),
        ("pt", "Aqui se verificam certificados"),
        ("fr", "Ici se vérifient des certificats"),
    ],
)
async def test_the_address_of_the_issuer_answers_a_page(house: Any, language: str, text: str) -> None:
    link = await house.link(await house.issued(0, "Persona"))
    credential = (await house.stand.http.get(f"{link}/credential.json")).json()
    path = credential["issuer"]["url"].removeprefix("https://certificados.oas.test")
    answer = await house.stand.http.get(f"{path}/?lang={language}")
    assert answer.status_code == 200
    assert text in answer.text
    assert credential["issuer"]["id"] in answer.text
