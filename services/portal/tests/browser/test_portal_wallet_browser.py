"""The certificate in a wallet, in a browser: a code that can be scanned, with script and without, in both themes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser

from relevo_portal.words.wallet import TEXTS
from relevo_testkit.browsing import Visit, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeCertification
else:
    from services.portal.tests.fake_services import FakeCertification

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def certification(house: Any) -> FakeCertification:
    made = FakeCertification()
    made.issue()
    house.serve("certification", made.app)
    house.intake.enrolled()
    return made


async def come_in(visit: Visit, language: str) -> None:
    await visit.open(f"/?lang={language}")
    await visit.page.fill("#code", CODE)
    await visit.page.click("main button")
    await visit.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("script", "language", "scheme"), [(True, "es", "dark"), (False, "fr", "light")])
async def test_a_code_is_made_by_keyboard_and_scanned_from_the_screen(
    house: Any, browser: Browser, certification: FakeCertification, script: bool, language: Any, scheme: Any
) -> None:
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script, color_scheme=scheme) as visit:
        page = visit.page
        await come_in(visit, language)
        await page.click("nav.rooms a[href^='/paper']")
        await page.click("main a[href^='/paper/wallet']")
        assert certification.offers == []
        await page.focus("main form button")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.inner_text("h1") == words.scan.made.title
        [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(await page.locator("svg.scan").screenshot())))
        assert read.text == await page.get_attribute("main a[href^='openid']", "href")
        assert await page.inner_text("output") == "000001"
        assert all("OFFER" not in asked and asked.startswith(visit.site) for asked in visit.asked)
        assert await page.title() == "Relevo"
        assert visit.complaints == []


@pytest.mark.parametrize("width", [320, 1280])
async def test_the_pages_of_the_wallet_keep_nobody_out(
    house: Any, browser: Browser, certification: FakeCertification, width: int
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport={"width": width, "height": 740}) as visit:
        await come_in(visit, "pt")
        await visit.visible_text("/paper/wallet?lang=pt")
        found += await visit.faults("wallet")
        await visit.page.click("main form button")
        await visit.page.wait_for_load_state("networkidle")
        found += await visit.faults("a code for a wallet")
    assert found == []
