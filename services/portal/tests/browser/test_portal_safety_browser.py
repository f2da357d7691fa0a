"""Danger and rights in a browser: one press, one file, one goodbye; barriers, and what is left behind."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words import TEXTS as PORTAL
from relevo_portal.words.danger import TEXTS as DANGER
from relevo_testkit.browsing import NARROW, visiting

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
SINCE = "2019-10-25T12:00:00Z"


@pytest.fixture
def endangered(house: Any) -> dict[str, Any]:
    """What somebody said of their danger, and what intake keeps of them."""
    state: dict[str, Any] = {"since": None, "watched": True}
    app = house.intake.app

    async def read() -> Any:
        return dict(state)

    async def begin() -> Any:
        state["since"] = SINCE
        return dict(state)

    async def end() -> Any:
        state["since"] = None
        return dict(state)

    async def part(id: str) -> Any:
        return {"application_id": id, "name": "Zoraida Canario-Zafiro"}

    async def erase(id: str) -> Any:
        return {"person_id": id}

    app.get("/me/danger")(read)
    app.post("/me/danger")(begin)
    app.post("/me/danger/end")(end)
    app.get("/applications/{id}/submission")(part)
    app.get("/applications/{id}/details")(part)
    app.post("/applications/{id}/erase")(erase)
    house.intake.offered(CODE)
    return state


@pytest.mark.parametrize(("script", "language"), [(True, "fr"), (False, "es")])
async def test_rule_25_it_is_pressed_once_on_any_page_and_taken_back_with_script_and_without(
    house: Any, browser: Browser, endangered: dict[str, Any], script: bool, language: Any
) -> None:
    words = DANGER[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        await visit.send(f"/?lang={language}", code=CODE)
        await visit.page.click("form.danger button")
        assert await visit.page.inner_text("h1") == words.begun.title
        assert endangered["since"] == SINCE
        assert words.watched in await visit.page.inner_text("main")
        await visit.page.click("main form button")
        assert await visit.page.inner_text("h1") == words.begin.title
        assert endangered["since"] is None
        assert await visit.page.title() == "Relevo"
        assert visit.complaints == []


@pytest.mark.parametrize(("script", "language"), [(True, "en"), (False, "pt")])
async def test_rule_14_somebody_takes_everything_along_and_is_erased_with_script_and_without(
    house: Any, browser: Browser, endangered: dict[str, Any], script: bool, language: Any
) -> None:
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        await visit.send(f"/?lang={language}", code=CODE)
        await visit.page.click("nav.rooms a[href^='/rights']")
        async with visit.page.expect_download() as downloading:
            await visit.page.click("main a[href^='/rights/bundle']")
        download = await downloading.value
        assert download.suggested_filename == "papers.zip"
        with zipfile.ZipFile(await download.path()) as archive:
            assert "Zoraida" in archive.read("index.html").decode()
        await visit.page.click("main a[href^='/rights/erase']")
        await visit.page.click("main .grave")
        assert PORTAL[language].door.notices["left"].title in await visit.page.inner_text("[role=status]")
        assert all(each.startswith(visit.site) for each in visit.asked)
        assert not [each for each in visit.asked if "Zoraida" in each]
        assert visit.complaints == []


async def test_no_page_of_danger_or_rights_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, browser: Browser, endangered: dict[str, Any]
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:

        async def looked(page: str) -> None:
            found.extend(await visit.faults_at_widths(page))

        await visit.send("/?lang=fr", code=CODE)
        for page in ("/danger", "/rights", "/rights/erase"):
            await visit.open(f"{page}?lang=fr")
            await looked(page)
        endangered["since"] = SINCE
        await visit.open("/danger?lang=pt")
        await looked("in danger")
    assert found == []
