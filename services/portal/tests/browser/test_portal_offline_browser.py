"""Reports without a line, in a browser: sealed on the device, sent once when the line is back, deleted in one press."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, Route

from relevo_portal.page.frame import POLICY
from relevo_portal.words.days import TEXTS as DAYS
from relevo_testkit.browsing import NARROW
from relevo_testkit.waiting import until

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.browser.without_a_line import (
        CANARY,
        CODE,
        DUMPED,
        LEFT,
        NOTHING,
        PASSPHRASE,
        WORDS,
        keep,
        notice,
        opted_in,
        unlock,
        view,
        visiting,
        write,
    )
    from tests.fake_services import problem
    from tests.tracking import REPORTED_ALREADY, FakeTracking
else:
    from services.portal.tests.browser.without_a_line import (
        CANARY,
        CODE,
        DUMPED,
        LEFT,
        NOTHING,
        PASSPHRASE,
        WORDS,
        keep,
        notice,
        opted_in,
        unlock,
        view,
        visiting,
        write,
    )
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import REPORTED_ALREADY, FakeTracking

SENT = {
    **{"held_on": "2020-01-18", "minutes": 260, "people": 14, "format": "in_person"},
    **{"description": CANARY, "evidence_note": None},
}


@pytest.fixture
def tracking(house: Any) -> FakeTracking:
    fake = FakeTracking()
    house.serve("multiplier_tracking", fake.app)
    house.intake.enrolled(CODE)
    fake.opened()
    return fake


async def test_nothing_is_on_the_device_before_a_passphrase_is_chosen(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with visiting(house, browser) as visit:
        await visit.send("/?lang=es", code=CODE)
        await visit.visible_text("/days?lang=es")
        text = await visit.visible_text("/offline?lang=es")
        assert WORDS.begin.lead in text
        await keep(visit.page, "corta")
        assert WORDS.script.lacks.other.format(count=15) in await visit.page.inner_text(".summary:visible")
        await keep(visit.page, "a" * 30)
        assert WORDS.script.alike in await visit.page.inner_text(".summary:visible")
        assert await visit.page.evaluate(LEFT) == NOTHING
        await visit.page.click("#suggest")
        suggested = await visit.page.inner_text("#suggested")
        assert [len(each) for each in suggested.split("-")] == [4] * 6
        await visit.page.fill("#passphrase", suggested)
        assert await visit.page.inner_text("#measure") == WORDS.script.enough
        assert await visit.page.evaluate(LEFT) == NOTHING


async def test_what_is_written_without_a_line_outlives_the_page_and_can_be_read_by_nobody_without_the_passphrase(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await page.context.set_offline(True)
        await write(page)
        await page.reload()
        await unlock(page, "cinco palabras que nada tienen que ve")
        assert WORDS.script.wrong in await page.inner_text(".summary:visible")
        await unlock(page)
        await page.click("#list button")
        assert await page.input_value("#description") == CANARY
        assert await page.is_checked("#format-in_person")
        found = await page.evaluate(DUMPED)
        everything = json.dumps(found) + " ".join(visit.asked) + await page.title()
        for secret in (CANARY, PASSPHRASE, CODE, "2020-01-18", "in_person"):
            assert secret not in json.dumps(found["databases"]), secret
        assert not [each for each in (CANARY, PASSPHRASE, CODE) if each in everything]
        [lock] = found["databases"]["kept/lock"]
        assert set(lock[1]) == {"salt", "iterations", "test"}
        assert lock[1]["iterations"] >= 600_000
        [item] = found["databases"]["kept/items"]
        assert (len(item[0]), item[1]["bytes"]) == (32, 12 + 4096 + 16)
        paths = {each.removeprefix(visit.site) for each in found["caches"]}
        assert {each for each in paths if not each.startswith("/files/")} == {"/offline?lang=es"}
        assert await page.title() == "Relevo"
        assert (await page.context.request.get(visit.site + "/offline")).headers["content-security-policy"] == POLICY


async def test_a_report_whose_session_is_over_asks_for_the_code_and_goes_out_once_however_often_its_answer_is_lost(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await page.context.set_offline(True)
        await write(page)
        await page.click("#send")
        await notice(page, "no_line")
        house.later(minutes=11)
        lost: list[str] = []

        async def lose(route: Route) -> None:
            if len(lost) == 10:
                await route.continue_()
                return
            await route.fetch()
            lost.append(route.request.post_data or "")
            await route.abort()

        await page.route("**/offline/report*", lose)
        await page.context.set_offline(False)
        await view(page, "code")
        await page.fill("#enter #code", CANARY)
        await page.click("#enter .main")
        await page.wait_for_selector("#enter .fault")
        await page.fill("#enter #code", CODE)
        await page.click("#enter .main")
        await until(lambda: len(lost) == 1)
        for _ in range(9):
            await notice(page, "no_line")
            await page.click("#send-all")
        await notice(page, "no_line")
        await page.click("#send-all")
        await notice(page, "arrived")
        assert len(lost) == 10
        assert len(set(lost)) == 1
        assert await page.get_attribute("#notice-to", "href") == "/days/session/1?lang=es"
        assert (await page.evaluate(DUMPED))["databases"]["kept/items"] == []
        assert CANARY not in " ".join(visit.asked)
    assert tracking.done == [("commitment/reports", SENT)]


async def test_what_is_frozen_is_changed_by_nobody_and_what_was_refused_is_corrected_under_a_new_key(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await write(page, minutes="cuatro")
        await page.click("#send")
        await page.wait_for_selector("#minutes-fault")
        await page.fill("#minutes", "260")
        tracking.is_away = True
        await page.click("#send")
        await notice(page, "away")
        await page.click("#list button")
        assert await page.is_disabled("#minutes")
        await page.click("#back")
        tracking.is_away = False
        tracking.refuses = problem(422, "longer-than-the-day", "Es demasiado.", "body.minutes")
        await page.click("#send-all")
        await view(page, "write")
        assert await page.inner_text("#minutes-fault") == "Es demasiado."
        assert await page.is_enabled("#minutes")
        tracking.refuses = None
        await page.fill("#minutes", "250")
        await page.click("#send")
        await notice(page, "arrived")
    assert [body["minutes"] for _, body in tracking.done] == [250]


async def test_rule_8_what_stands_already_comes_back_and_goes_out_when_it_is_said_to_be_another(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        for _ in range(2):
            await write(page)
            assert not await page.is_visible("#another_session")
            await page.click("#send")
            await page.wait_for_selector("#notice:not([hidden]), #another_session-fault")
        assert await page.inner_text("#another_session-fault") == REPORTED_ALREADY
        assert DAYS["es"].fields["another_session"].label in await page.inner_text(".summary:visible")
        await page.check("#another_session")
        await page.click("#back")
        await page.click("#list button")
        assert await page.is_checked("#another_session")
        await page.click("#send")
        await notice(page, "arrived")
    assert [body for _, body in tracking.done] == [SENT, {**SENT, "another_session": True}]


async def test_a_session_that_was_planned_can_be_reported_as_that_one_without_a_line(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    id = tracking.session("planned", planned_on="2020-01-18")["session_id"]
    async with opted_in(house, browser) as visit:
        page = visit.page
        await page.click("#new")
        await page.wait_for_selector("#about")
        await page.context.set_offline(True)
        await page.reload()
        await unlock(page)
        await view(page, "list")
        await write(page)
        await page.select_option("#about", label=WORDS.script.planned.format(day="18 de enero de 2020"))
        await page.click("#send")
        await notice(page, "no_line")
        assert id not in json.dumps((await page.evaluate(DUMPED))["databases"])
        await page.context.set_offline(False)
        await notice(page, "arrived")
    assert tracking.done == [(f"commitment/sessions/{id}/report", SENT)]


async def test_one_press_deletes_everything_opened_or_not(house: Any, browser: Browser, tracking: FakeTracking) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await write(page)
        await page.click("#back")
        await page.click('[data-view="list"] .delete-all button')
        await notice(page, "deleted")
        assert await page.evaluate(LEFT) == NOTHING
        await keep(page)
        await view(page, "list")
        await write(page)
        await page.reload()
        await view(page, "locked")
        await page.click('[data-view="locked"] .delete-all button')
        await notice(page, "deleted")
        assert await page.evaluate(LEFT) == NOTHING


async def test_what_was_deleted_in_another_window_is_not_written_anew_by_this_one(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with opted_in(house, browser) as visit:
        await write(visit.page)
        other = await visit.page.context.new_page()
        await other.goto(f"{visit.site}/offline?lang=es")
        await view(other, "locked")
        await other.click('[data-view="locked"] .delete-all button')
        await notice(other, "deleted")
        await visit.page.fill("#description", f"{CANARY} otra vez")
        await notice(visit.page, "gone")
        assert await other.evaluate(LEFT) == NOTHING


async def test_leaving_at_once_closes_what_was_opened(house: Any, browser: Browser, tracking: FakeTracking) -> None:
    async with opted_in(house, browser) as visit:
        await write(visit.page)
        await visit.page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="Sunny"))
        for _ in range(3):
            await visit.page.keyboard.press("Escape")
        await visit.page.wait_for_url("**/harmless")
        assert CANARY not in await visit.page.content()
        await visit.page.goto(f"{visit.site}/offline?lang=es")
        await view(visit.page, "locked")
        assert CANARY not in await visit.page.content()
        assert house.sessions == {}


async def test_what_was_opened_is_closed_after_ten_idle_minutes_and_nothing_of_it_is_lost(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await page.clock.install()
        await page.reload()
        await unlock(page)
        await view(page, "list")
        await write(page)
        await page.clock.fast_forward(599_000)
        assert await page.is_visible("#description")
        await page.clock.fast_forward(2_000)
        await view(page, "locked")
        assert await page.input_value("#description") == ""
        await unlock(page)
        await page.click("#list button")
        assert await page.input_value("#description") == CANARY


async def test_without_script_the_page_says_what_it_needs_and_leads_to_the_form_that_needs_a_line(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with visiting(house, browser, java_script_enabled=False) as visit:
        await visit.send("/?lang=es", code=CODE)
        text = await visit.visible_text("/offline?lang=es")
        assert (WORDS.unable.title in text, WORDS.begin.lead in text) == (True, False)
        await visit.page.click("main a.button")
        assert await visit.page.is_visible("#held_on")


async def test_a_report_is_kept_and_sent_by_keyboard_alone(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    async with visiting(house, browser) as visit:
        page = visit.page
        await visit.send("/?lang=es", code=CODE)
        await visit.visible_text("/offline?lang=es")
        for field in ("#passphrase", "#again"):
            await visit.tab_to(field)
            await page.keyboard.type(PASSPHRASE)
        await page.keyboard.press("Enter")
        await view(page, "list")
        await visit.tab_to("#new")
        await page.keyboard.press("Enter")
        await view(page, "write")
        await page.fill("#held_on", "2020-01-18")
        for field, text in (("#minutes", "260"), ("#people", "14")):
            await visit.tab_to(field)
            await page.keyboard.type(text)
        await visit.tab_to("[name=format]")
        await page.keyboard.press("Space")
        await visit.tab_to("#description")
        await page.keyboard.type(CANARY)
        await visit.tab_to("#send")
        await page.keyboard.press("Enter")
        await notice(page, "arrived")
    assert tracking.done == [("commitment/reports", SENT)]


async def test_no_view_has_a_barrier_or_scrolls_sideways_in_either_theme(
    house: Any, browser: Browser, tracking: FakeTracking
) -> None:
    found: list[str] = []
    async with visiting(house, browser, viewport=NARROW) as visit:
        page = visit.page
        await visit.send("/?lang=fr", code=CODE)
        await visit.visible_text("/offline?lang=fr")
        await keep(page, "court")
        found += await visit.faults_at_widths("begin, refused")
        await page.click("#suggest")
        await keep(page)
        await view(page, "list")
        found += await visit.faults_at_widths("an empty list")
        await write(page, people="")
        await page.click("#send")
        await page.wait_for_selector("#people-fault")
        found += await visit.faults_at_widths("write, refused")
        await page.fill("#people", "14")
        house.later(minutes=11)
        await page.click("#send")
        await view(page, "code")
        await page.click("#enter .main")
        await page.wait_for_selector("#enter .fault")
        found += await visit.faults_at_widths("code, refused")
        await page.click("#not-now")
        found += await visit.faults_at_widths("a list")
        await page.click("#list button")
        found += await visit.faults_at_widths("frozen")
        await page.reload()
        await view(page, "locked")
        found += await visit.faults_at_widths("locked")
    assert found == []
