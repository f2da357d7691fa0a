"""Somebody to write to: the page on which a person and the secretariat write to each other."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from relevo_portal.store import WAITING_FORMS
from relevo_portal.words import TEXTS as PORTAL
from relevo_portal.words.writing import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.threads import FakeThread
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.threads import FakeThread

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "Canario <script>alert(1)</script> Zafiro"
WORDS = TEXTS["es"]


@pytest.fixture
async def thread(house: Any) -> FakeThread:
    """Whoever is in has sent an application, and written nothing yet."""
    fake = FakeThread(house.intake)
    house.intake.applied(CODE)
    await house.enter()
    return fake


async def form_of(house: Any, path: str = "/write") -> dict[str, str]:
    """The hidden fields of the form to write with."""
    found = re.search(r'<form class="card" method="post" action="/write.*?</form>', (await house.get(path)).text, re.S)
    assert found
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found.group()))


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_before_anything_is_written_the_page_says_who_answers_and_within_how_many_days(
    house: Any, thread: FakeThread, language: Any
) -> None:
    html, words = await house.page(f"/write?lang={language}"), TEXTS[language]
    for text in (words.states["none"].title, words.within.other.format(count=5), *words.know, *words.urgent):
        assert text in html
    assert "<title>Relevo</title>" in html
    assert f'<a href="/write?lang={language}" aria-current="page">{PORTAL[language].frame.rooms["write"]}' in html


async def test_what_is_written_is_sent_once_and_shown_as_text_with_until_when_it_is_answered(
    house: Any, thread: FakeThread
) -> None:
    form = {**await form_of(house), "text": CANARY, "language": "fr"}
    for _ in range(2):
        answer = await house.post("/write", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/write")
    assert len(thread.messages) == 1
    raw = (await house.get("/write")).text
    assert "<script>alert" not in raw
    assert '<p class="written" lang="fr">Canario &lt;script&gt;' in raw
    html = await house.page("/write")
    assert WORDS.states["waiting"].title in html
    assert "30 de octubre de 2019" in html
    assert WORDS.close in html


async def test_an_answer_waits_on_the_first_page_until_it_is_opened(house: Any, thread: FakeThread) -> None:
    mine = house.intake.mine[next(iter(house.intake.mine))]
    mine["thread"] = thread.mark
    assert WORDS.in_short.unread not in await house.page("/mine")
    thread.question("¿Cuándo?")
    mine["thread"] = thread.mark
    first = await house.page("/mine")
    assert WORDS.in_short.waiting in first
    assert "30 de octubre de 2019" in first
    thread.is_late = True
    mine["thread"] = thread.mark
    assert WORDS.in_short.late in await house.page("/mine")
    assert WORDS.late.title in await house.page("/write")
    thread.reply("El 9 de diciembre.")
    mine["thread"] = thread.mark
    first = await house.page("/mine")
    assert WORDS.in_short.unread in first
    assert WORDS.in_short.news.one.format(count=1) in first
    assert "El 9 de diciembre." not in first
    html = await house.page("/write")
    assert html.index("¿Cuándo?") < html.index("El 9 de diciembre.")
    assert WORDS.states["answered"].title in html
    mine["thread"] = thread.mark
    assert WORDS.in_short.unread not in await house.page("/mine")


@pytest.mark.parametrize(
    ("typed", "fault"), [({"text": "  ", "language": "es"}, "text"), ({"text": "Hola", "language": "de"}, "language")]
)
async def test_what_cannot_be_sent_stays_in_its_fields(
    house: Any, thread: FakeThread, typed: dict[str, str], fault: Any
) -> None:
    answer = await house.post("/write", {**await form_of(house), **typed})
    assert answer.status_code == 422
    assert f'<a href="#{fault}">{WORDS.faults[fault]}</a>' in answer.text
    assert thread.messages == []


async def test_what_intake_refuses_is_said_in_its_words_and_the_text_stays(house: Any, thread: FakeThread) -> None:
    form = {**await form_of(house), "text": "Kanarie", "language": "es"}
    thread.refuses = problem(422, "not-well-formed", "es demasiado largo", "body.text")
    refused = await house.post("/write", form)
    assert refused.status_code == 422
    assert '<a href="#text">es demasiado largo</a>' in refused.text
    thread.refuses = problem(429, "too-many-unanswered", "Como máximo cinco.")
    refused = await house.post("/write", form)
    assert refused.status_code == 409
    assert "Como máximo cinco." in refused.text
    thread.refuses = None
    house.intake.is_away = True
    refused = await house.post("/write", form)
    assert refused.status_code == 503
    assert WORDS.faults["away"] in refused.text
    assert refused.text.count("Kanarie") == 1
    house.intake.is_away = False
    assert (await house.post("/write", form)).status_code == 303
    assert [each["content"]["text"] for each in thread.messages] == ["Kanarie"]


async def test_what_is_sent_when_the_session_is_over_waits_sealed_and_is_sent_by_whoever_it_is(
    house: Any, thread: FakeThread
) -> None:
    form = {**await form_of(house), "text": "Kanarie larga", "language": "pt"}
    house.later(minutes=11)
    late = await house.post("/write", form)
    assert (late.status_code, late.headers["location"]) == (303, "/kept")
    [row] = house.stand.store.collections[WAITING_FORMS].values()
    assert "Kanarie" not in str(row)
    entered = await house.enter()
    assert entered.headers["location"] == "/write"
    html = await house.page("/write")
    assert PORTAL["es"].waiting.title in html
    assert "Kanarie larga" in html
    assert '<option value="pt" selected>' in html
    again = {**await form_of(house), "text": "Kanarie larga", "language": "pt"}
    assert again["once"] == form["once"]
    assert (await house.post("/write", again)).headers["location"] == "/write"
    assert house.stand.store.collections[WAITING_FORMS] == {}
    assert len(thread.messages) == 1


async def test_somebody_says_that_they_need_no_answer_any_more(house: Any, thread: FakeThread) -> None:
    thread.question("¿Cuándo?")
    form = await form_of(house)
    assert (await house.post("/write/close", form)).headers["location"] == "/write"
    html = await house.page("/write")
    assert WORDS.closed_by_you in html
    assert WORDS.states["closed"].title in html
    assert "/write/close" not in html
    thread.messages.clear()
    gone = await house.post("/write/close", form)
    assert (gone.status_code, WORDS.faults["changed"] in gone.text) == (409, True)


async def test_a_closing_by_the_secretariat_and_what_is_no_longer_kept_are_said(house: Any, thread: FakeThread) -> None:
    thread.question("¿Cuándo?")
    thread.closing()
    thread.messages[0]["content"] = None
    html = await house.page("/write")
    assert WORDS.closed_by_them in html
    assert WORDS.gone in html


async def test_where_no_more_may_be_written_the_page_says_so_and_when_it_is_over_too(
    house: Any, thread: FakeThread
) -> None:
    thread.may_write = 0
    html = await house.page("/write")
    assert WORDS.full in html
    assert "<textarea" not in html
    thread.is_over = True
    html = await house.page("/write")
    assert WORDS.states["over"].title in html
    assert "<textarea" not in html


async def test_older_messages_are_on_pages_of_their_own(house: Any, thread: FakeThread) -> None:
    for number in range(205):
        thread.question(f"texto-{number:03}")
    html = await house.page("/write?lang=en")
    assert "texto-204" in html
    assert "texto-004" not in html
    older = re.search(r'href="(/write\?after=[^"]*)"', html)
    assert older
    html = await house.page(older[1])
    assert "texto-004" in html
    assert TEXTS["en"].newest in html
    assert "<textarea" not in html
    assert (await house.get("/write?after=%3Cb%3E")).status_code == 422


async def test_while_intake_is_away_the_page_says_so_and_keeps_a_place_to_write(house: Any, thread: FakeThread) -> None:
    await house.page("/write")
    house.intake.is_away = True
    html = await house.page("/write")
    assert WORDS.away.title in html
    assert "<textarea" in html


async def test_a_form_from_elsewhere_and_whoever_is_not_in_are_refused(house: Any, thread: FakeThread) -> None:
    form = {**await form_of(house), "text": "x", "language": "es"}
    assert (await house.post("/write", {**form, "form": "0" * 43})).status_code == 403
    assert (await house.post("/write", {**form, "once": "short"})).status_code == 400
    await house.post("/leave", form)
    assert (await house.get("/write")).status_code in (303, 401)
    assert thread.messages == []


async def test_what_was_written_is_taken_along_whole_and_stays_unread(house: Any, thread: FakeThread) -> None:
    for number in range(201):
        thread.question(f"texto-{number:03}")
    thread.reply(CANARY)
    house.intake.app.get("/applications/{id}/submission")(lambda id: {"id": id})
    house.intake.app.get("/applications/{id}/details")(lambda id: {"id": id})
    bundle = (await house.get("/rights/bundle")).content
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        along = json.loads(archive.read("thread.json"))
        page = archive.read("index.html").decode()
    assert [each["number"] for each in along["messages"]] == list(range(202, 0, -1))
    assert "<script>" not in page
    assert thread.mark["unread"] == 1
