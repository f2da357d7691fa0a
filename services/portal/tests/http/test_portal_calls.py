"""The calls, for anybody, and how somebody begins: the code is seen twice before it counts (rule 24)."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from relevo_chassis.http.allowance import Allowance
from relevo_chassis.ids import new_id, normalised
from relevo_chassis.languages import LANGUAGES
from relevo_portal.equipment import TooManyBeginnings
from relevo_portal.words.apply import NOTICE_VERSION, TEXTS, BeginMistake
from relevo_portal.words.countries import names


def plain(html: str) -> str:
    return html.replace("&#39;", "'").replace("&#34;", '"')


async def begun(house: Any, call_id: str, path: str = "") -> Any:
    return await house.post(f"/calls/{call_id}{path}", await house.form(f"/calls/{call_id}"))


def code_on(html: str) -> str:
    return str(re.findall(r"<output[^>]*>([^<]+)</output>", html)[0])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_call_says_who_may_apply_until_when_and_what_is_asked_in_every_language(
    house: Any, applying: Any, language: Any
) -> None:
    call_id = applying.opened()
    html = plain((await house.get(f"/calls/{call_id}?lang={language}")).text)
    own = TEXTS[language]
    for text in (*own.call.who, *own.call.how, own.call.blind, own.call.begin):
        assert text in html
    for field in own.fields.values():
        assert field.hint in html
    assert own.call.quotas["women"].format(percent=50) in html
    assert names(language)["HN"] in html
    assert "31" in html
    assert f'href="/notice?lang={language}"' in html


async def test_a_text_of_a_call_that_is_in_another_language_says_in_which(house: Any, applying: Any) -> None:
    call_id = applying.opened()
    html = (await house.get(f"/calls/{call_id}?lang=fr")).text
    assert '<h1 lang="es">Segunda edición</h1>' in html
    assert '<div class="prose" lang="es">Un curso.\nDos etapas.</div>' in html
    assert plain(TEXTS["fr"].call.other_language) in plain(html)
    assert TEXTS["en"].call.other_language not in (await house.get(f"/calls/{call_id}?lang=es")).text


async def test_calls_that_are_open_or_announced_are_listed_and_closed_ones_are_not(house: Any, applying: Any) -> None:
    shut, announced, open_one = applying.opened("closed"), applying.opened("announced"), applying.opened()
    html = (await house.get("/calls?lang=en")).text
    assert f"/calls/{announced}?lang=en" in html
    assert f"/calls/{open_one}?lang=en" in html
    assert shut not in html
    assert TEXTS["en"].calls.opens.format(at="12 September 2019, 12:00 UTC") in html
    assert 'href="/calls?lang=en"' in (await house.get("/?lang=en")).text


async def test_without_a_call_or_an_intake_the_page_says_so(house: Any, applying: Any) -> None:
    assert TEXTS["es"].calls.none.title in (await house.get("/calls")).text
    assert (await house.get(f"/calls/{new_id()}")).status_code == 404
    house.intake.is_away = True
    for path in ("/calls", f"/calls/{applying.opened()}"):
        answer = await house.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert TEXTS["es"].calls.away.title in answer.text


async def test_the_notice_has_its_version_and_every_part_in_every_language(house: Any) -> None:
    for language in LANGUAGES:
        html = plain((await house.get(f"/notice?lang={language}")).text)
        assert TEXTS[language].notice.version.format(version=NOTICE_VERSION) in html
        for part in TEXTS[language].notice.parts.values():
            assert part.more in html


async def test_rule_24_the_code_is_seen_twice_before_it_counts_and_is_kept_no_longer(house: Any, applying: Any) -> None:
    answer = await begun(house, applying.opened())
    assert (answer.status_code, answer.headers["location"]) == (303, "/apply/code")
    code = code_on((await house.get("/apply/code")).text)
    assert code_on((await house.get("/apply/code")).text) == code
    assert (await house.get("/apply/1")).headers["location"] == "/apply/code"
    assert code not in (await house.get("/apply/again")).text
    for typed in ("", code[-4:], "AAAAAA", code[:6]):
        wrong = await house.post("/apply/again", {**await house.form("/apply/again"), "last": typed})
        assert (wrong.status_code, TEXTS["es"].code.wrong in wrong.text) == (422, True)
    right = await house.post("/apply/again", {**await house.form("/apply/again"), "last": code[-8:].lower()})
    assert (right.status_code, right.headers["location"]) == (303, "/apply/1")
    assert (await house.get("/apply/code")).headers["location"] == "/apply/1"
    assert (await house.get("/apply/again")).headers["location"] == "/apply/1"
    assert (await house.get("/apply/1")).status_code == 200
    house.http.cookies.clear()
    assert (await house.enter(code)).headers["location"] == "/mine"


async def test_the_same_form_sent_twice_begins_one_draft(house: Any, applying: Any) -> None:
    call_id = applying.opened()
    form = await house.form(f"/calls/{call_id}")
    await house.post(f"/calls/{call_id}", form)
    first = code_on((await house.get("/apply/code")).text)
    await house.post(f"/calls/{call_id}", form)
    assert code_on((await house.get("/apply/code")).text) == first
    assert len(applying.drafts) == 1


async def test_the_code_is_in_no_address_no_log_and_sealed_at_rest(house: Any, applying: Any) -> None:
    await begun(house, applying.opened())
    code = code_on((await house.get("/apply/code")).text)
    [row] = house.sessions.values()
    for text in (house.stand.logged.getvalue(), str(row), *house.intake.asked):
        assert code not in text
        assert normalised(code) not in text


async def test_whoever_begins_while_they_are_in_with_another_code_leaves_that(house: Any, applying: Any) -> None:
    house.intake.applied()
    await house.enter()
    await begun(house, applying.opened())
    assert len(house.sessions) == 1
    assert len(house.intake.handles) == 1


@pytest.mark.parametrize("mistake", get_args(BeginMistake))
async def test_what_stands_in_the_way_of_beginning_is_said_and_the_key_stays(
    house: Any, applying: Any, mistake: Any
) -> None:
    call_id = applying.opened()
    form = await house.form(f"/calls/{call_id}")
    headers = {}
    if mistake == "away":
        house.intake.app.router.routes = [
            each for each in house.intake.app.router.routes if getattr(each, "path", "") != "/sessions"
        ]
    elif mistake == "too_many":
        house.equipped(beginnings=Allowance(1, TooManyBeginnings, monotonic=lambda: 0.0))
        await house.post(f"/calls/{call_id}", {**form, "form": ""})
        await house.post(f"/calls/{new_id()}", form)
    elif mistake == "not_from_here":
        headers = {"Sec-Fetch-Site": "cross-site"}
    else:
        applying.calls[call_id]["state"] = "closed"
    answer = await house.post(f"/calls/{call_id}", form, **headers)
    assert answer.status_code == {"away": 503, "too_many": 429, "not_from_here": 403, "over": 409}[mistake]
    words = "Cerrada." if mistake == "over" else TEXTS["es"].call.mistakes[mistake].format(wait="60 segundos")
    assert words in answer.text
    assert mistake == "over" or f'value="{form["once"]}"' in answer.text
    assert house.sessions == {}


async def test_a_draft_for_no_call_and_without_a_key_is_none(house: Any, applying: Any) -> None:
    call_id = applying.opened()
    form = await house.form(f"/calls/{call_id}")
    assert (await house.post(f"/calls/{new_id()}", form)).status_code == 404
    assert (await house.post(f"/calls/{call_id}", {**form, "once": "1"})).status_code == 400
    assert applying.drafts == {}
