"""Hands in a browser."""

from __future__ import annotations

import json
from typing import Literal

from playwright.async_api import Browser, Locator, Page

from relevo_demo.api import Misbehaved
from relevo_demo.portal.hands import File, Typed, Way

_WITHIN_MILLISECONDS = 60_000
_STORAGE = """async () => JSON.stringify({
  session: {...sessionStorage}, local: {...localStorage}, name: window.name, caches: await caches.keys(),
})"""


class InBrowser:
    """A window of somebody's own."""

    def __init__(self, page: Page, site: str, language: str) -> None:
        self._page, self._site, self.language = page, site, language
        self.addresses: list[str] = []
        self.titles: list[str] = []
        page.on("request", lambda request: self.addresses.append(request.url))

    @classmethod
    async def sits_down(cls, browser: Browser, site: str, way: Way, language: str) -> InBrowser:
        context = await browser.new_context(java_script_enabled=way == "script", locale=language)
        context.set_default_timeout(_WITHIN_MILLISECONDS)
        return cls(await context.new_page(), site, language)

    @property
    def here(self) -> str:
        return self._page.url

    async def open(self, path: str) -> str:
        return await self.follow(f"{self._site}{path}?lang={self.language}")

    async def follow(self, link: str) -> str:
        await self._page.goto(link)
        return await self._text()

    async def send(self, **fields: Typed) -> str:
        form = await self._form()
        for name, value in fields.items():
            await self._fill(form, name, value)
        async with self._page.expect_navigation() as navigation:
            await form.locator("button").first.click()
        answer, text = await navigation.value, await self._text()
        if not (answer and answer.ok) or await self._page.locator("main [role=alert]").count():
            raise Misbehaved(f"the page {self.here} does not take what was typed: {text}")
        return text

    async def seen(self, selector: Literal["output", "#address"]) -> str:
        part = self._page.locator(selector)
        found = await (part.input_value() if selector == "#address" else part.inner_text())
        return found.strip()

    async def forget(self) -> None:
        await self._page.context.clear_cookies()

    async def kept(self) -> str:
        state = await self._page.context.storage_state(indexed_db=True)
        return json.dumps(state) + str(await self._page.evaluate(_STORAGE))

    async def _form(self) -> Locator:
        """The one with a main button, or else the first with any."""
        main = self._page.locator("main form:has(.button.main)")
        return main.first if await main.count() else self._page.locator("form:has(button)").first

    async def _fill(self, form: Locator, name: str, value: Typed) -> None:
        field = form.locator(f"[name='{name}']").first
        if isinstance(value, File):
            sent = {"name": value.name, "mimeType": value.media, "buffer": value.content}
            return await field.set_input_files(sent)  # type: ignore[arg-type]
        kind = await field.evaluate("field => field.type")
        if kind in ("radio", "checkbox"):
            await form.locator(f"[name='{name}'][value='{value}']").check()
        elif kind == "select-one":
            await field.select_option(value)
        else:
            await field.fill(value)

    async def _text(self) -> str:
        self.titles.append(await self._page.title())
        return await self._page.inner_text("body")
