"""A whole application over a poor line: 50 KB a second, 400 ms away, and dropped when the form had just arrived."""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple

from playwright.async_api import Browser, Page, Response, Route

from relevo_testkit.browsing import Visit, visiting

BYTES_A_SECOND, LATENCY_MS = 50_000, 400
TEXT = "Acompaño desde hace ocho años a comunidades que defienden su río. " * 30


class Weight:
    """What comes over the wire, headers too."""

    def __init__(self, visit: Visit) -> None:
        self._answers: list[Response] = []
        visit.page.on("response", lambda answer: self._answers.append(answer))

    async def kilobytes(self) -> float:
        """Since it was last asked."""
        answers, self._answers[:] = list(self._answers), []
        sizes = [await each.request.sizes() for each in answers]
        return sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes) / 1000


class Dropping:
    """A line that drops when a form that is sent to a path has just arrived: no byte of its answer comes back."""

    def __init__(self) -> None:
        self.dropped = asyncio.Event()

    async def __call__(self, route: Route) -> None:
        if route.request.method != "POST" or self.dropped.is_set():
            return await route.continue_()
        await route.fetch(max_redirects=0)
        await route.abort("internetdisconnected")
        self.dropped.set()


async def slowed(page: Page) -> None:
    """A line at 2G from now on."""
    session = await page.context.new_cdp_session(page)
    speed = {"latency": LATENCY_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", {"offline": False, **speed})


class Applied(NamedTuple):
    """How long a whole application took, the pages' waiting for the line among it, and what came over the wire."""

    seconds: float
    kilobytes: float
    first_visit_kilobytes: float
    heading: str


async def pressed(page: Page, selector: str = "main form button.main") -> None:
    await page.click(selector)
    await page.wait_for_load_state()


async def applied(house: Any, applying: Any, browser: Browser, *, again: str) -> Applied:
    """From the call to what is said when it is in. When the answer was lost, its person loads the page ``again``:
    they send the same form once more ("reload"), or go back to where they were ("back")."""
    dropping, call_id, began = Dropping(), applying.opened(), time.monotonic()
    async with visiting(house.stand.app, browser) as visit:
        page, weight = visit.page, Weight(visit)
        await slowed(page)
        await visit.open(f"/calls/{call_id}?lang=es")
        await pressed(page)
        code = (await page.inner_text("output")).strip()
        await pressed(page, "main a.main")
        await page.fill("#last", code[-7:])
        await pressed(page)
        first_visit = await weight.kilobytes()
        await _written(page)
        await page.check("#consent")
        await page.route("**/apply/5*", dropping)
        await page.click("main form button.main", no_wait_after=True)
        await asyncio.wait_for(dropping.dropped.wait(), 30)
        await page.wait_for_function("location.protocol === 'chrome-error:'")
        await (page.reload() if again == "reload" else page.goto(f"{visit.site}/apply/5?lang=es"))
        heading = await page.inner_text("h1")
        return Applied(time.monotonic() - began, first_visit + await weight.kilobytes(), first_visit, heading)


async def _written(page: Page) -> None:
    """The four pages, as far as where all is looked over."""
    await page.fill("#name", "Ana Ejemplo")
    await page.select_option("#country", "HN")
    await pressed(page)
    await page.check("#themes-environment")
    await page.fill("#experience", TEXT)
    await pressed(page)
    await page.fill("#motivation", TEXT)
    await page.fill("#multiplier_idea", TEXT)
    await pressed(page)
    await pressed(page)
