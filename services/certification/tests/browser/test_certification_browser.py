"""The verification page in a browser: the paper opens the name printed on it, and nobody else does."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import pytest_asyncio
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Error, Page, Request, async_playwright

from relevo_certification.assets.__main__ import npm
from relevo_servers import free_port
from relevo_testkit.serving import listening

CHROMIUM = Path(__file__).parent
CANARY = "Zoraida Canario-Zafiro Ñuflo"
SITE = "https://certificados.oas.test"


def executable() -> str:
    """Where the browser lies; installed and unpacked if it is not yet."""
    if not (CHROMIUM / "node_modules").is_dir():
        subprocess.run([*npm(), "ci"], cwd=CHROMIUM, check=True, capture_output=True)  # noqa: S603
    unpacked = CHROMIUM / "node_modules" / ".unpacked"
    unpacked.mkdir(exist_ok=True)
    node = npm()[0] if len(npm()) > 1 else "node"
    ran = subprocess.run(  # noqa: S603
        [node, "executable.mjs"], cwd=CHROMIUM, check=True, capture_output=True, text=True,
        env={**os.environ, "TMPDIR": str(unpacked)},
    )  # fmt: skip
    return ran.stdout


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        try:
            path = await asyncio.to_thread(executable)
            made = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except (Error, OSError, subprocess.CalledProcessError) as failed:
            pytest.skip(f"the browser of @sparticuz/chromium does not run on this machine: {type(failed).__name__}")
        yield made
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

    async def shown(self, link: str) -> str:
        await self.page.goto(self.site + link)
        await self.page.wait_for_load_state("networkidle")
        return await self.page.inner_text("body")

    async def wide(self) -> bool:
        return bool(await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@asynccontextmanager
async def visiting(house: Any, browser: Browser, **how: Any) -> AsyncIterator[Visit]:
    port = free_port()
    async with listening(house.stand.app, port):
        context = await browser.new_context(**how)
        yield Visit(await context.new_page(), f"http://127.0.0.1:{port}")
        await context.close()


async def scanned(house: Any, number: int) -> str:
    """The link in the QR code of the holder's own paper, as a phone reads it."""
    path = "/me/certificate/certificate.pdf"
    pdf = (await house.stand.http.get(path, headers=house.holder(number))).content
    page: Any = pymupdf.open(stream=pdf)[0].get_pixmap(dpi=200)  # type: ignore[no-untyped-call]
    [code] = zxingcpp.read_barcodes(Image.frombytes("RGB", (page.width, page.height), page.samples))
    return str(code.text).removeprefix(SITE)


@pytest.mark.parametrize(
    ("width", "language", "compare"), [(360, "es", "Compare este nombre"), (1280, "fr", "Comparez ce nom")]
)
async def test_rule_18_the_paper_opens_the_name_printed_on_it_and_the_key_goes_nowhere(
    house: Any, browser: Browser, width: int, language: str, compare: str
) -> None:
    await house.issued(0, CANARY, named=False)
    path, _, key = (await scanned(house, 0)).partition("#")
    assert len(key) == 22
    async with visiting(house, browser, viewport={"width": width, "height": 740}) as visit:
        text = await visit.shown(f"{path}?lang={language}#{key}")
        assert CANARY in text
        assert compare in text
        assert not await visit.wide()
        assert all(key not in asked and asked.startswith(visit.site) for asked in visit.asked)
        assert visit.complaints == []
        await visit.page.click("nav a[hreflang=en]")
        assert await visit.page.inner_text("#holder") == CANARY
        assert "Valid certificate" in await visit.page.inner_text("h1")


async def test_rule_18_who_has_only_the_link_or_another_papers_code_is_told_no_name(
    house: Any, browser: Browser
) -> None:
    await house.issued(0, CANARY, named=False)
    await house.issued(1, "Otra Persona", named=False)
    own, other = await scanned(house, 0), await scanned(house, 1)
    async with visiting(house, browser) as visit:
        path, key = own.partition("#")[0], other.partition("#")[2]
        text = await visit.shown(f"{path}?lang=en")
        assert "Not shown here" in text
        for wrong in (key, "x", "%00", own.partition("#")[2][:-1]):
            text = await visit.shown(f"{path}?lang=en#{wrong}")
            await visit.page.reload()
            assert "does not open the printed name" in await visit.page.inner_text("body")
        assert "Zoraida" not in text


async def test_without_script_the_page_says_that_the_name_needs_it(house: Any, browser: Browser) -> None:
    await house.issued(0, CANARY, named=False)
    path, _, key = (await scanned(house, 0)).partition("#")
    async with visiting(house, browser, java_script_enabled=False) as visit:
        text = await visit.shown(f"{path}?lang=en#{key}")
        assert "this page needs JavaScript" in text
        assert "Valid certificate" in text
        assert "Zoraida" not in text


async def test_rule_18_old_papers_say_that_they_were_replaced_and_open_no_name(house: Any, browser: Browser) -> None:
    await house.issued(0, CANARY, named=False)
    old = await scanned(house, 0)
    path = "/me/certificate/choose-display"
    assert (await house.stand.post(path, {"display": "unnamed"}, headers=house.holder(0))).status_code == 200
    async with visiting(house, browser) as visit:
        text = await visit.shown(old)
        assert "Sustituido por un certificado corregido" in text
        assert "Zoraida" not in text
        assert await visit.page.query_selector("script") is None
        assert "Zoraida" in await visit.shown(await scanned(house, 0))
