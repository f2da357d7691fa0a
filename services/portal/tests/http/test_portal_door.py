"""The door: what it says, the code that opens it, and what does not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from relevo_chassis.http.allowance import Allowance
from relevo_chassis.languages import LANGUAGES
from relevo_portal.equipment import TooManyTries
from relevo_portal.words import TEXTS

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_door_says_what_this_is_in_the_browsers_language(house: Any, language: Any) -> None:
    answer = await house.get("/", **{"Accept-Language": language})
    assert answer.headers["content-language"] == language
    assert TEXTS[language].door.title in answer.text
    assert f'<html lang="{language}">' in answer.text


async def test_a_language_that_was_asked_for_is_kept_by_every_link_and_form(house: Any) -> None:
    html = (await house.get("/?lang=fr", **{"Accept-Language": "es"})).text
    assert TEXTS["fr"].door.title in html
    assert 'action="/enter?lang=fr"' in html
    plain = (await house.get("/", **{"Accept-Language": "es"})).text
    assert 'action="/enter"' in plain
    house.intake.applied(CODE)
    entered = await house.post("/enter?lang=fr", {**await house.form("/"), "code": CODE})
    assert entered.headers["location"] == "/mine?lang=fr"


async def test_the_code_opens_what_is_ones_own_however_it_is_typed(house: Any) -> None:
    house.intake.applied(CODE)
    answer = await house.enter(f"  {CODE.lower().replace('-', ' ')} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine")
    assert (await house.get("/")).headers["location"] == "/mine"
    assert TEXTS["es"].mine.standing["undecided"].title in (await house.get("/mine")).text


@pytest.mark.parametrize("code", ["", "   ", CANARY, "x" * 5_000, "\u202e", "=cmd()", "<script>"])
async def test_a_wrong_code_is_told_on_top_and_stays_in_the_field_and_in_no_address(house: Any, code: str) -> None:
    answer = await house.enter(code)
    assert answer.status_code == 422
    assert 'href="#code"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "location" not in answer.headers
    assert "<script>" not in answer.text
    assert house.sessions == {}
    if code == CANARY:
        assert f'value="{CANARY}"' in answer.text
        assert not re.search(rf'(?:href|action)="[^"]*{CANARY}', answer.text)
        assert CANARY not in house.stand.logged.getvalue()


async def test_a_code_whose_person_was_erased_says_so(house: Any) -> None:
    house.intake.gone.add(CODE.replace("-", ""))
    answer = await house.enter()
    assert answer.status_code == 410
    assert TEXTS["es"].door.mistakes["gone"] in answer.text


async def test_while_intake_is_away_the_door_says_so_and_when_to_come_again(house: Any) -> None:
    house.intake.is_away = True
    answer = await house.enter()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert TEXTS["es"].door.mistakes["away"] in answer.text


async def test_whoever_tries_many_codes_from_one_address_has_to_wait(house: Any) -> None:
    house.equipped(tries=Allowance(3, TooManyTries, monotonic=lambda: 0.0))
    statuses = [(await house.enter(f"{CODE}{number}")).status_code for number in range(4)]
    assert statuses == [422, 422, 422, 429]
    assert house.intake.asked.count("POST /sessions") == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8105.evil.test"},
    ],
)
async def test_a_form_that_another_site_sent_lets_nobody_in(house: Any, headers: dict[str, str]) -> None:
    house.intake.applied(CODE)
    answer = await house.post("/enter", {**await house.form("/"), "code": CODE}, **headers)
    assert (answer.status_code, house.sessions) == (403, {})
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert (await house.post("/enter", {**await house.form("/"), "code": CODE}, **own)).status_code == 303


async def test_a_form_without_the_cookie_it_belongs_to_lets_nobody_in_and_comes_back_with_what_was_typed(
    house: Any,
) -> None:
    house.intake.applied(CODE)
    form = {**await house.form("/"), "code": CODE}
    house.http.cookies.clear()
    answer = await house.post("/enter", form)
    assert (answer.status_code, house.sessions) == (403, {})
    assert f'value="{CODE}"' in answer.text
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text))
    assert (await house.post("/enter", {**again, "code": CODE})).status_code == 303


@pytest.mark.parametrize(
    "body", [b"code=%ff", b"code=1&code=2", b"code=%00", b"&".join(b"a%d=1" % each for each in range(50)), b"\xff"]
)
async def test_a_form_that_reads_in_two_ways_is_refused_as_a_page(house: Any, body: bytes) -> None:
    headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    answer = await house.http.post("/enter", content=body, headers=headers)
    assert answer.status_code == 400
    assert TEXTS["es"].problems["not_taken"].title in answer.text


@pytest.mark.parametrize(
    ("path", "status", "problem"), [("/nowhere", 404, "nothing_here"), ("/mine/maybe", 422, "nothing_here")]
)
async def test_what_is_refused_before_a_page_is_made_is_a_page_too(
    house: Any, path: str, status: int, problem: Any
) -> None:
    answer = await house.get(path, **{"Accept-Language": "pt"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert TEXTS["pt"].problems[problem].title in answer.text
    assert answer.headers["content-language"] == "pt"
    plain = await house.http.get(path)
    assert plain.headers["content-type"] == "application/problem+json"


async def test_every_page_is_kept_by_nobody_and_loads_two_files_of_our_own(house: Any) -> None:
    house.intake.offered(CODE)
    pages = [await house.get(path) for path in ("/", "/left", "/nowhere", "/style")]
    await house.enter()
    pages += [await house.get(path) for path in ("/mine", "/mine/yes")]
    for answer in pages:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src")
        assert re.findall(r"<title>(.*?)</title>", answer.text) == ["Relevo"]
        assert not re.search(r"<style|<script>| style=| on[a-z]+=", answer.text)
        files = re.findall(r'(?:src|href)="(/files/[^"]+)"', answer.text)
        assert len(files) == 2
        for each in files:
            found = await house.get(each)
            assert (found.status_code, "immutable" in found.headers["cache-control"]) == (200, True)
    assert (await house.get("/files/portal.css")).status_code == 404


async def test_a_first_visit_takes_less_than_sixty_kilobytes(house: Any) -> None:
    answer = await house.get("/")
    files = [await house.get(each) for each in re.findall(r'(?:src|href)="(/files/[^"]+)"', answer.text)]
    assert sum(len(each.content) for each in (answer, *files)) < 60_000


async def test_the_page_of_components_is_not_there_in_production(
    portal_settings: Any, portal_housed: Any, house: Any
) -> None:
    assert (await house.get("/style")).status_code == 200
    production = portal_settings().model_copy(update={"environment": "production"})
    async with portal_housed(production) as other:
        assert (await other.get("/style")).status_code == 404
