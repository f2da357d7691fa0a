"""Pages in a browser, and what finds barriers in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page, Request, ViewportSize

from relevo_servers import browser, free_port
from relevo_servers.node import node_modules
from relevo_testkit.serving import listening

WIDTHS = (320, 768, 1280)
"""In CSS pixels: a narrow telephone, a tablet, a desk."""
NARROW: ViewportSize = {"width": WIDTHS[0], "height": 740}
_STOPS = 60
_AXE = Path(__file__).parent / "axe"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_EVERYTHING: Mapping[str, Any] = {"runOnly": {"type": "tag", "values": _TAGS}}
"""WCAG 2.2 AA, and good practice."""
_COLOURS: Mapping[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@cache
def _axe() -> str:
    return (node_modules(_AXE) / "axe-core" / "axe.min.js").read_text("utf-8")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; a test that needs it is skipped where it does not run."""
    async with AsyncExitStack() as stack:
        try:
            made = await stack.enter_async_context(browser.chromium())
        except browser.BrowserDoesNotRun as missing:
            pytest.skip(str(missing))
        yield made


class Visit:
    """A page, with every address that was asked for and every complaint of the browser."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._noted)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _noted(self, request: Request) -> None:
        self.asked.append(request.url)

    async def open(self, link: str) -> str:
        """What a page says as soon as it is there."""
        await self.page.goto(self.site + link)
        return await self.page.inner_text("body")

    async def visible_text(self, link: str) -> str:
        """What a page says when its scripts have asked for nothing more."""
        await self.page.goto(self.site + link)
        await self.page.wait_for_load_state("networkidle")
        return await self.page.inner_text("body")

    async def press(self, selector: str = "main form button") -> None:
        """Follow a link or press a button that leads to a page, and wait for that page."""
        async with self.page.expect_navigation():
            await self.page.click(selector)

    async def send(self, link: str, **fields: str) -> None:
        """Open a page, fill in its fields by their names and send its first form."""
        await self.open(link)
        for name, text in fields.items():
            await self.page.fill(f"main [name='{name}']", text)
        await self.press()

    async def tab_to(self, selector: str) -> None:
        """Press Tab until it has the focus."""
        for _ in range(_STOPS):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    async def wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    async def faults(self, page: str) -> list[str]:
        """What keeps somebody from using the page as it stands, in either theme; ``page`` says which it is.

        All that the dark theme changes are colours, so that there only they are looked at again.
        """
        await self.page.wait_for_load_state()
        found = [f"{page} scrolls sideways"] if await self.wide() else []
        found += [f"{page}, light: {each}" for each in await self.barriers()]
        await self.page.emulate_media(color_scheme="dark")
        found += [f"{page}, dark: {each}" for each in await self.barriers(_COLOURS)]
        await self.page.emulate_media(color_scheme="light")
        return found

    async def faults_at_widths(self, page: str) -> list[str]:
        """The same of a telephone, a tablet and a desk: the page is laid out anew for each, and left as it was."""
        before = self.page.viewport_size
        assert before is not None
        found = []
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": before["height"]})
            found += await self.faults(f"{page} at {width} px")
        await self.page.set_viewport_size(before)
        return found

    async def barriers(self, looked_for: Mapping[str, Any] = _EVERYTHING) -> list[str]:
        """What axe-core finds on the page as it stands, each with where it is.

        It is put in beside the page's own policy, which lets no other script in.
        """
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(_axe())
        found: dict[str, Any] = await self.page.evaluate(
            "options => axe.run(document, {...options, resultTypes: ['violations']})", looked_for
        )
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]


@asynccontextmanager
async def visiting(app: FastAPI, browser: Browser, **how: Any) -> AsyncIterator[Visit]:
    """A visit to an application that is served for as long; ``how`` is said of the browser's context."""
    port = free_port()
    async with listening(app, port):
        context = await browser.new_context(**how)
        try:
            yield Visit(await context.new_page(), f"http://127.0.0.1:{port}")
        finally:
            await context.close()
