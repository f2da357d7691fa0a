"""Applying in a browser: from the call to sent, with script and without, by keyboard, without barriers at any width."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words import details
from relevo_portal.words.apply import TEXTS
from relevo_testkit.browsing import NARROW, Visit, visiting

CANARY = "Canaria Zafiro"
MAIN = "main form button.main"
REVEALING = [{"field": "motivation", "names": "name", "at": 4, "length": 14}]
PROPOSED = {"proposed_contact": "nueva@correo.org", "no_recovery_until": "2019-11-02T12:00:00Z"}


async def begun(visit: Visit, applying: Any, language: str = "es") -> None:
    """As far as the code is shown."""
    call_id = applying.opened()
    await visit.open(f"/calls?lang={language}")
    await visit.press(f"a[href^='/calls/{call_id}']")
    await visit.press(MAIN)


async def kept(visit: Visit) -> str:
    """The code, shown to be kept."""
    code = (await visit.page.inner_text("output")).strip()
    await visit.press("main a.main")
    await visit.page.fill("#last", code[-7:])
    await visit.press(MAIN)
    return code


@pytest.mark.parametrize(("script", "language"), [(True, "pt"), (False, "fr")])
async def test_somebody_applies_without_an_address_with_script_and_without(
    house: Any, applying: Any, browser: Browser, script: bool, language: Any
) -> None:
    own = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await begun(visit, applying, language)
        await page.emulate_media(media="print")
        printed = (await page.inner_text("body")).strip()
        await page.emulate_media(media="screen")
        code = await kept(visit)
        assert printed == code
        await page.fill("#name", CANARY)
        await page.select_option("#country", "BR")
        await page.check("#groups-indigenous")
        await visit.press(MAIN)
        await page.check("#themes-environment")
        await visit.press(MAIN)
        applying.warns = REVEALING
        await page.fill("#motivation", f"Sou {CANARY}, do rio.")
        await visit.press(MAIN)
        assert own.warning_next.title in await page.inner_text("main")
        await page.fill("#motivation", "Sou do rio.")
        counted = own.count.other.format(count=3 if script else 5)
        assert await page.inner_text("[data-count=motivation]") == counted
        applying.warns = []
        await visit.press(MAIN)
        assert await page.is_checked(f"#language-{language}")
        await visit.press(MAIN)
        assert CANARY in await page.inner_text("main")
        await visit.press(MAIN)
        assert own.review.consent_missing in await page.inner_text(".summary")
        await page.check("#consent")
        await visit.press(MAIN)
        assert await page.inner_text("h1") == own.sent.title
        assert own.sent.no_letters in await page.inner_text("main")
        assert await page.title() == "Relevo"
        assert all(each.startswith(visit.site) for each in visit.asked)
        assert not [each for each in visit.asked if code in each or "anaria" in each]
    assert len(applying.submitted) == 1


async def test_a_page_is_filled_in_by_keyboard_alone(house: Any, applying: Any, browser: Browser) -> None:
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await begun(visit, applying, "en")
        await kept(visit)
        await page.focus("#name")
        await page.keyboard.type(CANARY)
        await page.keyboard.press("Tab")
        await page.keyboard.type("Hond")
        await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/apply/2?lang=en")
    [draft] = applying.drafts.values()
    content = draft["content"]
    assert (content["name"], content["country"], content["groups"]) == (CANARY, "HN", ["indigenous"])
    assert content["sex"]


async def test_no_page_of_an_application_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, applying: Any, browser: Browser
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:
        page = visit.page

        async def looked(name: str) -> None:
            found.extend(await visit.faults_at_widths(name))

        for path in ("/calls?lang=pt", f"/calls/{applying.opened('announced')}?lang=fr", "/notice?lang=en"):
            await visit.open(path)
            await looked(path)
        await begun(visit, applying)
        await looked("code")
        await visit.press("main a.main")
        await visit.press(MAIN)
        await looked("code not shown to be kept")
        await visit.press("main a.second")
        await kept(visit)
        for number in ("1", "2", "4", "5"):
            await visit.open(f"/apply/{number}?lang=fr")
            await looked(f"page {number}")
        await visit.open("/apply/drop?lang=pt")
        await looked("dropping")
        applying.warns = REVEALING
        await visit.open("/apply/3?lang=es")
        await page.fill("#motivation", f"Soy {CANARY}, del río.")
        await visit.press(MAIN)
        await looked("a text that tells")
        await visit.open("/apply/1?lang=es")
        [draft] = applying.drafts.values()
        draft["content"] = {**draft["content"], "name": "De lejos", "country": "HN", "language": "es"}
        await visit.press(MAIN)
        await looked("saved from elsewhere")
        await visit.open("/apply/5?lang=es")
        await visit.press(MAIN)
        await looked("not agreed")
        await page.check("#consent")
        await visit.press(MAIN)
        await looked("sent")
    assert found == []


async def test_no_page_of_ones_details_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, applying: Any, browser: Browser
) -> None:
    found: list[str] = []
    mine = house.intake.applied(next=[{"what": "correct", "until": None}])
    content = {"name": CANARY, "contact": "ana@correo.org", "language": "es"}
    own = applying.sent(mine["application_id"], content)
    own.update(PROPOSED, corrections=[{"at": "2019-10-25T12:00:00Z", "details": ["contact", "name"], "by": "staff"}])
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:
        page = visit.page

        async def looked(name: str) -> None:
            found.extend(await visit.faults_at_widths(name))

        await visit.send("/?lang=es", code="0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK")
        for path in ("/mine?lang=fr", "/details?lang=fr", "/details/saved?lang=pt", "/details/way?lang=es"):
            await visit.open(path)
            await looked(path)
        await page.check("#way-word")
        await visit.press(MAIN)
        assert details.TEXTS["es"].way_mistakes["word"] in await page.inner_text(".summary")
        await looked("no word")
        await visit.open("/details?lang=es")
        await page.fill("#name", "")
        await visit.press("form[action^='/details?'] button")
        await looked("no name")
    assert found == []
