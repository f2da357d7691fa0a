"""What a person does who keeps reports on their device, and what is found there; for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page

from relevo_portal.words.offline import TEXTS
from relevo_testkit.browsing import Visit
from relevo_testkit.browsing import visiting as visiting_app

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "CANARIO-ZAFIRO-ZZ"
PASSPHRASE = "cinco palabras que nada tienen que ver"
WORDS = TEXTS["es"]
LEFT = """async () => ({
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  local: localStorage.length, session: sessionStorage.length,
})"""
NOTHING = {"databases": 0, "caches": 0, "workers": 0, "local": 0, "session": 0}
DUMPED = """async () => {
  const asked = request => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const text = bytes => Array.from(bytes, byte => String.fromCharCode(byte)).join("");
  const each = value => Object.fromEntries(Object.entries(value).map(([name, of]) => [name, plain(of)]));
  const plain = value => value instanceof Uint8Array ? { bytes: value.length, text: text(value) }
    : typeof value === "object" ? each(value) : value;
  const found = { databases: {}, caches: {} };
  for (const { name } of await indexedDB.databases()) {
    const database = await asked(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = database.transaction(store).objectStore(store);
      const [keys, values] = [await asked(rows.getAllKeys()), await asked(rows.getAll())];
      found.databases[`${name}/${store}`] = keys.map((key, at) => [key, plain(values[at])]);
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found.caches[request.url] = await (await cache.match(request)).text();
    }
  }
  return found;
}"""


@asynccontextmanager
async def visiting(house: Any, browser: Browser, **how: Any) -> AsyncIterator[Visit]:
    """A visit to the portal, which knows itself by the site that the browser sees: scripts say where they send from."""
    async with visiting_app(house.stand.app, browser, **how) as visit:
        settings = house.stand.app.state.shell.equipment.settings
        house.equipped(settings=settings.model_copy(update={"public_url": visit.site}))
        yield visit


async def view(page: Page, name: str) -> None:
    await page.wait_for_selector(f'[data-view="{name}"]:not([hidden])', timeout=15_000)


async def keep(page: Page, passphrase: str = PASSPHRASE) -> None:
    """Opt in."""
    await view(page, "begin")
    await page.fill("#passphrase", passphrase)
    await page.fill("#again", passphrase)
    await page.click("#begin .main")


@asynccontextmanager
async def opted_in(house: Any, browser: Browser, language: str = "es", **how: Any) -> AsyncIterator[Visit]:
    """A visit of whoever keeps reports on their device, at what is kept there."""
    async with visiting(house, browser, **how) as visit:
        await visit.send(f"/?lang={language}", code=CODE)
        await visit.visible_text(f"/offline?lang={language}")
        await keep(visit.page)
        await view(visit.page, "list")
        yield visit


async def write(page: Page, **changed: str) -> None:
    """A report, as far as it is kept."""
    await page.click("#new")
    await view(page, "write")
    for name, text in {"held_on": "2020-01-18", "minutes": "260", "people": "14", **changed}.items():
        await page.fill(f"#{name}", text)
    await page.check("#format-in_person")
    await page.fill("#description", CANARY)
    await page.wait_for_selector("#saved:not(:empty)")


async def unlock(page: Page, passphrase: str = PASSPHRASE) -> None:
    await view(page, "locked")
    await page.fill("#secret", passphrase)
    await page.click("#unlock .main")


async def notice(page: Page, name: Any) -> None:
    """Wait until it is told."""
    title = WORDS.script.notices[name].title
    await page.wait_for_selector(f'#notice:not([hidden]) >> text="{title}"')
