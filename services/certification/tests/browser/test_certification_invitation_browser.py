"""The page on which an invitation is verified, in a browser: without script, on a phone, in four languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pymupdf
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser

from relevo_testkit.browsing import visiting

NAME = "Zoraida Canario-Zafiro Ñuflo"
SITE = "https://certificados.oas.test"


async def scanned(house: Any) -> str:
    """The link in the QR code of an invitation, as a phone reads it."""
    house.stand.clock.at = datetime(2019, 11, 20, tzinfo=UTC)
    texts: dict[str, Any] = {language: {} for language in ("es", "en", "pt", "fr")}
    terms = {"address": "1889 F Street NW, Washington, DC 20006", "contact": "+1 202 000 0000", "texts": texts}
    path = f"/editions/{house.making.edition_id}/invitation"
    await house.stand.http.put(path, json=terms, headers=house.coordinator)
    await house.receive(house.making.enrolled(0))
    body = {"passport_name": NAME, "language": "pt"}
    answer = await house.stand.post("/me/invitations", body, headers=house.holder(0))
    assert answer.status_code == 200, answer.text
    page: Any = pymupdf.open(stream=answer.content)[0].get_pixmap(dpi=200)  # type: ignore[no-untyped-call]
    [code] = zxingcpp.read_barcodes(Image.frombytes("RGB", (page.width, page.height), page.samples))
    return str(code.text).removeprefix(SITE)


@pytest.mark.parametrize(
    ("width", "language", "title", "same", "other"),
    [
        (320, "es", "Auténtica y válida", "Es el nombre", "no se hizo con este nombre"),
        (1280, "fr", "Authentique et valable", "C’est le nom", "n’a pas été faite avec ce nom"),
    ],
)
async def test_a_consulate_scans_the_paper_and_compares_the_name_on_it_without_script(
    house: Any, browser: Browser, width: int, language: str, title: str, same: str, other: str
) -> None:
    link = await scanned(house)
    how = {"viewport": {"width": width, "height": 740}, "java_script_enabled": False}
    async with visiting(house.stand.app, browser, **how) as visit:
        text = await visit.visible_text(f"{link}?lang={language}")
        assert title in text
        assert "Zoraida" not in text
        for name, answer in (("ZORAIDA CANARIO ZAFIRO NUFLO", same), ("Otra Persona", other)):
            await visit.page.fill("#name", name)
            await visit.page.press("#name", "Enter")
            await visit.page.wait_for_load_state("networkidle")
            assert answer in await visit.page.inner_text("[role=status]")
            assert name not in await visit.page.content()
            assert "name" not in visit.page.url
        assert all(asked.startswith(visit.site) for asked in visit.asked)
        assert visit.complaints == []


async def test_a_code_is_typed_in_by_hand_and_no_page_keeps_anybody_out(house: Any, browser: Browser) -> None:
    link = await scanned(house)
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport={"width": 320, "height": 740}) as visit:
        await visit.visible_text("/i?lang=en")
        found += await visit.faults("about")
        await visit.page.fill("#code", link.removeprefix("/i/").lower())
        await visit.page.press("#code", "Enter")
        await visit.page.wait_for_load_state("networkidle")
        assert "Genuine and valid" in await visit.page.inner_text("h1")
        found += await visit.faults("valid")
        await visit.page.fill("#name", "Otra Persona")
        await visit.page.press("#name", "Enter")
        await visit.page.wait_for_load_state("networkidle")
        found += await visit.faults("other")
        await visit.page.click("nav a[hreflang=pt]")
        assert "Autêntica e válida" in await visit.page.inner_text("h1")
        await visit.visible_text("/i/7ZZZZZZZZZZZZZZZZZZZZZZZZZ?lang=pt")
        found += await visit.faults("unknown")
        await house.receive(house.making.withdrawn(0))
        await visit.visible_text(link)
        found += await visit.faults("withdrawn")
    assert found == []
