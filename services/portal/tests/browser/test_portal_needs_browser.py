"""What somebody needs for the week in a browser: stated with script and without, with no barrier at any width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.needs import TEXTS
from relevo_testkit.browsing import visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.needing import FakeNeeds
else:
    from services.portal.tests.needing import FakeNeeds

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ"
PATHS = ("/needs", "/needs/clear", "/needs/saved")


@pytest.mark.parametrize(("script", "language", "width"), [(True, "pt", 320), (False, "fr", 768), (True, "es", 1280)])
async def test_it_is_stated_with_script_and_without_and_no_page_of_it_has_a_barrier(
    house: Any, browser: Browser, script: bool, language: Any, width: int
) -> None:
    words, fake = TEXTS[language], FakeNeeds(house.intake)
    mine = house.intake.enrolled(CODE)
    mine["needs"] = {"changed_at": None, "kept_until_on": "2019-12-27"}
    screen = {"width": width, "height": 740}
    async with visiting(house.stand.app, browser, java_script_enabled=script, viewport=screen) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await page.click("main a[href^='/needs']")
        await page.check("#from_languages-en")
        await page.fill("#diet", CANARY)
        await page.fill("#arrival_on", "2019-12-08")
        await page.click("main form button.main")
        assert words.missing["into"] in await page.inner_text(".summary")
        assert await page.input_value("#diet") == CANARY
        await page.select_option("#into", "es")
        await page.click("main form button.main")
        assert words.notices["saved"].title in await page.inner_text(".notice")
        assert (fake.needs or {})["arrival_on"] == "2019-12-08"
        assert CANARY not in page.url + await page.title()
        for path in PATHS if script else ():
            await visit.open(f"{path}?lang={language}")
            assert await visit.faults(path) == []
