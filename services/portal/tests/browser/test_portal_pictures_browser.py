"""Photographs of a session in a browser: added with script and without, by its own file field, seen, taken away."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload

from relevo_portal.words.pictures import TEXTS
from relevo_testkit.browsing import NARROW, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.tracking import FakeTracking
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import FakeTracking

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ"
HERE = "/days/pictures/1"


@pytest.fixture
def tracking(house: Any) -> FakeTracking:
    fake = FakeTracking()
    house.serve("multiplier_tracking", fake.app)
    house.intake.enrolled(CODE)
    fake.opened()
    fake.session("reported")
    return fake


def photograph() -> FilePayload:
    """As large as one of a telephone, under a name that says too much."""
    image, content = Image.new("RGB", (1600, 1200), "#1f4e79"), BytesIO()
    image.paste("#fff", (400, 300, 1200, 900))
    image.save(content, "JPEG")
    return {"name": f"{CANARY}.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


@pytest.mark.parametrize(("script", "language"), [(True, "pt"), (False, "fr")])
async def test_rule_26_a_photograph_is_added_seen_and_taken_away_with_script_and_without(
    house: Any, tracking: FakeTracking, browser: Browser, script: bool, language: Any
) -> None:
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await visit.open(f"/days?lang={language}")
        await page.click(f"main a[href^='{HERE}']")
        await page.set_input_files("#picture", photograph())
        await page.click("main form:has(#picture) button")
        assert words.faults["people"] in await page.inner_text(".summary")
        assert not await page.is_checked("#affirmed")
        assert tracking.done == []
        await page.set_input_files("#picture", photograph())
        await page.check("#affirmed")
        await page.click("main form:has(#picture) button")
        assert words.left.format(count=3) in await page.inner_text("main")
        assert [content for _, (_, content) in tracking.done] == [photograph()["buffer"]]
        async with page.expect_response(lambda answer: f"{HERE}/1" in answer.url) as opened:
            await visit.open(f"{HERE}?lang={language}")
            await page.click("main summary")
        assert (await opened.value).status == 200
        await page.wait_for_function("document.querySelector('main details img').naturalWidth === 1600")
        await page.click(f"main form[action^='{HERE}/remove'] button")
        assert words.none in await page.inner_text("main")
        assert CANARY not in " ".join(visit.asked)
        assert all(each.startswith(visit.site) for each in visit.asked)
        assert await page.title() == "Relevo"
    assert tracking.done[-1][0].endswith("/remove")


async def test_no_photograph_is_loaded_before_somebody_opens_it(
    house: Any, tracking: FakeTracking, browser: Browser
) -> None:
    assert tracking.commitment is not None
    tracking.picture(tracking.commitment["sessions"][0], photograph()["buffer"])
    async with visiting(house.stand.app, browser) as visit:
        await visit.send("/?lang=es", code=CODE)
        await visit.open(f"{HERE}?lang=es")
        await visit.page.wait_for_load_state()
        assert not [each for each in visit.asked if f"{HERE}/1" in each]
        async with visit.page.expect_response(lambda answer: f"{HERE}/1" in answer.url):
            await visit.page.click("main summary")
        assert visit.complaints == []


async def test_the_photographs_have_no_barrier_and_do_not_scroll_sideways_in_either_theme(
    house: Any, tracking: FakeTracking, browser: Browser
) -> None:
    found: list[str] = []
    assert tracking.commitment is not None
    [session] = tracking.commitment["sessions"]
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:
        await visit.send("/?lang=fr", code=CODE)
        await visit.open(f"{HERE}?lang=fr")
        found += await visit.faults_at_widths("none yet")
        await visit.page.click("main form:has(#picture) button")
        found += await visit.faults_at_widths("nothing chosen")
        tracking.reject(session, tracking.picture(session), "des personnes sont visibles")
        for _ in range(3):
            tracking.picture(session, photograph()["buffer"])
        tracking.refuses = problem(409, "too-many-pictures", "Il y en a déjà quatre.")
        await visit.open(f"{HERE}?lang=fr")
        await visit.page.click("main summary >> nth=0")
        await visit.page.set_input_files("#picture", photograph())
        await visit.page.check("#affirmed")
        found += await visit.faults_at_widths("one is open, one was rejected")
        await visit.page.click("main form:has(#picture) button")
        found += await visit.faults_at_widths("refused")
        tracking.picture(session)
        await visit.open(f"{HERE}?lang=fr")
        found += await visit.faults_at_widths("full")
    assert found == []
