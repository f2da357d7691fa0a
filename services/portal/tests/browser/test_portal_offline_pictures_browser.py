"""Pictures that are taken where there is no line: drawn anew, sealed, sent after their report, each once."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import Request
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, FilePayload, Page, Route

from relevo_chassis.ids import new_id
from relevo_testkit.browsing import NARROW

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.browser.without_a_line import (
        CANARY,
        CODE,
        DUMPED,
        WORDS,
        notice,
        opted_in,
        unlock,
        view,
        write,
    )
    from tests.fake_services import problem
    from tests.tracking import ASKED_AT, FakeTracking
else:
    from services.portal.tests.browser.without_a_line import (
        CANARY,
        CODE,
        DUMPED,
        WORDS,
        notice,
        opted_in,
        unlock,
        view,
        write,
    )
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import ASKED_AT, FakeTracking

DRAWN = """() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2400, 1800];
  const context = canvas.getContext("2d");
  context.fillStyle = "#1f4e79";
  context.fillRect(0, 0, 2400, 1800);
  context.fillStyle = "#fff";
  context.fillRect(400, 300, 1200, 900);
  return canvas.toDataURL("image/jpeg").split(",")[1];
}"""


class Gallery(FakeTracking):
    """Multiplier tracking with the pictures that it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[tuple[str, str, bytes]] = []
        self.accepts_pictures = True

    async def _do(self, path: str, request: Request) -> Any:
        if not path.endswith("/pictures"):
            return await super()._do(path, request)
        if not self.accepts_pictures:
            return problem(409, "pictures-are-over", "Ya se decidió.")
        assert request.url.query == "shows_no_people=true"
        self.pictures.append((path.split("/")[2], request.headers["idempotency-key"], await request.body()))
        made = {"picture_id": new_id(), "size_bytes": 400, "width": 160, "height": 120, "added_at": ASKED_AT}
        return JSONResponse(made, 201)


@pytest.fixture
def tracking(house: Any) -> Gallery:
    fake = Gallery()
    house.serve("multiplier_tracking", fake.app)
    house.intake.enrolled(CODE)
    fake.opened()
    return fake


async def photograph(page: Page) -> FilePayload:
    """As a camera writes it: with more than is to be seen."""
    jpeg = base64.b64decode(await page.evaluate(DRAWN))
    exif = b"Exif\0\0" + CANARY.encode()
    content = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    return {"name": f"{CANARY}.jpg", "mimeType": "image/jpeg", "buffer": content}


async def add(page: Page, count: int = 1) -> None:
    for _ in range(count):
        at = await page.locator("#pictures li").count()
        await page.check("#no_people")
        await page.set_input_files("#picture", await photograph(page))
        await page.locator("#pictures li").nth(at).wait_for()


async def test_a_picture_is_kept_once_its_sender_affirmed_that_it_shows_nobody_and_never_as_the_camera_wrote_it(
    house: Any, browser: Browser, tracking: Gallery
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await page.context.set_offline(True)
        await write(page)
        await page.set_input_files("#picture", await photograph(page))
        await page.wait_for_selector(f'#picture-fault >> text="{WORDS.script.pictures["affirm"]}"')
        await page.check("#no_people")
        text: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
        await page.set_input_files("#picture", text)
        await page.wait_for_selector(f'#picture-fault >> text="{WORDS.script.pictures["unusable"]}"')
        await add(page, 4)
        await page.check("#no_people")
        await page.set_input_files("#picture", await photograph(page))
        await page.wait_for_selector(f'#picture-fault >> text="{WORDS.script.pictures["many"]}"')
        found = (await page.evaluate(DUMPED))["databases"]
        assert [(len(id), (each["bytes"] - 28) % 65_536) for id, each in found["kept/pieces"]] == [(32, 0)] * 4
        assert not [each for each in (CANARY, "Exif", "JFIF") if each in json.dumps(found)]
        await page.click("#pictures li:first-child button")
        await page.locator("#pictures li").nth(3).wait_for(state="detached")
        assert len((await page.evaluate(DUMPED))["databases"]["kept/pieces"]) == 3
        await page.click("#remove summary")
        await page.click("#remove-one")
        await view(page, "list")
        assert [(await page.evaluate(DUMPED))["databases"][f"kept/{each}"] for each in ("items", "pieces")] == [[], []]


async def test_pictures_go_after_their_report_each_under_its_key_and_only_as_they_were_drawn_anew(
    house: Any, browser: Browser, tracking: Gallery
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await write(page)
        await add(page, 2)
        lost: list[str] = []

        async def lose(route: Route) -> None:
            if len(lost) == 2:
                await route.continue_()
                return
            await route.fetch()
            lost.append(route.request.url)
            await route.abort()

        await page.route("**/offline/picture*", lose)
        await page.click("#send")
        await notice(page, "no_line")
        assert WORDS.script.states["pictures"] in await page.inner_text("#list")
        await page.reload()
        await unlock(page)
        await notice(page, "no_line")
        await page.click("#send-all")
        await notice(page, "arrived")
        found = (await page.evaluate(DUMPED))["databases"]
        assert (found["kept/items"], found["kept/pieces"]) == ([], [])
    assert len(tracking.done) == 1
    assert tracking.commitment is not None
    [session] = tracking.commitment["sessions"]
    sent = tracking.pictures
    assert [id for id, _, _ in sent] == [session["session_id"]] * 4
    assert [key for _, key, _ in sent] == [sent[0][1]] * 3 + [sent[3][1]]
    assert len({content for _, _, content in sent[:3]}) == 1
    for _, _, content in sent:
        assert content.startswith(b"\xff\xd8\xff")
        assert not [each for each in (CANARY.encode(), b"Exif") if each in content]
        assert len(content) < 400_000


async def test_a_picture_that_was_refused_stays_with_its_reason_until_its_person_removes_it(
    house: Any, browser: Browser, tracking: Gallery
) -> None:
    async with opted_in(house, browser) as visit:
        page = visit.page
        await write(page)
        await add(page)
        tracking.accepts_pictures = False
        await page.click("#send")
        await notice(page, "not_taken")
        assert await page.is_hidden("#send-all")
        await page.click("#list button")
        assert await page.inner_text("#pictures .fault") == "Ya se decidió."
        await page.click("#pictures button")
        await view(page, "list")
        assert (await page.evaluate(DUMPED))["databases"]["kept/pieces"] == []
        assert await page.is_visible("#none")


async def test_pictures_have_no_barrier_and_nothing_scrolls_sideways_in_either_theme(
    house: Any, browser: Browser, tracking: Gallery
) -> None:
    async with opted_in(house, browser, "es", viewport=NARROW) as visit:
        await write(visit.page)
        await add(visit.page)
        await visit.page.set_input_files("#picture", await photograph(visit.page))
        await visit.page.wait_for_selector("#picture-fault")
        found = await visit.faults_at_widths("pictures")
        tracking.accepts_pictures = False
        await visit.page.click("#send")
        await notice(visit.page, "not_taken")
        await visit.page.click("#list button")
        found += await visit.faults_at_widths("a picture that was not taken")
    assert found == []
