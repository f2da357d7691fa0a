"""The pages in a browser: journeys with script, without, and by keyboard; leaving at once; barriers; what is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from playwright.async_api import Browser, Page, Route

from relevo_portal.words import TEXTS
from relevo_servers import free_port
from relevo_testkit.browsing import NARROW, visiting
from relevo_testkit.serving import listening
from relevo_testkit.waiting import until

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ"
STORED = """async () => ({
  local: localStorage.length, session: sessionStorage.length, cookies: document.cookie,
  databases: (await indexedDB.databases()).length, history: history.state,
})"""

SEEN_BLANK = """new MutationObserver(() => {
  if (document.documentElement && !document.documentElement.firstChild) console.log("blank");
}).observe(document, { childList: true, subtree: true });"""


@pytest_asyncio.fixture
async def harmless() -> AsyncIterator[str]:
    """The page that leaving at once leads to, at another site."""
    app, port = FastAPI(), free_port()
    app.get("/weather", response_class=PlainTextResponse)(lambda: "Sunny")
    async with listening(app, port):
        yield f"http://127.0.0.1:{port}/weather"


@pytest_asyncio.fixture
async def house(tmp_path: Path, portal_settings: Any, portal_housed: Any, harmless: str) -> AsyncIterator[Any]:
    async with portal_housed(portal_settings(quick_exit_url=harmless)) as made:
        yield made


async def heading(page: Page) -> str:
    return await page.inner_text("h1")


@pytest.mark.parametrize(("script", "language"), [(True, "pt"), (False, "fr")])
async def test_somebody_comes_in_accepts_and_leaves_with_script_and_without(
    house: Any, browser: Browser, script: bool, language: Any
) -> None:
    house.intake.offered(CODE)
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        await visit.send(f"/?lang={language}", code=CANARY)
        assert words.door.mistakes["unknown"] in await visit.page.inner_text(".summary")
        assert await visit.page.input_value("#code") == CANARY
        await visit.page.fill("#code", CODE)
        await visit.page.click("main button")
        assert await heading(visit.page) == words.mine.standing["offered"].title
        await visit.page.click(f"text={words.mine.deeds['yes'].link}")
        assert await heading(visit.page) == words.mine.deeds["yes"].title
        await visit.page.click(f"text={words.mine.deeds['yes'].button}")
        assert await heading(visit.page) == words.mine.standing["accepted"].title
        await visit.page.go_back()
        await visit.page.click(f"text={words.frame.leave}")
        assert words.door.notices["left"].title in await visit.page.inner_text("[role=status]")
        await visit.page.go_back()
        await visit.page.reload()
        assert words.mine.standing["accepted"].title not in await visit.page.inner_text("body")
        assert all(each.startswith(visit.site) for each in visit.asked)
        assert visit.complaints == [] or "422" in visit.complaints[0]
    assert [standing for standing, _ in house.intake.done] == ["accepted"]


async def test_everything_is_done_by_keyboard_alone(house: Any, browser: Browser) -> None:
    house.intake.offered(CODE)
    words = TEXTS["en"]
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await visit.open("/?lang=en")
        await visit.tab_to(".skip")
        await visit.tab_to("#code")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".summary")
        await visit.tab_to(".summary a")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "code"
        await page.keyboard.type(CODE)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".standing")
        await visit.tab_to("a[href^='/mine/no']")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("main .grave")
        await visit.tab_to("main .grave")
        await page.keyboard.press("Space")
        await page.wait_for_url("**/mine?lang=en")
        assert await heading(page) == words.mine.standing["declined"].title


@pytest.mark.parametrize("how", ["button", "keys"])
async def test_leaving_at_once_blanks_the_screen_before_anything_is_asked_and_signs_out(
    house: Any, browser: Browser, harmless: str, how: str
) -> None:
    house.intake.offered(CODE)
    async with visiting(house.stand.app, browser) as visit:
        await visit.page.add_init_script(SEEN_BLANK)
        await visit.send("/?lang=es", code=CODE)
        line = asyncio.Event()

        async def slow(route: Route) -> None:
            await line.wait()
            await route.continue_()

        await visit.page.route("**/weather", slow)
        await visit.page.route("**/away", slow)
        if how == "button":
            await visit.page.click("#exit", no_wait_after=True)
        else:
            for _ in range(3):
                await visit.page.keyboard.press("Escape")
        await until(lambda: "blank" in visit.complaints)
        assert len(house.sessions) == 1
        line.set()
        await visit.page.wait_for_url(harmless)
        assert await visit.page.inner_text("body") == "Sunny"
        await until(lambda: not house.sessions)
        await visit.page.go_back()
        assert TEXTS["es"].mine.standing["offered"].title not in await visit.page.inner_text("body")


async def test_two_presses_or_slow_ones_leave_nobody(house: Any, browser: Browser) -> None:
    async with visiting(house.stand.app, browser) as visit:
        await visit.open("/")
        for key in ("Escape", "Escape", "a", "Escape", "Escape"):
            await visit.page.keyboard.press(key)
        assert await visit.page.query_selector("#code") is not None


async def test_without_script_leaving_at_once_is_a_link_that_signs_out(
    house: Any, browser: Browser, harmless: str
) -> None:
    house.intake.offered(CODE)
    async with visiting(house.stand.app, browser, java_script_enabled=False) as visit:
        await visit.send("/?lang=es", code=CODE)
        await visit.page.click("#exit")
        await visit.page.wait_for_url(harmless)
        assert house.sessions == {}


async def test_nothing_of_a_person_is_in_addresses_titles_or_on_the_device(house: Any, browser: Browser) -> None:
    mine = house.intake.offered(CODE)
    async with visiting(house.stand.app, browser) as visit:
        await visit.send("/?lang=es", code=CANARY)
        await visit.send("/?lang=es", code=CODE)
        titles = [await visit.page.title()]
        for deed in ("yes", "no", "out"):
            await visit.open(f"/mine/{deed}")
            titles.append(await visit.page.title())
        assert set(titles) == {"Relevo"}
        kept = await visit.page.evaluate(STORED)
        assert kept == {"local": 0, "session": 0, "cookies": "", "databases": 0, "history": None}
        asked = " ".join(visit.asked)
        assert not [each for each in (CODE, CANARY, mine["application_id"], mine["offer"]["offer_id"]) if each in asked]
        assert all(each.startswith(visit.site) for each in visit.asked)
        [cookie] = [each for each in await visit.page.context.cookies() if each["name"] == "session"]
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Lax", -1)


async def test_no_page_has_a_barrier_or_scrolls_sideways_in_either_theme(house: Any, browser: Browser) -> None:
    house.intake.offered(CODE)
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:

        async def looked(page: str) -> None:
            found.extend(await visit.faults_at_widths(page))

        for page in ("/?lang=es", "/left?lang=pt", "/nowhere?lang=fr", "/style?lang=en"):
            await visit.open(page)
            await looked(page)
        await visit.open("/lost?lang=pt")
        await looked("lost")
        await visit.page.click("main form button")
        await looked("lost, nothing written")
        await visit.page.fill("#contact", "ana@correo.org")
        await visit.page.click("main form button")
        await looked("lost, noted")
        await visit.send("/?lang=fr", code=CANARY)
        await looked("a wrong code")
        await visit.send("/?lang=fr", code=CODE)
        await looked("mine")
        for deed in ("yes", "no", "out"):
            await visit.open(f"/mine/{deed}?lang=fr")
            await looked(deed)
        house.intake.asked_for(CODE)
        for page in ("/mine", "/mine/stop"):
            await visit.open(f"{page}?lang=fr")
            await looked(f"{page} while another code is asked for")
        house.intake.offered(CODE)
        await visit.open("/mine/out?lang=fr")
        house.intake.refuses = "L'offre est passée."
        await visit.page.click("main button")
        await looked("refused")
        house.intake.is_away = True
        await visit.open("/mine?lang=pt")
        await looked("away")
    assert found == []


BARRIERS = """<!doctype html><html lang="en"><title>Relevo</title><style>
@media (min-width: 1000px) { p { color: #ddd } }
@media (max-width: 500px) { p { inline-size: 400px } }
</style><main><h1>Weather</h1><p>Sunny</p></main></html>"""


async def test_what_keeps_people_out_at_one_width_is_found_at_that_width_alone(browser: Browser) -> None:
    app = FastAPI()
    app.get("/", response_class=HTMLResponse)(lambda: BARRIERS)
    async with visiting(app, browser, viewport=NARROW) as visit:
        await visit.open("/")
        sideways, *faint = await visit.faults_at_widths("weather")
        assert visit.page.viewport_size == NARROW
    assert sideways == "weather at 320 px scrolls sideways"
    assert {each.partition(": color-contrast: ")[0] for each in faint} == {
        "weather at 1280 px, light",
        "weather at 1280 px, dark",
    }
