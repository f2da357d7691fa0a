"""Pages in a browser, and what finds barriers in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page, Request

from relevo_servers import browser, free_port
from relevo_servers.browser import node_modules
from relevo_testkit.serving import listening

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
