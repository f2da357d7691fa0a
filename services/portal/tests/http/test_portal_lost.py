"""Whoever no longer has their code: what they are told is the same for everybody (rule 19)."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_chassis.http.allowance import Allowance
from relevo_chassis.languages import LANGUAGES
from relevo_portal.equipment import TooManyTries
from relevo_portal.words import TEXTS

CONTACT, WORD = "ana@correo.org", "Ceiba junto al río"
CANARY = "canario-zafiro"


async def lose(house: Any, **fields: str) -> Any:
    return await house.post("/lost", {**await house.form("/lost"), **fields})


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_door_leads_to_whoever_lost_their_code_in_every_language(house: Any, language: Any) -> None:
    words = TEXTS[language].lost
    assert (
        f'<a href="/lost?lang={language}">{words.link}'.replace("'", "&#39;")
        in (await house.get(f"/?lang={language}")).text
    )
    page = await house.get(f"/lost?lang={language}")
    assert words.title.replace("'", "&#39;") in page.text
    assert f'action="/lost?lang={language}"' in page.text


@pytest.mark.parametrize("word", ["", WORD])
async def test_rule_19_the_contact_and_the_word_go_to_intake_and_the_page_says_the_same_to_everybody(
    house: Any, word: str
) -> None:
    answers = [await lose(house, contact=each, word=word) for each in (CONTACT, "nadie@correo.org")]
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text == answers[1].text
    assert TEXTS["es"].lost.asked.title in answers[0].text
    assert house.intake.lost == [(CONTACT, word or None), ("nadie@correo.org", word or None)]


@pytest.mark.parametrize(
    ("fields", "mistake", "field"),
    [
        ({"contact": "  "}, "missing", "contact"),
        ({"contact": CANARY}, "no_address", "contact"),
        ({"contact": CONTACT, "word": "corta"}, "short_word", "word"),
    ],
)
async def test_what_is_wrong_is_told_on_top_and_stays_in_its_field_and_in_no_address(
    house: Any, fields: dict[str, str], mistake: Any, field: str
) -> None:
    answer = await lose(house, **fields)
    assert (answer.status_code, house.intake.lost) == (422, [])
    assert f'<a href="#{field}">{TEXTS["es"].lost.mistakes[mistake]}' in answer.text
    assert f'value="{fields[field].strip()}"' in answer.text
    assert "location" not in answer.headers
    assert CANARY not in house.stand.logged.getvalue()


async def test_while_intake_is_away_it_says_when_to_try_again(house: Any) -> None:
    house.intake.is_away = True
    answer = await lose(house, contact=CONTACT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert TEXTS["es"].lost.mistakes["away"] in answer.text


async def test_one_address_tries_only_so_often(house: Any) -> None:
    house.equipped(tries=Allowance(2, TooManyTries))
    statuses = [(await lose(house, contact=CONTACT)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert len(house.intake.lost) == 2


async def test_a_form_of_another_site_asks_for_nothing(house: Any) -> None:
    form = {**await house.form("/lost"), "contact": CONTACT}
    for answer in (
        await house.post("/lost", form, **{"Sec-Fetch-Site": "cross-site"}),
        await house.post("/lost", {**form, "form": "0" * 64}),
    ):
        assert answer.status_code == 403
    assert house.intake.lost == []
