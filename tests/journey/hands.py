"""Somebody in a browser, in front of the portal's pages: with script, without, or by the keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Literal

import pytest
from playwright.async_api import Browser, Error, Page, Route

from relevo_chassis.languages import LANGUAGES, Language

Way = Literal["script", "plain", "keyboard"]
"""How somebody uses the pages; ``plain`` is with the hand and without script."""


class Hands:
    """Whoever sits there. Each page that they open is in another language than the one before."""

    def __init__(self, page: Page, site: str, way: Way, first: Language) -> None:
        self.page, self.site, self.way, self.language = page, site, way, first
        self.addresses: list[str] = []
        self.titles: set[str] = set()
        at = LANGUAGES.index(first)
        self._languages = cycle((*LANGUAGES[at:], *LANGUAGES[:at]))
        page.on("request", lambda request: self.addresses.append(request.url))

    async def open(self, path: str) -> str:
        """What the page says."""
        self.language = next(self._languages)
        await self.page.goto(f"{self.site}{path}?lang={self.language}")
        return await self.text()

    async def text(self) -> str:
        """What is there to be read now."""
        self.titles.add(await self.page.title())
        return await self.page.inner_text("body")

    async def press(self, selector: str) -> str:
        """Follow a link or press a button; what the page says that it leads to."""
        async with self.page.expect_navigation():
            if self.way == "keyboard":
                await self._tab_to(selector)
                await self.page.keyboard.press("Enter")
            else:
                await self.page.click(selector)
        return await self.text()

    async def send(self, button: str = "main form .button.main", **fields: str) -> str:
        """Fill in the form of the page, in the order of its fields, and send it; what the page says that comes."""
        await self.fill(**fields)
        return await self.press(button)

    async def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            await self._fill(name, value)

    async def send_over_a_line_that_drops(self, **fields: str) -> str:
        """The same, and the answer to what was sent never comes; the browser is asked to send it once more."""
        here = self.page.url

        async def swallow(route: Route) -> None:
            await route.fetch(max_redirects=0)
            await route.abort("connectionreset")

        await self.page.route(here, swallow)
        with pytest.raises(Error, match="ERR_CONNECTION_RESET"):
            await self.send(**fields)
        await self.page.unroute(here)
        await self.page.reload()
        return await self.text()

    async def _fill(self, name: str, value: str) -> None:
        field = self.page.locator(f"main [name='{name}']").first
        kind = await field.evaluate("field => field.type")
        if kind in ("radio", "checkbox"):
            await self._choose(name, value, kind)
        elif self.way != "keyboard":
            await (field.select_option(value) if kind == "select-one" else field.fill(value))
        else:
            await self._tab_to(f"[name='{name}']")
            await self._type(name, value, kind)
        assert kind in ("radio", "checkbox") or await field.input_value() == value

    async def _type(self, name: str, value: str, kind: str) -> None:
        keyboard = self.page.keyboard
        if kind == "select-one":
            await keyboard.type(await self.page.inner_text(f"[name='{name}'] option[value='{value}']"))
        elif kind == "date":
            year, month, day = value.split("-")
            await keyboard.type(month + day + year)
        else:
            await keyboard.press("Control+A")
            await keyboard.type(value)

    async def _choose(self, name: str, value: str, kind: str) -> None:
        one = f"main [name='{name}'][value='{value}']"
        if self.way != "keyboard":
            await self.page.check(one)
            return
        await self._tab_to(f"[name='{name}']" if kind == "radio" else one)
        for _ in range(12):
            if await self.page.evaluate("document.activeElement.value") == value:
                break
            await self.page.keyboard.press("ArrowDown")
        if not await self.page.is_checked(one):
            await self.page.keyboard.press("Space")
        assert await self.page.is_checked(one)

    async def _tab_to(self, selector: str) -> None:
        for _ in range(150):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab does not lead to {selector} on {self.page.url}")


@asynccontextmanager
async def sitting(browser: Browser, site: str, way: Way, first: Language) -> AsyncIterator[Hands]:
    """Somebody with a browser of their own for as long."""
    context = await browser.new_context(java_script_enabled=way != "plain", locale="en-US")
    context.set_default_timeout(20_000)
    try:
        yield Hands(await context.new_page(), site, way, first)
    finally:
        await context.close()
