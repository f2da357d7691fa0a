"""How much one address may ask for: wrong codes are bounded tightly, a crowd that begins together is not shut out."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi.responses import JSONResponse

from relevo_chassis.http.allowance import Allowance
from relevo_chassis.languages import LANGUAGES
from relevo_portal.equipment import TooManyBeginnings, TooManyTries
from relevo_portal.words import TEXTS
from relevo_portal.words.apply import TEXTS as APPLY

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"


class Hand:
    """A clock in a test's hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def begun(house: Any, call_id: str) -> Any:
    return await house.send(f"/calls/{call_id}")


async def test_only_wrong_codes_count_against_an_address(house: Any) -> None:
    house.equipped(tries=Allowance(3, TooManyTries, Hand()))
    house.intake.applied(CODE)
    for _ in range(9):
        assert (await house.enter(CODE)).status_code == 303
        house.http.cookies.clear()
    statuses = [(await house.enter(f"{CODE}{number}")).status_code for number in range(4)]
    assert statuses == [422, 422, 422, 429]


async def test_whoever_tried_too_often_reads_how_long_to_wait_and_finds_what_they_typed(house: Any) -> None:
    clock = Hand()
    house.equipped(tries=Allowance(2, TooManyTries, clock))
    answers = [await house.enter(CODE) for _ in range(3)]
    assert (answers[2].status_code, answers[2].headers["retry-after"]) == (429, "30")
    assert TEXTS["es"].door.mistakes["too_many"].format(wait="30 segundos") in answers[2].text
    assert f'value="{CODE}"' in answers[2].text
    clock.now = 30.0
    assert (await house.enter(CODE)).status_code == 422


async def test_a_crowd_behind_one_address_begins_in_the_same_minute(house: Any, applying: Any) -> None:
    call_id = applying.opened()
    for _ in range(60):
        assert (await begun(house, call_id)).status_code == 303
        house.http.cookies.clear()
    assert len(applying.drafts) == 60


async def test_beginnings_and_wrong_codes_are_counted_apart(house: Any, applying: Any) -> None:
    house.equipped(
        tries=Allowance(1, TooManyTries, Hand()), beginnings=Allowance(1, TooManyBeginnings, monotonic=Hand())
    )
    call_id = applying.opened()
    assert [(await house.enter(CODE)).status_code for _ in range(2)] == [422, 429]
    assert [(await begun(house, call_id)).status_code for _ in range(2)] == [303, 429]
    house.equipped(tries=Allowance(1, TooManyTries, Hand()))
    house.http.cookies.clear()
    assert (await house.enter(CODE)).status_code == 422


async def test_whoever_has_to_wait_before_they_begin_is_told_how_long_and_sends_the_same_form_again(
    house: Any, applying: Any
) -> None:
    clock, call_id = Hand(), applying.opened()
    house.equipped(beginnings=Allowance(3, TooManyBeginnings, clock))
    for _ in range(3):
        assert (await begun(house, call_id)).status_code == 303
        house.http.cookies.clear()
    form = await house.form(f"/calls/{call_id}")
    answer = await house.post(f"/calls/{call_id}", form)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "20")
    assert APPLY["es"].call.mistakes["too_many"].format(wait="20 segundos") in answer.text
    assert f'value="{form["once"]}"' in answer.text
    clock.now = 20.0
    assert (await house.post(f"/calls/{call_id}", form)).status_code == 303
    assert len(applying.drafts) == 4


async def test_nobody_is_told_to_wait_less_than_ten_seconds_so_that_a_crowd_gets_through(
    house: Any, applying: Any
) -> None:
    house.equipped(beginnings=Allowance(60, TooManyBeginnings, Hand()))
    call_id = applying.opened()
    form = await house.form(f"/calls/{call_id}")
    answers = [await house.post(f"/calls/{call_id}", form) for _ in range(61)]
    assert answers[-1].headers["retry-after"] == "10"


@pytest.mark.parametrize(
    ("client", "header"),
    [
        ("203.0.113.9", 'for="203.0.113.9"'),
        ("2001:db8:1:2:3::9", 'for="[2001:db8:1:2::]"'),
        ("::ffff:203.0.113.9", 'for="203.0.113.9"'),
        ("somebody", None),
    ],
)
async def test_intake_is_told_whose_allowance_it_is_and_no_more_of_an_address_than_its_network(
    house: Any, applying: Any, client: str, header: str | None
) -> None:
    call_id = applying.opened()
    transport = httpx.ASGITransport(house.stand.app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8105") as http:
        house.http = http
        await begun(house, call_id)
        await house.send("/lost", contact="ana@correo.org")
    spoken_for = [house.intake.spoken_for[path] for path in (f"/calls/{call_id}/drafts", "/lost")]
    assert spoken_for == [header, header]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_when_intake_has_enough_of_an_address_its_person_reads_how_long_to_wait(
    house: Any, applying: Any, language: Any
) -> None:
    call_id = applying.opened()
    begin, lost = await house.form(f"/calls/{call_id}"), await house.form("/lost")
    house.intake.answers = JSONResponse({}, 429, {"Retry-After": "42"})
    began = await house.post(f"/calls/{call_id}?lang={language}", begin)
    asked = await house.post(f"/lost?lang={language}", {**lost, "contact": "ana@correo.org"})
    for answer, text in ((began, APPLY[language].call), (asked, TEXTS[language].lost)):
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "42")
        wait = TEXTS[language].frame.seconds.other.format(count=42)
        assert text.mistakes["too_many"].format(wait=wait) in answer.text.replace("&#39;", "'")
    assert 'value="ana@correo.org"' in asked.text
