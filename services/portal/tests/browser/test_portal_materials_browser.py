"""Materials in a browser: found, loaded and taken along, with script and without, and no barrier at any width."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.materials import TEXTS
from relevo_testkit.browsing import Visit, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.materials import CONTENT, FakeMaterials
else:
    from services.portal.tests.materials import CONTENT, FakeMaterials

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
WIDTHS = (320, 768, 1280)


@pytest.fixture
def scheduling(house: Any) -> FakeMaterials:
    made = FakeMaterials()
    made.give("Empresas y derechos humanos: estándares interamericanos", kind="report")
    made.give("Página de la Comisión", link="https://www.oas.org/es/cidh/", language="any", kind="other")
    made.give("Preguntas para el caso", "a" * 32, kind="case_file")
    made.give("Slides of the workshop", "b" * 32, kind="slides", language="en")
    made.give("Modelo-de-solicitud-de-medidas-cautelares-sin-espacios-y-muy-largo", "c" * 32)
    house.serve("scheduling", made.app)
    house.intake.enrolled()
    return made


async def come_in(visit: Visit, language: str) -> None:
    await visit.open(f"/?lang={language}")
    await visit.page.fill("#code", CODE)
    await visit.page.click("main button")
    await visit.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("script", "language"), [(True, "es"), (False, "fr")])
async def test_somebody_finds_a_file_and_takes_all_along_with_script_and_without(
    house: Any, browser: Browser, scheduling: FakeMaterials, script: bool, language: Any
) -> None:
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await come_in(visit, language)
        await page.click("nav.rooms a[href^='/week']")
        await page.click(f"main a:text-is('{words.link}')")
        assert await page.inner_text("h1") == words.title
        async with page.expect_download() as downloading:
            await page.click("text=Preguntas para el caso")
        loaded = await downloading.value
        assert loaded.suggested_filename == "document.pdf"
        assert await asyncio.to_thread(Path(await loaded.path()).read_bytes) == CONTENT
        await page.click(".between a[href*='in=en']")
        assert "Preguntas para el caso" not in await page.inner_text("main")
        async with page.expect_download() as bundling:
            await page.click("a[href^='/week/materials/take']")
        assert (await bundling.value).suggested_filename == "documents.zip"
        assert scheduling.languages[-1] == "en"
        assert await page.title() == "Relevo"
        assert not [each for each in visit.asked if not each.startswith(visit.site)]
        assert visit.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_page_of_materials_has_no_barrier_and_does_not_scroll_sideways_in_either_theme(
    house: Any, browser: Browser, scheduling: FakeMaterials, width: int
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport={"width": width, "height": 740}) as visit:
        await come_in(visit, "pt")
        for page in ("?lang=pt", "?lang=fr&in=en", "?lang=en&in=fr", f"/file/{'9' * 32}?lang=es"):
            await visit.open(f"/week/materials{page}")
            found.extend(await visit.faults(page))
        scheduling.items.clear()
        await visit.open("/week/materials?lang=es")
        found.extend(await visit.faults("nothing yet"))
    assert found == []
