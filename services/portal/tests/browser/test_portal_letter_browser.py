"""The invitation for the visa in a browser: made and saved with script and without, and nobody kept out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.letter import TEXTS
from relevo_testkit.browsing import NARROW, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeScheduling
    from tests.inviting import FakeInviting
else:
    from services.portal.tests.fake_services import FakeScheduling
    from services.portal.tests.inviting import FakeInviting

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
NAME = "ZORAIDA CANARIO ÑUFLO"


@pytest.fixture
def inviting(house: Any) -> FakeInviting:
    made, scheduling = FakeInviting(), FakeScheduling()
    scheduling.lacks = "no-such-programme"
    house.serve("certification", made.app)
    house.serve("scheduling", scheduling.app)
    house.intake.enrolled()
    return made


@pytest.mark.parametrize(("script", "language"), [(True, "fr"), (False, "pt")])
async def test_a_letter_is_made_by_keyboard_and_saved_under_a_name_that_says_nothing(
    house: Any, browser: Browser, inviting: FakeInviting, script: bool, language: Any
) -> None:
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await page.click("nav.rooms a[href^='/week']")
        await page.click(f"text={words.title}")
        assert await page.inner_text("h1") == words.title
        await page.focus("#name")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert words.form.name_missing in await page.inner_text(".summary")
        await page.fill("#name", NAME)
        await page.select_option("#written_in", "en")
        await page.focus("main form button")
        async with page.expect_download() as saved:
            await page.keyboard.press("Enter")
        download = await saved.value
        assert download.suggested_filename == "document.pdf"
        content = await asyncio.to_thread(Path(await download.path()).read_bytes)
        assert NAME.encode() in content
        assert [each["language"] for each in inviting.made.values()] == ["en"]
        assert all("ZORAIDA" not in asked and asked.startswith(visit.site) for asked in visit.asked)
        assert await page.title() == "Relevo"


async def test_the_page_of_the_letter_keeps_nobody_out(house: Any, browser: Browser, inviting: FakeInviting) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:
        await visit.send("/?lang=es", code=CODE)
        await visit.open("/letter?lang=es")
        found += await visit.faults_at_widths("letter")
        await visit.press()
        found += await visit.faults_at_widths("letter without a name")
        inviting.made["key"] = {"passport_name": NAME, "language": "fr"}
        inviting.left = 0
        await visit.open("/letter?lang=fr")
        found += await visit.faults_at_widths("letters used up")
    assert found == []
