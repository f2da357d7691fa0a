"""What is one's own: how it stands, in words, and what is done about it."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from relevo_portal.services.intake import Standing
from relevo_portal.words import TEXTS, Deed

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
DONE = {"stop": "undecided", "yes": "accepted", "no": "declined", "out": "withdrawn", "end": "withdrawn"}
OF_AN_OFFER = ("yes", "no", "out")


@pytest.mark.parametrize("standing", get_args(Standing))
async def test_every_standing_is_told_in_words(house: Any, standing: Any) -> None:
    house.intake.applied(CODE, standing)
    await house.enter()
    for language in ("es", "fr"):
        html = (await house.get(f"/mine?lang={language}")).text.replace("&#39;", "'")
        assert TEXTS[language].mine.standing[standing].title in html


async def test_a_word_of_a_newer_intake_breaks_no_page(house: Any) -> None:
    house.intake.applied(CODE, "enchanted", next=[{"what": "fly", "until": None}], moon=1)
    await house.enter()
    html = (await house.get("/mine")).text
    assert TEXTS["es"].mine.standing["other"].title in html
    assert TEXTS["es"].mine.nothing in html


async def test_an_open_offer_says_until_when_and_what_may_be_done(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    html = (await house.get("/mine?lang=en")).text
    assert "Until 2 November 2019, 12:00 UTC" in html
    assert TEXTS["en"].mine.grant_yes in html
    for deed in OF_AN_OFFER:
        assert f'href="/mine/{deed}?lang=en"' in html


async def test_the_call_is_named_in_the_language_of_the_page(house: Any) -> None:
    house.intake.applied(CODE, titles={"es": "Curso", "en": "Course", "pt": "Curso", "fr": "Formation"})
    await house.enter()
    assert "<dd>Formation</dd>" in (await house.get("/mine?lang=fr")).text
    house.intake.mine[CODE.replace("-", "")]["titles"] = {"es": "Curso"}
    assert "<dd>Curso</dd>" in (await house.get("/mine?lang=fr")).text


async def test_a_draft_and_its_next_step_are_told(house: Any) -> None:
    steps = [{"what": "submit", "until": "2019-10-31T23:59:00Z"}]
    house.intake.applied(CODE, state="draft", standing="undecided", next=steps)
    await house.enter()
    html = (await house.get("/mine?lang=en")).text
    assert TEXTS["en"].mine.draft.title in html
    assert TEXTS["en"].mine.steps["submit"] in html
    assert "/mine/out" not in html


async def test_a_service_that_is_away_leaves_its_part_out_and_is_no_error(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    house.intake.is_away = True
    answer = await house.get("/mine")
    assert answer.status_code == 200
    assert TEXTS["es"].mine.away.title in answer.text
    assert (await house.get("/mine/yes")).headers["location"] == "/mine"


async def test_a_page_asks_intake_once_for_what_it_shows_and_for_a_token_every_four_minutes(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    house.intake.asked.clear()
    await house.get("/mine")
    assert house.intake.asked == ["POST /sessions/token", "GET /me"]
    house.later(minutes=3.9)
    await house.get("/mine")
    assert house.intake.asked[2:] == ["GET /me"]
    house.later(minutes=0.2)
    await house.get("/mine")
    assert house.intake.asked[3:] == ["POST /sessions/token", "GET /me"]


@pytest.mark.parametrize("deed", get_args(Deed))
async def test_what_is_done_is_asked_first_and_done_once_however_often_it_is_sent(house: Any, deed: Any) -> None:
    made = {"end": house.intake.enrolled, "stop": house.intake.asked_for}
    made.get(deed, house.intake.offered)(CODE)
    await house.enter()
    page = await house.get(f"/mine/{deed}")
    assert TEXTS["es"].mine.deeds[deed].title in page.text
    assert house.intake.done == []
    form = await house.form(f"/mine/{deed}")
    answers = [await house.post(f"/mine/{deed}", form) for _ in range(2)]
    assert [each.headers["location"] for each in answers] == ["/mine", "/mine"]
    assert {key for _, key in house.intake.done} == {form["once"]}
    assert {standing for standing, _ in house.intake.done} == {DONE[deed]}
    assert TEXTS["es"].mine.standing[house.intake.done[0][0]].title in (await house.get("/mine")).text


async def test_a_key_is_another_each_time_the_page_is_shown(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    assert (await house.form("/mine/yes"))["once"] != (await house.form("/mine/yes"))["once"]


async def test_what_may_not_be_done_now_has_no_page(house: Any) -> None:
    house.intake.applied(CODE, "waitlisted", next=[])
    await house.enter()
    for deed in get_args(Deed):
        assert (await house.get(f"/mine/{deed}")).headers["location"] == "/mine"


async def test_a_rule_that_does_not_allow_it_is_told_in_its_own_sentence(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    form = await house.form("/mine/yes")
    house.intake.refuses = "La oferta venció <ayer>."
    answer = await house.post("/mine/yes", form)
    assert answer.status_code == 409
    assert "La oferta venció &lt;ayer&gt;." in answer.text
    assert 'role="alert"' in answer.text


async def test_while_intake_is_away_nothing_is_lost_and_the_same_key_stays_in_the_form(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    form = await house.form("/mine/yes")
    house.intake.is_away = True
    answer = await house.post("/mine/yes", form)
    assert answer.status_code == 503
    assert form["once"] in answer.text
    house.intake.is_away = False
    assert (await house.post("/mine/yes", form)).status_code == 303
    assert house.intake.done == [("accepted", form["once"])]


@pytest.mark.parametrize(
    "changed",
    [{"form": "x"}, {"form": ""}, {"subject": "../../sessions/end"}, {"subject": ""}, {"once": "1"}, {"once": ""}],
)
async def test_a_form_that_is_not_as_it_was_shown_does_nothing(house: Any, changed: dict[str, str]) -> None:
    house.intake.offered(CODE)
    await house.enter()
    form = await house.form("/mine/yes")
    assert (await house.post("/mine/yes", {**form, **changed})).status_code in (400, 403)
    assert house.intake.done == []


async def test_a_form_of_another_session_does_nothing(house: Any) -> None:
    house.intake.offered(CODE)
    await house.enter()
    form = await house.form("/mine/yes")
    house.http.cookies.clear()
    await house.enter()
    assert (await house.post("/mine/yes", form)).status_code == 403
    assert house.intake.done == []


async def test_no_page_and_no_log_line_holds_an_id_in_an_address_or_who_it_is(house: Any) -> None:
    mine = house.intake.offered(CODE)
    await house.enter()
    pages = [await house.get(path) for path in ("/mine", "/mine/yes", "/mine/no", "/mine/out")]
    addresses = " ".join(" ".join(re.findall(r'(?:href|action)="([^"]*)"', each.text)) for each in pages)
    for secret in (CODE, mine["application_id"], mine["offer"]["offer_id"], *house.intake.handles):
        assert secret not in addresses
        assert secret not in house.stand.logged.getvalue()
