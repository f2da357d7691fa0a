"""I am in danger: one button on every page of one's own, and nothing is asked before it is done (rule 25)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import Request

from relevo_portal.words import TEXTS as PORTAL
from relevo_portal.words.danger import TEXTS

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
SINCE = "2019-10-25T12:00:00Z"


class Danger:
    """What intake answers of it, beside what the fake does."""

    def __init__(self, intake: Any) -> None:
        self.since: str | None = None
        self.watched = True
        self.keys: list[str] = []
        self._intake = intake
        intake.app.get("/me/danger")(self.read)
        intake.app.post("/me/danger")(self.begin)
        intake.app.post("/me/danger/end")(self.end)

    async def read(self) -> dict[str, Any]:
        return {"since": self.since, "watched": self.watched}

    async def begin(self, request: Request) -> dict[str, Any]:
        self.keys.append(request.headers["idempotency-key"])
        self.since = self.since or SINCE
        return await self.read()

    async def end(self, request: Request) -> dict[str, Any]:
        self.keys.append(request.headers["idempotency-key"])
        self.since = None
        return await self.read()


@pytest.fixture
async def danger(house: Any) -> Danger:
    house.intake.enrolled(CODE)
    await house.enter()
    return Danger(house.intake)


def button(html: str) -> dict[str, str]:
    """The form of the button, as it stands on every page of one's own."""
    found = re.search(r'<form class="danger" method="post" action="/danger".*?</form>', html, re.DOTALL)
    assert found
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found.group()))


@pytest.mark.parametrize("page", ["/mine", "/mine/end"])
async def test_it_is_done_with_one_press_on_any_page_of_ones_own(house: Any, danger: Danger, page: str) -> None:
    html = (await house.get(page)).text
    assert PORTAL["es"].frame.danger_more in html
    answer = await house.post("/danger", button(html))
    assert (answer.status_code, answer.headers["location"]) == (303, "/danger")
    assert danger.since == SINCE
    html = (await house.get("/danger?lang=en")).text
    assert TEXTS["en"].begun.title in html
    assert TEXTS["en"].watched in html
    assert "25 October 2019, 12:00 UTC" in html


async def test_whoever_has_not_come_in_finds_no_button_and_does_nothing(house: Any) -> None:
    danger = Danger(house.intake)
    assert 'action="/danger"' not in (await house.get("/")).text
    assert (await house.post("/danger", await house.form("/"))).headers["location"] == "/undone"
    assert danger.since is None


async def test_whoever_presses_when_the_session_is_over_is_told_that_nothing_was_done(
    house: Any, danger: Danger
) -> None:
    form = button((await house.get("/mine")).text)
    house.later(minutes=11)
    answer = await house.post("/danger?lang=en", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/undone?lang=en")
    assert danger.since is None
    assert PORTAL["en"].door.notices["undone"].more in (await house.get("/undone?lang=en")).text
    assert (await house.get("/danger")).headers["location"] == "/left"


async def test_another_site_says_nothing_in_anybodys_place(house: Any, danger: Danger) -> None:
    form = button((await house.get("/mine")).text)
    assert (await house.post("/danger", {"form": "x"})).status_code == 403
    elsewhere = await house.post("/danger", form, **{"Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, danger.since) == (403, None)


async def test_where_nobody_is_told_the_page_says_so(house: Any, danger: Danger) -> None:
    danger.since, danger.watched = SINCE, False
    assert TEXTS["es"].unwatched in (await house.get("/danger")).text


async def test_where_nobody_was_told_it_can_be_pressed_again(house: Any, danger: Danger) -> None:
    danger.since, danger.watched = SINCE, False
    html = (await house.get("/danger")).text
    assert '<form class="row" method="post" action="/danger">' in html
    danger.watched = True
    assert '<form class="row" method="post" action="/danger">' not in (await house.get("/danger")).text


async def test_whoever_has_sent_nothing_yet_is_told_that_there_is_nothing_to_protect(house: Any) -> None:
    house.intake.applied(CODE, state="draft", next=[])
    await house.enter()
    form = button((await house.get("/mine")).text)
    assert (await house.post("/danger", form)).headers["location"] == "/danger"
    html = (await house.get("/danger")).text
    assert TEXTS["es"].nothing_yet.title in html
    assert 'action="/danger' not in html


async def test_it_is_over_when_the_person_says_so_once_for_the_form(house: Any, danger: Danger) -> None:
    danger.since = SINCE
    form = await house.form("/danger")
    for _ in range(2):
        assert (await house.post("/danger/over", form)).headers["location"] == "/danger"
    assert danger.since is None
    assert set(danger.keys) == {form["once"]}
    assert TEXTS["es"].begin.title in (await house.get("/danger")).text


async def test_while_intake_is_away_it_says_that_nothing_was_done_and_shows_the_button_again(
    house: Any, danger: Danger
) -> None:
    form = button((await house.get("/mine")).text)
    house.intake.is_away = True
    answer = await house.post("/danger", form)
    assert answer.status_code == 503
    assert TEXTS["es"].not_done in answer.text
    assert TEXTS["es"].press in answer.text
    house.intake.is_away = False
    assert (await house.post("/danger", form)).status_code == 303
    assert danger.since == SINCE


async def test_the_first_page_says_that_it_goes_on(house: Any) -> None:
    house.intake.enrolled(CODE)["in_danger_since"] = SINCE
    await house.enter()
    assert PORTAL["fr"].mine.endangered.title in (await house.get("/mine?lang=fr")).text
