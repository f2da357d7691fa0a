"""What a call asks besides, in a browser: asked page by page with script and without, by keyboard, without barriers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words import apply
from relevo_portal.words.questions import TEXTS
from relevo_testkit.browsing import NARROW, Visit, visiting

CANARY = "Red Canaria Zafiro"
MAIN = "main form button.main"


def worded(es: str, fr: str) -> dict[str, str]:
    return {"es": es, "fr": fr}


OPTIONS = [
    {"code": "radio", "texts": worded("Por la radio", "Par la radio")},
    {"code": "others", "texts": worded("Por otras personas", "Par d'autres personnes")},
]


def asks(applying: Any) -> list[dict[str, Any]]:
    """What the call asks besides."""
    asks = applying.question
    return [
        asks("network", "yes_no", texts=worded("¿Participa en una red?", "Faites-vous partie d'un réseau ?")),
        asks(
            "which",
            "text",
            texts=worded("¿En qué red, y qué hace en ella?", "Dans quel réseau, et qu'y faites-vous ?"),
            only_if={"question": "network", "answers": ["yes"]},
            most_words=60,
            purpose="assess",
            for_reviewers=True,
            required=True,
        ),
        asks("heard", "several", texts=worded("¿Cómo se enteró?", "Comment l'avez-vous appris ?"), options=OPTIONS),
        asks("years", "number", texts=worded("¿Cuántos años lleva?", "Depuis combien d'années ?"), least=0, most=60),
        asks("since", "date", texts=worded("¿Desde qué día?", "Depuis quel jour ?"), kept_until="texts"),
    ]


async def begun(visit: Visit, applying: Any) -> dict[str, Any]:
    """A draft for a call that asks more, with what every call asks filled in."""
    call_id = applying.opened(questions=asks(applying))
    await visit.open(f"/calls/{call_id}?lang=fr")
    await visit.press(MAIN)
    code = (await visit.page.inner_text("output")).strip()
    await visit.press("main a.main")
    await visit.page.fill("#last", code[-7:])
    await visit.press(MAIN)
    [draft] = applying.drafts.values()
    draft["content"] = {"name": "Ana", "country": "HN", "motivation": "Oui.", "language": "fr"}
    return dict(draft)


@pytest.mark.parametrize("script", [True, False])
async def test_what_hangs_on_an_answer_is_asked_once_that_is_saved_and_all_is_sent(
    house: Any, applying: Any, browser: Browser, script: bool
) -> None:
    own, more = apply.TEXTS["fr"], TEXTS["fr"]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await begun(visit, applying)
        await visit.open("/apply/4?lang=fr")
        await visit.press(MAIN)
        assert await page.inner_text("h1") == more.title
        assert await page.locator("#q-which").count() == 0
        await page.check("#q-network-yes")
        await visit.press(MAIN)
        await page.fill("#q-which", f"La {CANARY}.")
        await page.check("#q-heard-radio")
        await page.fill("#q-years", "12")
        await page.fill("#q-since", "2007-05-20")
        await visit.press(MAIN)
        review = await page.inner_text("main")
        for text in (CANARY, "Par la radio", more.yes, "20 mai 2007"):
            assert text in review
        await page.check("#consent")
        await visit.press(MAIN)
        assert await page.inner_text("h1") == own.sent.title
        assert await page.title() == "Relevo"
        assert not [each for each in visit.asked if "anaria" in each]
        assert all(each.startswith(visit.site) for each in visit.asked)
    [draft] = applying.drafts.values()
    assert draft["content"]["answers"] == {
        **{"network": True, "which": f"La {CANARY}.", "heard": ["radio"]},
        **{"years": 12, "since": "2007-05-20"},
    }


async def test_questions_are_answered_by_keyboard_alone(house: Any, applying: Any, browser: Browser) -> None:
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await begun(visit, applying)
        await visit.open("/apply/more/2?lang=fr")
        await page.focus("#q-heard-radio")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        await page.keyboard.type("9")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/apply/5?lang=fr")
    [draft] = applying.drafts.values()
    assert draft["content"]["answers"] == {"heard": ["others"], "years": 9}


async def test_no_page_of_questions_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, applying: Any, browser: Browser
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:
        page = visit.page

        async def looked(name: str) -> None:
            found.extend(await visit.faults_at_widths(name))

        await begun(visit, applying)
        await visit.open("/apply/more/1?lang=en")
        await looked("in another language than the page")
        await page.check("#q-network-yes")
        applying.would_refuse = [{"where": "answers.years", "code": "answer_above", "reason": "es más que 60"}]
        await visit.press(MAIN)
        await page.fill("#q-years", "61")
        await visit.press(MAIN)
        assert await page.locator(".summary").count() == 1
        await looked("an answer that does not fit")
        applying.would_refuse, applying.warns = [], [{"field": "answers.which", "names": "name", "at": 0, "length": 3}]
        await page.fill("#q-which", "Ana")
        await visit.press(MAIN)
        await looked("a text that tells")
        await visit.open("/apply/5?lang=es")
        await looked("looked over")
    assert found == []
