"""Somebody reports where there is no line, and sends it when there is one again: the answer is lost once."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from playwright.async_api import Page, Route
from tests.journey.hands import Hands

from relevo_portal.words.offline import TEXTS

BOARD = """() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2000, 1500];
  const context = canvas.getContext("2d");
  context.fillStyle = "#1b4332";
  context.fillRect(0, 0, 2000, 1500);
  context.fillStyle = "#fff";
  context.font = "120px sans-serif";
  context.fillText("Derechos del río", 200, 600);
  return canvas.toDataURL("image/jpeg").split(",")[1];
}"""
PASSPHRASE = "cinco palabras que nada tienen que ver"


async def report_without_a_line(hands: Hands, fields: Mapping[str, str], description: str) -> None:
    """The session that was planned, written on the device after a passphrase was chosen there."""
    page = hands.page
    await hands.open("/offline")
    await page.fill("#passphrase", PASSPHRASE)
    await page.fill("#again", PASSPHRASE)
    await page.click("#begin .main")
    await page.click("#new")
    await page.wait_for_selector("#about")
    await page.context.set_offline(True)
    await page.select_option("#about", index=1)
    for name in ("held_on", "minutes", "people"):
        await page.fill(f"#{name}", fields[name])
    await page.check(f"#format-{fields['format']}")
    await page.fill("#description", description)
    await _photograph(page)
    await page.click("#send")
    await page.wait_for_selector("#notice")
    await _sent_when_the_line_is_back(page)
    assert TEXTS[hands.language].script.notices["arrived"].title in await page.inner_text("#notice")
    await page.click("#notice-to")
    await page.wait_for_url("**/days/session/1*")


async def _photograph(page: Page) -> None:
    """A picture that shows no people, drawn anew on the device."""
    content = base64.b64decode(await page.evaluate(BOARD))
    await page.check("#no_people")
    await page.set_input_files("#picture", {"name": "board.jpg", "mimeType": "image/jpeg", "buffer": content})
    await page.wait_for_selector("#pictures li")


async def _sent_when_the_line_is_back(page: Page) -> None:
    lost: list[str] = []

    async def swallow(route: Route) -> None:
        await route.fetch()
        lost.append(route.request.url)
        await route.abort("connectionreset")

    await page.route("**/offline/report*", swallow, times=1)
    await page.context.set_offline(False)
    await page.wait_for_selector("#notice", state="hidden")
    await page.wait_for_selector("#notice")
    assert len(lost) == 1
    await page.click("#send-all")
    await page.wait_for_selector("#notice-to")
