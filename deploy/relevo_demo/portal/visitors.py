"""Who uses the portal's pages in the replay, each with hands of their own, and what there is to be searched of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpx

from relevo_demo.people import Person
from relevo_demo.portal.forms import ByForms
from relevo_demo.portal.hands import Hands

if TYPE_CHECKING:
    from playwright.async_api import Browser

TITLE = "Relevo"


class Left(NamedTuple):
    """What one visitor left: the addresses that were asked for, the titles of the windows, what lies in the browser."""

    language: str
    addresses: list[str]
    titles: list[str]
    kept: str


class Visitors:
    """Those who use the pages. ``because`` says why none of them has a browser; empty when they do."""

    def __init__(self, site: str, client: httpx.AsyncClient, browser: Browser | None, because: str = "") -> None:
        self._site, self._client, self._browser, self.because = site, client, browser, because
        self._hands: dict[int, Hands] = {}

    async def hands(self, person: Person) -> Hands:
        """Theirs, the same each time."""
        if person.number not in self._hands:
            self._hands[person.number] = await self._sits_down(person)
        return self._hands[person.number]

    async def left(self) -> list[Left]:
        return [Left(each.language, each.addresses, each.titles, await each.kept()) for each in self._hands.values()]

    async def _sits_down(self, person: Person) -> Hands:
        if self._browser is None or person.way is None:
            return ByForms(self._client, self._site, person.pages_in)
        from relevo_demo.portal.browser import InBrowser

        return await InBrowser.sits_down(self._browser, self._site, person.way, person.pages_in)


class NoBrowser(RuntimeError):
    """There is none here; the text says why."""


@asynccontextmanager
async def visitors(site: str, browser: AbstractAsyncContextManager[Browser] | None = None) -> AsyncIterator[Visitors]:
    """In a browser where one runs, such as ``own_browser``; where none does, by forms alone, which is said."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60, trust_env=False))
        try:
            made = await stack.enter_async_context(browser or own_browser())
        except NoBrowser as none:
            yield Visitors(site, client, None, str(none))
        else:
            yield Visitors(site, client, made)


@asynccontextmanager
async def own_browser() -> AsyncIterator[Browser]:
    """The one of npm's. Raises ``NoBrowser``."""
    try:
        from relevo_servers.browser import BrowserDoesNotRun, chromium
    except ImportError as missing:
        raise NoBrowser(f"{missing.name} is not installed") from missing
    async with AsyncExitStack() as stack:
        try:
            made = await stack.enter_async_context(chromium())
        except BrowserDoesNotRun as failed:
            raise NoBrowser(str(failed)) from failed
        yield made
