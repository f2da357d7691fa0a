"""The sixty days: the clock in words, and what is done about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import pytest

from relevo_chassis.languages import LANGUAGES
from relevo_portal.services.multiplier_tracking import RequestState, SessionState, SupportState
from relevo_portal.words import TEXTS as FRAME
from relevo_portal.words.days import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.tracking import FakeTracking
else:
    from services.portal.tests.tracking import FakeTracking

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "canario-zafiro"
PLAN = {"planned_on": "2020-01-18", "format": "in_person"}
REPORT = {**{"held_on": "2020-01-18", "minutes": "260", "people": "14"}, "format": "in_person", "description": CANARY}
SENT = {**REPORT, "minutes": 260, "people": 14, "evidence_note": None}
ASK = {"asked_for": "pause", "reason": "threat", "note": CANARY, "due_on": ""}
QUESTION = {"topic": "method", "language": "pt", "question": CANARY}
WORDS = TEXTS["es"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_rule_7_the_days_left_and_what_they_end_with_are_told_in_every_language(
    house: Any, days: FakeTracking, language: Any
) -> None:
    days.opened()
    html, words = await house.page(f"/days?lang={language}"), TEXTS[language].overview
    assert f"<h1>{words.left.other.format(count=23)}</h1>" in html
    for text in ("Lo que sigue, en palabras.", words.due, words.until, words.no_session, words.picture_text):
        assert text in html
    assert "2020" in html
    assert words.asks_once.format(minutes=240, people=10) in html


@pytest.mark.parametrize(
    ("situation", "stands"),
    [
        ("expected", {"state": "expected", "due_on": None, "days_left": None}),
        ("not_due", {"state": "not_due", "due_on": None, "days_left": None}),
        ("last_day", {"days_left": 0}),
        ("reporting", {"days_left": 0, "due_is_over": True}),
        ("paused", {"paused": True, "days_left": None}),
        ("fulfilled", {"state": "fulfilled", "days_left": None}),
        ("lapsed", {"state": "lapsed", "days_left": None}),
        ("under_review", {"state": "under_review", "days_left": None}),
        ("withdrawn", {"state": "withdrawn", "days_left": None}),
        ("other", {"state": "enchanted", "days_left": None, "moon": 1}),
    ],
)
async def test_however_the_days_stand_it_is_told_in_words(
    house: Any, days: FakeTracking, situation: Any, stands: dict[str, Any]
) -> None:
    days.is_newer = situation == "other"
    days.opened(**stands)
    assert f"<h1>{WORDS.overview.situations[situation]}</h1>" in await house.page("/days")
    assert WORDS.overview.situations[situation] in await house.page("/mine")


async def test_before_the_service_knows_of_any_days_the_page_says_when_there_will_be(
    house: Any, days: FakeTracking
) -> None:
    html = await house.page("/days")
    assert WORDS.overview.early in html
    assert "/days/report" not in html
    assert (await house.get("/days/report")).status_code == 404
    assert (await house.get("/days/ask")).status_code == 404


async def test_rule_21_while_a_request_waits_after_the_due_day_the_page_says_so(house: Any, days: FakeTracking) -> None:
    waiting = {"request_id": "a" * 32, "asked_for": "pause", "asked_at": "2020-02-20T12:00:00Z", "due_on": None}
    days.opened(days_left=0, due_is_over=True, requests=[{**waiting, "state": "awaiting", "decided_at": None}])
    html = await house.page("/days")
    assert WORDS.overview.situations["asking"] in html
    assert WORDS.request.waits.title in html
    assert WORDS.plan.link not in html


async def test_what_moved_the_days_is_told_with_its_day(house: Any, days: FakeTracking) -> None:
    steps = [
        {"step": "paused", "step_text": "en pausa", "changed_at": "2020-01-05T12:00:00Z", "days": None, "due_on": None},
        {"step": "extended", "step_text": "prorrogado", "changed_at": "2020-01-09T12:00:00Z", "days": 4}
        | {"due_on": "2020-03-11"},
    ]
    days.opened(steps=steps)
    html = await house.page("/days")
    assert "5 de enero de 2020: en pausa" in html
    assert "9 de enero de 2020: prorrogado. Fecha límite: 11 de marzo de 2020" in html


async def test_where_sessions_add_up_what_is_still_missing_is_told(house: Any, days: FakeTracking) -> None:
    days.opened(sessions_add_up=True, missing={"minutes": 120, "people": 4})
    html = await house.page("/days")
    assert "120 minutos y 4 personas" in html
    assert WORDS.overview.asks_in_sum.format(minutes=240, people=10) in html


@pytest.mark.parametrize("state", get_args(SessionState))
async def test_every_session_says_its_state_in_words_and_what_may_be_done(
    house: Any, days: FakeTracking, state: Any
) -> None:
    days.is_newer = state == "other"
    days.opened()
    days.session(state if state != "other" else "enchanted")
    html, one = await house.page("/days"), await house.page("/days/session/1")
    for each in (html, one):
        assert WORDS.session.states[state].title in each
        assert ("/days/report/1" in each) == ("/days/plan/1" in each) == (state == "planned")
        assert ("/days/correct/1" in each) == (state == "returned")
    if state != "planned":
        assert "260" in one
        assert "14" in one


async def test_the_picture_of_the_days_comes_through_the_address_of_the_portal(house: Any, days: FakeTracking) -> None:
    days.opened()
    assert 'src="/days/line?lang=fr"' in await house.page("/days?lang=fr")
    answer = await house.get("/days/line")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_plan_is_saved_once_and_changed(house: Any, days: FakeTracking) -> None:
    found = days.opened()
    answer = await house.send("/days/plan", **PLAN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/days/session/1")
    assert days.done == [("commitment/sessions", PLAN)]
    assert 'value="2020-01-18"' in await house.page("/days/plan/1")
    assert (await house.send("/days/plan/1", **{**PLAN, "planned_on": "2020-01-25"})).status_code == 303
    session_id = found["sessions"][0]["session_id"]
    assert days.done[1] == (f"commitment/sessions/{session_id}/plan", {**PLAN, "planned_on": "2020-01-25"})


@pytest.mark.parametrize("planned", [False, True])
async def test_a_report_sent_ten_times_is_one_and_its_state_is_told_afterwards(
    house: Any, days: FakeTracking, planned: bool
) -> None:
    days.opened()
    session_id = days.session()["session_id"] if planned else ""
    path = "/days/report/1" if planned else "/days/report"
    html = await house.page(path)
    for each in WORDS.limits_once:
        assert each.format(minutes=240, people=10, due="11 de febrero de 2020") in html
    form = {**await house.form(path), **REPORT, "evidence_note": ""}
    answers = [await house.post(path, form) for _ in range(10)]
    assert {(each.status_code, each.headers["location"]) for each in answers} == {(303, "/days/session/1")}
    assert days.done == [(f"commitment/sessions/{session_id}/report" if planned else "commitment/reports", SENT)]
    if not planned:
        assert WORDS.session.states["reported"].title in await house.page("/days/session/1")


async def test_what_was_changed_after_it_was_sent_is_told_to_be_sent_already(house: Any, days: FakeTracking) -> None:
    days.opened()
    form = {**await house.form("/days/report"), **REPORT}
    await house.post("/days/report", form)
    answer = await house.post("/days/report", {**form, "people": "15"})
    assert (answer.status_code, "Ya se usó." in answer.text) == (409, True)
    assert len(days.done) == 1


async def test_a_returned_report_shows_what_was_sent_with_the_words_to_each_field_and_is_corrected(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    session_id = days.session("returned")["session_id"]
    days.texts["sessions"][session_id] = {"description": "Derechos del río", "evidence_note": None}
    days.texts["words"][session_id] = {"note": "Falta poco.", "people": "¿14 con usted?", "minutes": None}
    one = await house.page("/days/session/1")
    for text in ("no queda claro el número", "Falta poco.", "¿14 con usted?", "Derechos del río"):
        assert text in one
    html = await house.page("/days/correct/1")
    for text in (
        "Falta poco.",
        "¿14 con usted?",
        'value="260"',
        'value="14"',
        'value="2020-01-18"',
        "Derechos del río",
    ):
        assert text in html
    answer = await house.send("/days/correct/1", **{**REPORT, "people": "13", "description": "Derechos del río"})
    assert answer.headers["location"] == "/days/session/1"
    corrected = {**SENT, "people": 13, "description": "Derechos del río"}
    assert days.done == [(f"commitment/sessions/{session_id}/correct", corrected)]


async def test_a_rejected_report_tells_its_reason_and_offers_no_correction(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session("rejected")
    assert "duró poco" in await house.page("/days/session/1")
    assert (await house.get("/days/correct/1")).headers["location"] == "/days/session/1"


async def test_texts_are_opened_only_where_they_are_shown(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session("planned")
    for path in ("/days", "/mine", "/days/report", "/days/report/1", "/days/plan/1"):
        await house.get(path)
    assert "GET /me/commitment/texts" not in days.asked
    await house.get("/days/session/1")
    assert days.asked.count("GET /me/commitment/texts") == 1


@pytest.mark.parametrize(
    "path", ["/days/session/2", "/days/report/2", "/days/correct/2", "/days/plan/2", "/days/help/1"]
)
async def test_a_number_that_is_nobodys_leads_nowhere(house: Any, days: FakeTracking, path: str) -> None:
    days.opened()
    days.session()
    assert (await house.get(path)).status_code == 404


async def test_rule_21_a_pause_is_asked_for_with_a_reason_and_its_answer_is_read(
    house: Any, days: FakeTracking
) -> None:
    found = days.opened()
    assert (await house.send("/days/ask", **ASK)).headers["location"] == "/days/ask"
    assert days.done == [("commitment/requests", {"asked_for": "pause", "reason": "threat", "note": CANARY})]
    request = {"request_id": "a" * 32, "asked_for": "pause", "asked_at": "2020-01-20T12:00:00Z", "due_on": None}
    found["requests"] = [{**request, "state": "awaiting", "decided_at": None}]
    days.texts["requests"]["a" * 32] = {"asking": {"reason": "threat", "note": CANARY}, "reply": None}
    html = await house.page("/days/ask")
    for text in (WORDS.request.waits.title, WORDS.reasons["threat"], CANARY, WORDS.request.withdraw):
        assert text in html
    assert 'name="asked_for"' not in html
    form = await house.form("/days/ask")
    assert (await house.post("/days/ask/withdraw", form)).headers["location"] == "/days/ask"
    assert days.done[1] == (f"commitment/requests/{'a' * 32}/withdraw", None)
    days.texts["requests"]["a" * 32]["reply"] = {"text": "Que se mejore."}
    for state in get_args(RequestState):
        if state != "awaiting":
            days.is_newer = state == "other"
            found["requests"] = [{**request, "state": state, "decided_at": "2020-01-21T12:00:00Z"}]
            html = await house.page("/days/ask")
            assert WORDS.request.states[state] in html
            assert "Que se mejore." in html
            assert WORDS.request.withdraw not in html


async def test_more_days_are_asked_for_until_a_day(house: Any, days: FakeTracking) -> None:
    days.opened()
    await house.send("/days/ask", **{**ASK, "asked_for": "more_days", "due_on": "2020-03-11", "note": ""})
    asked = {"asked_for": "more_days", "reason": "threat", "note": None, "due_on": "2020-03-11"}
    assert days.done == [("commitment/requests", asked)]


async def test_a_question_its_answer_and_what_is_asked_further_are_one_thread(house: Any, days: FakeTracking) -> None:
    days.opened()
    assert (await house.send("/days/help", **QUESTION)).headers["location"] == "/days/help"
    assert days.done == [("support-requests", QUESTION)]
    further = {"asked_at": "2020-01-21T12:00:00Z", "question": {"text": "¿Y si son treinta?"}}
    answered = {"answered_at": "2020-01-22T12:00:00Z", "answer": {"text": "En dos grupos."}}
    found = days.question("answered", asked_at="2020-01-20T12:00:00Z", further=[{**further, **answered}])
    html = await house.page("/days/help/2")
    positions = [html.index(each) for each in ("¿Cómo empiezo?", "Por lo que ya saben.", "treinta", "En dos grupos.")]
    assert positions == sorted(positions)
    assert (await house.send("/days/help/2", question="¿Y cuarenta?")).headers["location"] == "/days/help/2"
    assert days.done[1] == (f"support-requests/{found['support_request_id']}/ask-further", {"question": "¿Y cuarenta?"})
    form = await house.form("/days/help/2")
    assert (await house.post("/days/help/2/close", form)).headers["location"] == "/days/help/2"
    assert days.done[2] == (f"support-requests/{found['support_request_id']}/close", None)
    html = await house.page("/days/help/2")
    assert WORDS.question.close not in html
    assert 'name="question"' not in html


@pytest.mark.parametrize("state", get_args(SupportState))
async def test_every_state_of_a_question_is_told_in_words(house: Any, days: FakeTracking, state: Any) -> None:
    days.is_newer = state == "other"
    days.question(state)
    for path in ("/days/help", "/days/help/1"):
        assert WORDS.question.states[state] in await house.page(path)


async def test_until_when_an_answer_is_meant_to_be_there_is_said_in_the_words_of_the_language(
    house: Any, days: FakeTracking
) -> None:
    days.question("open", answer_until_on="2019-12-05")
    for path in ("/days/help", "/days/help/1"):
        html = await house.page(path)
        assert WORDS.question.until in html
        assert "jueves 5 de diciembre" in html
    assert WORDS.question.within.other.format(count=5) in await house.page("/days/help")
    days.questions.clear()
    days.question("answered")
    assert WORDS.question.until not in await house.page("/days/help/1")


async def test_an_answer_that_is_late_is_said_to_be_with_what_can_be_done_meanwhile(
    house: Any, days: FakeTracking
) -> None:
    days.question("assigned", answer_until_on="2019-12-05", late=True)
    assert WORDS.question.late.title in await house.page("/days/help")
    html = await house.page("/days/help/1")
    for text in (WORDS.question.late.title, "jueves 5 de diciembre", *WORDS.question.late_can, WORDS.question.close):
        assert text in html
    assert re.search(r'href="/write\S*"', html)
    assert re.search(r'href="/days/ask\S*"', html)


async def test_what_is_no_longer_kept_of_a_thread_is_said(house: Any, days: FakeTracking) -> None:
    days.question("answered", question=None, answer=None)
    assert (await house.page("/days/help/1")).count(WORDS.question.gone) == 2


async def test_whoever_takes_no_part_finds_no_days(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    assert (await house.get("/days")).status_code == 404
    assert "/days" not in (await house.get("/mine")).text


async def test_a_service_that_is_away_leaves_its_part_out_and_the_page_says_so(house: Any, days: FakeTracking) -> None:
    days.opened()
    assert WORDS.overview.left.other.format(count=23) in await house.page("/mine")
    days.is_away = True
    html = await house.page("/mine")
    assert FRAME["es"].mine.parts_away.format(rooms=FRAME["es"].frame.rooms["days"]) in html
    assert FRAME["es"].mine.standing["accepted"].title in html
    assert (await house.get("/days")).status_code == 503


async def test_a_page_asks_the_service_once_for_what_it_shows(house: Any, days: FakeTracking) -> None:
    days.opened()
    for path in ("/days", "/mine", "/days/report", "/days/help"):
        days.asked.clear()
        await house.get(path)
        assert len(days.asked) == 1, path


async def test_no_page_holds_an_id_in_an_address_or_a_word_of_the_person_in_a_log(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    session, question = days.session("returned"), days.question("answered", CANARY)
    paths = ("/days", "/days/session/1", "/days/correct/1", "/days/ask", "/days/help", "/days/help/1")
    pages = [await house.page(path) for path in paths]
    addresses = " ".join(" ".join(re.findall(r'(?:href|action|src)="([^"]*)"', each)) for each in pages)
    for secret in (session["session_id"], question["support_request_id"], CANARY):
        assert secret not in addresses
    assert CANARY not in house.stand.logged.getvalue()
    assert {re.findall("<title>(.*)</title>", each)[0] for each in pages} == {"Relevo"}


async def test_rule_8_what_somebody_else_says_of_a_session_is_confirmed_or_denied(
    house: Any, days: FakeTracking
) -> None:
    days.opened(held_together=True)
    own_id, other_id = days.session("reported")["session_id"], "c" * 32
    link = {"held_on": "2020-01-18", "minutes": 260, "people": 14, "state": "reported", "agreed": None}
    days.together["theirs"] = [{"session_id": other_id, "together_with": own_id, "revision": 2, **link}]
    assert "/days/together" in await house.page("/days")
    html = await house.page("/days/together")
    for text in ("Sesión 1", WORDS.together.answers["open"], WORDS.together.yes, WORDS.together.no):
        assert text in html
    form = await house.form("/days/together")
    for _ in range(2):
        answer = await house.post("/days/together", {**form, "agreed": "yes"})
        assert answer.headers["location"] == "/days/together"
    body = {"session_id": other_id, "revision": 2, "agreed": True}
    assert days.done == [(f"commitment/sessions/{own_id}/answer-together", body)]
    for agreed, word in ((True, "yes"), (False, "no")):
        days.together["mine"] = [{"session_id": own_id, "together_with": other_id, "revision": 1, **link}]
        days.together["mine"][0]["agreed"] = agreed
        words: dict[Any, str] = dict(WORDS.together.answers)
        assert words[word] in await house.page("/days/together")


@pytest.mark.parametrize("changed", [{"agreed": "perhaps"}, {"other": "../plan"}, {"revision": "0"}, {"subject": ""}])
async def test_an_answer_that_no_page_sent_does_nothing(
    house: Any, days: FakeTracking, changed: dict[str, str]
) -> None:
    days.opened(held_together=True)
    own_id = days.session("reported")["session_id"]
    link = {"held_on": "2020-01-18", "minutes": 260, "people": 14, "state": "reported", "agreed": None}
    days.together["theirs"] = [{"session_id": "c" * 32, "together_with": own_id, "revision": 2, **link}]
    form = {**await house.form("/days/together"), "agreed": "yes", **changed}
    assert (await house.post("/days/together", form)).status_code == 400
    assert days.done == []
