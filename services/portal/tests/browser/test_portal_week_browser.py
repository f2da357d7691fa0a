"""The week and the certificate in a browser: a journey of each, barriers, and what is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser

from relevo_portal.words.paper import TEXTS as PAPER
from relevo_portal.words.week import TEXTS as WEEK
from relevo_testkit.browsing import NARROW, visiting

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeCertification, FakeScheduling, problem
else:
    from services.portal.tests.fake_services import FakeCertification, FakeScheduling, problem

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"


@pytest.fixture
def scheduling(house: Any) -> FakeScheduling:
    made = FakeScheduling()
    made.publish(version=2)
    made.event(made.programme["sessions"][1], sequence=1, changed=made.published_at)
    made.cancelled("Protesta y derechos", made.published_at)
    made.figures = {"minutes_attended": 80, "excused_session_ids": ["c" * 32]}
    made.recorded = {"a" * 32: 80}
    made.excuse("c" * 32, "threat", note="Una nota")
    house.serve("scheduling", made.app)
    house.intake.enrolled()
    return made


@pytest.fixture
def certification(house: Any, scheduling: FakeScheduling) -> FakeCertification:
    made = FakeCertification()
    made.display = "unnamed"
    house.serve("certification", made.app)
    return made


@pytest.mark.parametrize(("script", "language"), [(True, "pt"), (False, "fr")])
async def test_somebody_finds_their_week_and_takes_a_link_along_with_script_and_without(
    house: Any, browser: Browser, scheduling: FakeScheduling, script: bool, language: Any
) -> None:
    words = WEEK[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await page.click("nav.rooms a[href^='/week']")
        assert await page.inner_text(".passage .above") == words.programme.next.upper()
        await page.click(f"text={words.hours.link}")
        assert await page.inner_text("h1") == words.hours.outcomes["short"].title
        await page.click(f"text={words.reasons.link}")
        assert words.reasons.reasons["threat"] in await page.inner_text("main")
        await page.click(f"text={words.back}")
        await page.click(f"text={words.calendar.link}")
        await page.click(f"text={words.calendar.make}")
        [link] = scheduling.links.values()
        assert (await page.input_value("#address")).endswith(link)
        assert not [each for each in visit.asked if link in each or not each.startswith(visit.site)]
        assert await page.title() == "Relevo"
        assert visit.complaints == []


@pytest.mark.parametrize(("script", "language"), [(True, "es"), (False, "en")])
async def test_somebody_takes_the_certificate_along_and_shows_the_name_with_script_and_without(
    house: Any, browser: Browser, certification: FakeCertification, script: bool, language: Any
) -> None:
    words, link = PAPER[language], certification.issue()
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await page.click("nav.rooms a[href^='/paper']")
        assert await page.inner_text("h1") == words.standing["issued"].title
        async with page.expect_download() as downloading:
            await page.click(f"text={words.files.links['document.pdf']}")
        assert (await downloading.value).suggested_filename == "document.pdf"
        assert await page.input_value("#address") == link
        await page.click(f"text={words.fields.link}")
        await page.click(f"text={words.fields.show}")
        assert await page.input_value("#month") == "02/2020"
        await page.click(f"text={words.back}")
        await page.click(f"text={words.view.link}")
        await page.click(f"text={words.view.ask['named']}")
        await page.click(f"text={words.view.button['named']}")
        assert words.view.choices["named"].title in await page.inner_text(".facts")
        assert not [each for each in visit.asked if "TOKEN" in each or not each.startswith(visit.site)]
        assert visit.complaints == []
    assert list(certification.chosen.values()) == ["named"]


async def test_who_sees_the_name_is_decided_by_keyboard_alone(
    house: Any, browser: Browser, certification: FakeCertification
) -> None:
    words = PAPER["en"]
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await visit.send("/?lang=en", code=CODE)
        for selector in ("nav.rooms a[href^='/paper']", "a[href^='/paper/view']", "a[href^='/paper/view/open']"):
            await visit.tab_to(selector)
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
        assert await page.inner_text("h1") == words.view.sure["named"].title
        await visit.tab_to("form.row button")
        await page.keyboard.press("Space")
        await page.wait_for_url("**/paper/view?lang=en")
        assert words.view.choices["named"].title in await page.inner_text(".facts")
    assert list(certification.chosen.values()) == ["named"]


async def test_no_page_of_the_week_or_the_certificate_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, browser: Browser, certification: FakeCertification, scheduling: FakeScheduling
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:

        async def looked(page: str) -> None:
            found.extend(await visit.faults_at_widths(page))

        async def opened(*pages: str) -> None:
            for page in pages:
                await visit.open(page)
                await looked(page)

        await visit.send("/?lang=fr", code=CODE)
        await opened("/week?lang=fr", "/week/hours?lang=pt", "/week/reasons?lang=es", "/week/calendar?lang=en")
        await visit.page.click("main button")
        await looked("the link")
        scheduling.refuses = "Así no."
        await visit.open("/week/calendar?lang=es")
        await visit.page.click("main button")
        await looked("no link")
        await opened("/paper?lang=fr", "/paper/view?lang=pt", "/paper/view/open?lang=es", "/paper/fields?lang=fr")
        link = certification.issue(under_review="onsite_corrected")
        await opened("/paper?lang=fr", "/paper/fields/all?lang=pt")
        assert await visit.page.input_value("#address") == link
        certification.refuses = problem(409, "already-revoked")
        await visit.open("/paper/view/open?lang=es")
        await visit.page.click("main button")
        await looked("not decided")
        certification.issue(standing="revoked", revoked_at="2020-03-01T10:00:00Z", revoked_because="misuse")
        scheduling.lacks = "not-published-yet"
        await opened("/paper?lang=en", "/week?lang=pt", "/style?lang=en")
    assert found == []
