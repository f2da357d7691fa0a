"""Writing to the secretariat in a browser: with script and without, by keyboard; barriers in every state; what is
left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.writing import TEXTS
from relevo_testkit.browsing import NARROW, visiting
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.threads import FakeThread
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.threads import FakeThread

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ <b onmouseover=alert(1)>ñ</b>"
LONG = "https://correo.example.org/" + "x" * 200


@pytest.fixture
def thread(house: Any) -> FakeThread:
    """Somebody has sent an application, and written nothing yet."""
    house.intake.applied(CODE)
    return FakeThread(house.intake)


@pytest.mark.parametrize(("script", "language"), [(True, "en"), (False, "pt")])
async def test_somebody_asks_reads_the_answer_and_asks_further_with_script_and_without(
    house: Any, thread: FakeThread, browser: Browser, script: bool, language: Any
) -> None:
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await page.click("nav a[href^='/write']")
        await page.click("main form button.main")
        assert words.faults["text"] in await page.inner_text(".summary")
        await page.fill("#text", CANARY)
        await page.click("main form button.main")
        assert await page.inner_text("h1") == words.states["waiting"].title
        assert await page.inner_text(".written") == CANARY
        thread.reply(LONG, "es")
        await visit.open(f"/write?lang={language}")
        assert await page.inner_text(".theirs .written") == LONG
        await page.fill("#text", "y?")
        await page.click("main form button.main")
        assert await page.inner_text("h1") == words.states["waiting"].title
        assert all(each.startswith(visit.site) for each in visit.asked)
        assert "CANARIO" not in " ".join(visit.asked)
        assert await page.title() == "Relevo"
        assert [each for each in visit.complaints if "422" not in each] == []
        assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert [each["content"]["text"] for each in thread.messages] == [CANARY, LONG, "y?"]


async def test_a_message_is_written_by_keyboard_alone(house: Any, thread: FakeThread, browser: Browser) -> None:
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await visit.send("/?lang=fr", code=CODE)
        await visit.tab_to("nav a[href^='/write']")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await visit.tab_to("#text")
        await page.keyboard.type("Bonjour")
        await visit.tab_to("main form button.main")
        await page.keyboard.press("Enter")
        await until(lambda: thread.messages != [])
    assert thread.messages[0]["content"] == {"language": "fr", "text": "Bonjour"}


async def test_no_state_of_the_page_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, thread: FakeThread, browser: Browser
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:

        async def looked(state: str, page: str | None = None) -> None:
            if page is not None:
                await visit.open(page)
            found.extend(await visit.faults_at_widths(state))

        mine = next(iter(house.intake.mine.values()))
        await visit.send("/?lang=es", code=CODE)
        await looked("nothing yet", "/write?lang=fr")
        await visit.page.click("main form button.main")
        await looked("nothing written")
        thread.question(LONG)
        thread.reply(CANARY, "fr")
        mine["thread"] = thread.mark
        await looked("an answer waits", "/mine?lang=pt")
        await looked("answered", "/write?lang=es")
        thread.refuses = problem(429, "too-many-messages", "Vuelva mañana.")
        await visit.page.fill("#text", LONG)
        await visit.page.click("main form button.main")
        await looked("refused")
        thread.question("y?")
        thread.is_late = True
        mine["thread"] = thread.mark
        await looked("late, on the first page", "/mine?lang=en")
        await looked("late", "/write?lang=en")
        thread.may_write = 0
        await looked("full", "/write?lang=pt")
        thread.is_over = True
        await looked("over", "/write?lang=es")
        house.intake.is_away = True
        await looked("away", "/write?lang=fr")
    assert found == []
