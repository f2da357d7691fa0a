"""Beginning while a call is under attack, in a browser: the device works and goes on by itself, or its person waits."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.apply import TEXTS as APPLY
from relevo_portal.words.guarding import TEXTS
from relevo_testkit.browsing import visiting

WIDTHS = (320, 768, 1280)
BUTTON = "main form button.main"
PRESSED_TWICE = """() => {
  const [form, progress] = ["begin", "work"].map(id => document.getElementById(id));
  form.requestSubmit();
  form.requestSubmit();
  const said = document.getElementById("working").textContent;
  return { said, hidden: progress.hidden, disabled: form.querySelector("button").disabled };
}"""


@pytest.fixture
def call_id(house: Any, applying: Any) -> str:
    applying.now = lambda: house.now
    return str(applying.opened(proof_wanted=True))


async def test_the_device_works_says_so_and_begins_by_itself(
    house: Any, applying: Any, browser: Browser, call_id: str
) -> None:
    applying.work = 300
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await visit.open(f"/calls/{call_id}?lang=fr")
        assert not await page.is_visible("#work")
        pressed_twice = await page.evaluate(PRESSED_TWICE)
        assert pressed_twice == {"said": TEXTS["fr"].working, "hidden": False, "disabled": False}
        await page.wait_for_url("**/apply/code?lang=fr", timeout=60_000)
        assert visit.complaints == []
        assert all(each.startswith(visit.site) for each in visit.asked)
    assert len(applying.drafts) == 1


async def test_without_script_one_waits_by_the_clock_and_then_begins(
    house: Any, applying: Any, browser: Browser, call_id: str
) -> None:
    async with visiting(house.stand.app, browser, java_script_enabled=False) as visit:
        page = visit.page
        await visit.open(f"/calls/{call_id}?lang=pt")
        assert not await page.is_visible("#work")
        await page.click(BUTTON)
        assert TEXTS["pt"].mistakes["wait"] in await page.inner_text(".summary")
        house.later(minutes=10)
        await visit.open(f"/calls/{call_id}?lang=pt")
        await page.click(BUTTON)
        assert await page.inner_text("h1") == APPLY["pt"].code.title
    assert len(applying.drafts) == 1


async def test_a_device_that_cannot_do_the_work_waits_as_one_without_script(
    house: Any, applying: Any, browser: Browser, call_id: str
) -> None:
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await page.add_init_script("window.Worker = class { constructor() { throw new Error(); } }")
        await visit.open(f"/calls/{call_id}?lang=en")
        await page.click(BUTTON)
        await page.wait_for_selector(".summary")
        assert TEXTS["en"].mistakes["wait"] in await page.inner_text(".summary")


@pytest.mark.parametrize("width", WIDTHS)
async def test_no_page_of_a_call_under_attack_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, applying: Any, browser: Browser, call_id: str, width: int
) -> None:
    found: list[str] = []
    viewport = {"width": width, "height": 740}
    async with visiting(house.stand.app, browser, viewport=viewport) as visit:
        page = visit.page
        await visit.open(f"/calls/{call_id}?lang=es")
        found += await visit.faults("under attack")
        await page.evaluate("document.getElementById('begin').submit()")
        await page.wait_for_selector(".summary")
        found += await visit.faults("waiting")
        await page.evaluate("document.getElementById('begin').submit()")
        await page.wait_for_load_state("networkidle")
        assert TEXTS["es"].mistakes["early"] in await page.inner_text(".summary")
        found += await visit.faults("too early")
        house.later(minutes=72)
        await visit.open(f"/calls/{call_id}?lang=fr")
        found += await visit.faults("waited for too long")
    assert found == []
