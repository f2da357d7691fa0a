"""Staff sign in on the stack of a laptop: the portal, the desk and a real provider, over HTTP and in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from relevo_deploy.embedded.stack import Stack
from relevo_deploy.embedded.staff import ACCOUNTS
from relevo_testkit.browsing import chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack")
    async with Stack(folder, services=("portal",), sign_in=True) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as made:
        yield made


async def test_staff_walk_in_by_a_button_and_find_their_first_page(stack: Stack) -> None:
    site = stack.place.site
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        led = await http.get(f"{site}/staff/in?lang=en")
        asked = await http.get(led.headers["location"])
        page = await http.get(urljoin(str(asked.url), asked.headers["location"]))
        assert all(f"{each.title} – {each.name}" in unescape(page.text) for each in ACCOUNTS)
        pressed = await http.post(page.url, data={"who": "ana"})
        back = await http.get(pressed.headers["location"])
        assert back.headers["location"].startswith(f"{site}/staff/back?")
        entered = await http.get(back.headers["location"])
        assert (entered.status_code, entered.headers["location"]) == (303, "/staff/home?lang=en")
        home = await http.get(f"{site}/staff/home?lang=en")
        assert (home.status_code, "Ana Ejemplo" in home.text, "coordinator" in home.text) == (200, True, True)


async def test_somebody_signs_in_and_out_in_a_browser_without_script_and_has_to_say_anew_who_it_is(
    stack: Stack, browser: Browser
) -> None:
    site = stack.place.site
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site}/staff?lang=en")
    await page.click("main a.button")
    await page.click("text=Auditor – Gabriela Ejemplo")
    assert await page.inner_text("h1") == "Gabriela Ejemplo"
    await page.click("text=Sign out")
    await page.click("button:has-text('Sign out')")
    await page.wait_for_url(f"{site}/staff/left*")
    await page.goto(f"{site}/staff/in?lang=en")
    assert await page.inner_text("h1") == "Who are you?"
    await page.click("text=Nobody in the course")
    assert "no part in the course" in await page.inner_text("[role=alert]")
    await context.close()


async def test_a_token_by_command_is_of_the_same_issuer(stack: Stack) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        document = (await http.get(f"{stack.url('desk')}/.well-known/openid-configuration")).json()
        assert document["authorization_endpoint"] == f"{stack.url('provider')}/auth"
        async with stack.desk() as desk:
            token = await desk.token("ana", ("coordinator",), ("portal",))
        path = f"{stack.url('portal')}/editions/{'0' * 32}/overview"
        answer = await http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
