"""The forms of the sixty days: what is wrong with them is told, and nothing that was typed is lost."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from relevo_chassis.languages import LANGUAGES
from relevo_portal.words import TEXTS as FRAME
from relevo_portal.words.days import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.tracking import REPORTED_ALREADY, FakeTracking
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import REPORTED_ALREADY, FakeTracking

CANARY = "canario-zafiro"
PLAN = {"planned_on": "2020-01-18", "format": "in_person"}
REPORT = {**{"held_on": "2020-01-18", "minutes": "260", "people": "12"}, "format": "in_person", "description": CANARY}
ASK = {"asked_for": "pause", "reason": "threat", "note": CANARY, "due_on": ""}
QUESTION = {"topic": "method", "language": "pt", "question": CANARY}
WORDS = TEXTS["es"]


@pytest.mark.parametrize(
    ("path", "typed", "wrong"),
    [
        ("/days/plan", {**PLAN, "planned_on": "mañana"}, {"planned_on": "day"}),
        ("/days/plan", {"planned_on": ""}, {"planned_on": "day", "format": "choice"}),
        ("/days/report", {**REPORT, "minutes": "cuatro"}, {"minutes": "number"}),
        ("/days/report", {**REPORT, "people": "-3", "held_on": "2020-02-30"}, {"people": "number", "held_on": "day"}),
        ("/days/ask", {**ASK, "reason": "moon"}, {"reason": "choice"}),
        ("/days/ask", {**ASK, "asked_for": "more_days"}, {"due_on": "day"}),
        ("/days/help", {**QUESTION, "question": "  "}, {"question": "text"}),
        ("/days/help", {**QUESTION, "topic": "", "language": "ru"}, {"topic": "choice", "language": "choice"}),
    ],
)
async def test_what_cannot_be_sent_is_told_at_its_field_and_on_top_and_stays_as_it_was_typed(
    house: Any, days: FakeTracking, path: str, typed: dict[str, str], wrong: dict[str, Any]
) -> None:
    days.opened()
    answer = await house.send(path, **typed)
    html = unescape(answer.text)
    assert (answer.status_code, days.done) == (422, [])
    for name, fault in wrong.items():
        words: dict[Any, Any] = dict(WORDS.fields)
        assert f'<a href="#{name}">{words[name].label}: {WORDS.faults[fault]}</a>' in html
        assert f'id="{name}-fault"' in html
    if CANARY in typed.values():
        assert CANARY in html
    assert "location" not in answer.headers
    assert CANARY not in house.stand.logged.getvalue()


FORMS = [
    ("/days/plan", PLAN, "2020-01-18"),
    ("/days/report", REPORT, CANARY),
    ("/days/correct/1", REPORT, CANARY),
    ("/days/ask", ASK, CANARY),
    ("/days/help", QUESTION, CANARY),
    ("/days/help/1", {"question": CANARY}, CANARY),
]


@pytest.mark.parametrize(("path", "typed", "kept"), FORMS)
async def test_a_rule_that_does_not_allow_it_is_told_in_its_own_sentence(
    house: Any, days: FakeTracking, path: str, typed: dict[str, str], kept: str
) -> None:
    days.opened()
    days.session("returned")
    days.question("answered")
    days.refuses = problem(409, "participant-has-left", "Los días para informar <han> terminado.")
    answer = await house.send(path, **typed)
    assert answer.status_code == 409
    assert "Los días para informar &lt;han&gt; terminado." in answer.text
    assert 'role="alert"' in answer.text
    assert kept in answer.text


async def test_rule_8_a_field_that_the_service_refuses_is_told_there(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.refuses = problem(422, "held-after-the-due-day", "Solo cuenta antes.", "body.held_on")
    answer = await house.send("/days/report", **REPORT)
    assert answer.status_code == 422
    assert f"{WORDS.fields['held_on'].label}: Solo cuenta antes." in answer.text
    assert 'id="held_on-fault"' in answer.text


@pytest.mark.parametrize(("path", "typed", "kept"), FORMS)
async def test_while_the_service_is_away_nothing_that_was_typed_is_lost_and_the_key_stays(
    house: Any, days: FakeTracking, path: str, typed: dict[str, str], kept: str
) -> None:
    days.opened()
    days.session("returned")
    days.question("answered")
    form = {**await house.form(path), **typed}
    days.is_away = True
    answer = await house.post(path, form)
    assert answer.status_code == 503
    assert WORDS.faults["away"] in answer.text
    assert kept in answer.text
    assert form["once"] in answer.text
    days.is_away = False
    assert (await house.post(path, form)).status_code == 303
    assert len(days.done) == 1


@pytest.mark.parametrize(("path", "typed", "kept"), FORMS)
async def test_what_is_sent_when_the_session_is_over_waits_for_the_code_and_is_sent_then_under_its_key(
    house: Any, days: FakeTracking, path: str, typed: dict[str, str], kept: str
) -> None:
    days.opened()
    days.session("returned")
    days.question("answered")
    form = {**await house.form(path), **typed}
    house.later(minutes=11)
    assert (await house.post(path, form)).headers["location"] == "/kept"
    assert days.done == []
    assert (await house.enter()).headers["location"] == path
    html = await house.page(path)
    assert FRAME["es"].waiting.title in html
    assert kept in html
    again = await house.form(path)
    assert again["once"] == form["once"]
    assert (await house.post(path, {**again, **typed})).status_code == 303
    assert len(days.done) == 1
    assert FRAME["es"].waiting.title not in await house.page("/days/help")


@pytest.mark.parametrize("changed", [{"form": "x"}, {"subject": "../close"}, {"subject": ""}, {"once": "1"}])
async def test_a_form_that_is_not_as_it_was_shown_does_nothing(
    house: Any, days: FakeTracking, changed: dict[str, str]
) -> None:
    days.opened()
    days.session()
    form = {**await house.form("/days/report/1"), **REPORT, **changed}
    assert (await house.post("/days/report/1", form)).status_code in (400, 403)
    assert days.done == []


async def test_a_question_of_the_longest_is_sent(house: Any, days: FakeTracking) -> None:
    days.opened()
    longest = "🌳" * 4_000
    assert (await house.send("/days/help", **{**QUESTION, "question": longest})).status_code == 303
    assert days.done == [("support-requests", {**QUESTION, "question": longest})]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_rule_8_a_report_that_is_sent_again_from_a_page_that_was_opened_anew_is_asked_about_and_not_taken_twice(
    house: Any, days: FakeTracking, language: Any
) -> None:
    days.opened()
    path, words = f"/days/report?lang={language}", TEXTS[language].fields["another_session"]
    first = {**await house.form(path), **REPORT}
    assert words.label not in await house.page(path)
    for _ in range(2):
        assert (await house.post(path, first)).status_code == 303
    form = {**await house.form(path), **REPORT}
    answer = await house.post(path, form)
    html = unescape(answer.text)
    assert (answer.status_code, len(days.done)) == (409, 1)
    assert f'<a href="#another_session">{words.label}: {REPORTED_ALREADY}</a>' in html
    assert f'<p class="fault" id="another_session-fault">{REPORTED_ALREADY}</p>' in html
    assert words.hint in html
    assert CANARY in html
    assert form["once"] in html
    assert (await house.post(path, {**form, "another_session": "yes"})).status_code == 303
    assert [body.get("another_session", False) for _, body in days.done] == [False, True]


async def test_a_tick_that_was_set_stays_set_when_something_else_is_wrong(house: Any, days: FakeTracking) -> None:
    days.opened()
    answer = await house.send("/days/report", **{**REPORT, "minutes": "cuatro", "another_session": "yes"})
    assert '<input type="checkbox" id="another_session" name="another_session" value="yes" checked' in answer.text
