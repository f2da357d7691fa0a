"""The verification page in a browser: the paper opens the name printed on it, and nobody else does."""

from __future__ import annotations

from typing import Any

import pymupdf
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser

from relevo_testkit.browsing import visiting

CANARY = "Zoraida Canario-Zafiro Ñuflo"
SITE = "https://certificados.oas.test"


async def scanned(house: Any, number: int) -> str:
    """The link in the QR code of the holder's own paper, as a phone reads it."""
    path = "/me/certificate/certificate.pdf"
    pdf = (await house.stand.http.get(path, headers=house.holder(number))).content
    page: Any = pymupdf.open(stream=pdf)[0].get_pixmap(dpi=200)  # type: ignore[no-untyped-call]
    [code] = zxingcpp.read_barcodes(Image.frombytes("RGB", (page.width, page.height), page.samples))
    return str(code.text).removeprefix(SITE)


@pytest.mark.parametrize(
    ("width", "language", "compare"), [(360, "es", "Compare este nombre"), (1280, "fr", "Comparez ce nom")]
)
async def test_rule_18_the_paper_opens_the_name_printed_on_it_and_the_key_goes_nowhere(
    house: Any, browser: Browser, width: int, language: str, compare: str
) -> None:
    await house.issued(0, CANARY, named=False)
    path, _, key = (await scanned(house, 0)).partition("#")
    assert len(key) == 22
    async with visiting(house.stand.app, browser, viewport={"width": width, "height": 740}) as visit:
        text = await visit.visible_text(f"{path}?lang={language}#{key}")
        assert CANARY in text
        assert compare in text
        assert not await visit.wide()
        assert all(key not in asked and asked.startswith(visit.site) for asked in visit.asked)
        assert visit.complaints == []
        await visit.page.click("nav a[hreflang=en]")
        assert await visit.page.inner_text("#holder") == CANARY
        assert "Valid certificate" in await visit.page.inner_text("h1")


async def test_rule_18_who_has_only_the_link_or_another_papers_code_is_told_no_name(
    house: Any, browser: Browser
) -> None:
    await house.issued(0, CANARY, named=False)
    await house.issued(1, "Otra Persona", named=False)
    own, other = await scanned(house, 0), await scanned(house, 1)
    async with visiting(house.stand.app, browser) as visit:
        path, key = own.partition("#")[0], other.partition("#")[2]
        text = await visit.visible_text(f"{path}?lang=en")
        assert "Not shown here" in text
        for wrong in (key, "x", "%00", own.partition("#")[2][:-1]):
            text = await visit.visible_text(f"{path}?lang=en#{wrong}")
            await visit.page.reload()
            assert "does not open the printed name" in await visit.page.inner_text("body")
        assert "Zoraida" not in text


async def test_without_script_the_page_says_that_the_name_needs_it(house: Any, browser: Browser) -> None:
    await house.issued(0, CANARY, named=False)
    path, _, key = (await scanned(house, 0)).partition("#")
    async with visiting(house.stand.app, browser, java_script_enabled=False) as visit:
        text = await visit.visible_text(f"{path}?lang=en#{key}")
        assert "this page needs JavaScript" in text
        assert "Valid certificate" in text
        assert "Zoraida" not in text


async def test_rule_18_old_papers_say_that_they_were_replaced_and_open_no_name(house: Any, browser: Browser) -> None:
    await house.issued(0, CANARY, named=False)
    old = await scanned(house, 0)
    path = "/me/certificate/choose-display"
    assert (await house.stand.post(path, {"display": "unnamed"}, headers=house.holder(0))).status_code == 200
    async with visiting(house.stand.app, browser) as visit:
        text = await visit.visible_text(old)
        assert "Sustituido por un certificado corregido" in text
        assert "Zoraida" not in text
        assert await visit.page.query_selector("script") is None
        assert "Zoraida" in await visit.visible_text(await scanned(house, 0))
