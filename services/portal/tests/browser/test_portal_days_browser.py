"""The sixty days in a browser: reported with script, without and by keyboard; barriers; what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, Page, Route

from relevo_portal.words.days import TEXTS
from relevo_testkit.browsing import NARROW, visiting
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.tracking import REPORTED_ALREADY, FakeTracking
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import REPORTED_ALREADY, FakeTracking

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ"
REQUEST = {"request_id": "a" * 32, "asked_for": "pause", "asked_at": "2020-01-20T12:00:00Z", "due_on": None}
STEP = {"step": "paused", "step_text": "en pausa", "changed_at": "2020-01-05T12:00:00Z", "days": None, "due_on": None}


@pytest.fixture
def tracking(house: Any) -> FakeTracking:
    """Somebody who takes part has a report that came back, another session planned, and an answer to a question."""
    fake = FakeTracking()
    house.serve("multiplier_tracking", fake.app)
    house.intake.enrolled(CODE)
    fake.opened(steps=[STEP], held_together=True)
    id = fake.session("returned")["session_id"]
    fake.session()
    fake.texts["sessions"][id] = {"description": "Derechos del río", "evidence_note": None}
    fake.texts["words"][id] = {"note": "Falta poco.", "people": "¿14 con usted?"}
    fake.texts["requests"]["a" * 32] = {"asking": {"reason": "threat", "note": CANARY}, "reply": {"text": "Sí."}}
    fake.question("answered")
    link = {"held_on": "2020-01-18", "minutes": 260, "people": 14, "state": "reported", "agreed": None}
    fake.together["theirs"] = [{"session_id": "c" * 32, "together_with": id, "revision": 1, **link}]
    return fake


@pytest.mark.parametrize(("script", "language"), [(True, "pt"), (False, "fr")])
async def test_a_report_is_sent_and_another_corrected_with_script_and_without(
    house: Any, tracking: FakeTracking, browser: Browser, script: bool, language: Any
) -> None:
    words = TEXTS[language]
    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send(f"/?lang={language}", code=CODE)
        await page.click("a[href^='/days']")
        await page.click("main a[href^='/days/report?']")
        await page.fill("#held_on", "2020-01-20")
        await page.fill("#minutes", "cuatro")
        await page.fill("#description", CANARY)
        await page.click("main form button")
        assert words.faults["number"] in await page.inner_text(".summary")
        assert await page.input_value("#description") == CANARY
        await page.fill("#minutes", "260")
        await page.fill("#people", "14")
        await page.check("#format-in_person")
        await page.click("main form button")
        assert await page.inner_text("h1") == words.session.states["reported"].title
        await visit.open(f"/days?lang={language}")
        await page.click("a[href^='/days/correct/1']")
        assert "¿14 con usted?" in await page.inner_text("#people-hint")
        await page.fill("#people", "13")
        await page.click("main form button")
        assert all(each.startswith(visit.site) for each in visit.asked)
        assert CANARY not in " ".join(visit.asked)
        assert await page.title() == "Relevo"
    assert [(path.rpartition("/")[2], body["people"]) for path, body in tracking.done] == [
        ("reports", 14),
        ("correct", 13),
    ]


@pytest.mark.parametrize("script", [True, False])
async def test_rule_8_a_report_whose_answer_was_lost_and_that_is_sent_again_after_going_back_is_one(
    house: Any, tracking: FakeTracking, browser: Browser, script: bool
) -> None:
    words = TEXTS["es"]

    async def filled_in_and_sent(page: Page) -> None:
        for name, text in {"held_on": "2020-01-20", "minutes": "260", "people": "14"}.items():
            await page.fill(f"#{name}", text)
        await page.check("#format-in_person")
        await page.click("main form button")

    async def lost(route: Route) -> None:
        if route.request.method == "POST":
            await route.fetch(max_redirects=0)
            await route.abort()
        else:
            await route.continue_()

    async with visiting(house.stand.app, browser, java_script_enabled=script) as visit:
        page = visit.page
        await visit.send("/?lang=es", code=CODE)
        await visit.open("/days?lang=es")
        await visit.open("/days/report?lang=es")
        await page.route("**/days/report*", lost)
        await filled_in_and_sent(page)
        await until(lambda: len(tracking.done) == 1)
        await page.unroute("**/days/report*")
        await page.go_back()
        await visit.open("/days/report?lang=es")
        assert not await page.is_visible("#another_session")
        await filled_in_and_sent(page)
        assert REPORTED_ALREADY in await page.inner_text("#another_session-fault")
        assert words.fields["another_session"].hint in await page.inner_text("main")
        assert await page.input_value("#minutes") == "260"
        assert len(tracking.done) == 1
        await page.check("#another_session")
        await page.click("main form button")
        assert await page.inner_text("h1") == words.session.states["reported"].title
    assert len(tracking.done) == 2


async def test_a_pause_is_asked_for_by_keyboard_alone(house: Any, tracking: FakeTracking, browser: Browser) -> None:
    async with visiting(house.stand.app, browser) as visit:
        page = visit.page
        await visit.send("/?lang=es", code=CODE)
        await visit.open("/days/ask?lang=en")
        await visit.tab_to("[name=asked_for]")
        await page.keyboard.press("Space")
        await visit.tab_to("[name=reason]")
        await page.keyboard.press("Space")
        await visit.tab_to("#note")
        await page.keyboard.type(CANARY)
        await visit.tab_to("main .button.main")
        await page.keyboard.press("Enter")
        await until(lambda: tracking.done != [])
    assert tracking.done == [("commitment/requests", {"asked_for": "pause", "reason": "threat", "note": CANARY})]


async def test_no_page_of_the_days_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, tracking: FakeTracking, browser: Browser
) -> None:
    found: list[str] = []
    async with visiting(house.stand.app, browser, viewport=NARROW) as visit:

        async def looked(page: str) -> None:
            found.extend(await visit.faults_at_widths(page))

        await visit.send("/?lang=fr", code=CODE)
        paths = ("/mine", "/days", "/days/session/1", "/days/correct/1", "/days/plan/2", "/days/help", "/days/help/1")
        for path in (*paths, "/days/together", "/days/ask"):
            await visit.open(f"{path}?lang=fr")
            await looked(path)
        await visit.page.click("main form button")
        await looked("nothing chosen")
        assert tracking.commitment is not None
        tracking.commitment["requests"] = [{**REQUEST, "state": "awaiting", "decided_at": None}]
        await visit.open("/days/ask?lang=pt")
        await looked("a request that waits")
        await visit.open("/days/report?lang=pt")
        tracking.refuses = problem(409, "reporting-is-over", "Os dias terminaram.")
        await visit.page.fill("#held_on", "2020-01-18")
        await visit.page.fill("#minutes", "260")
        await visit.page.fill("#people", "14")
        await visit.page.check("#format-online")
        await visit.page.click("main form button")
        await looked("refused")
        tracking.is_away = True
        await visit.open("/mine?lang=es")
        await looked("a part that is away")
        tracking.is_away, tracking.commitment = False, None
        await visit.open("/days?lang=es")
        await looked("before the week")
    assert found == []
