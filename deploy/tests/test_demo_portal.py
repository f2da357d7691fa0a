"""Hands in front of pages: in a browser, and by forms alone, one sends what the other sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from playwright.async_api import Browser

from relevo_demo.api import Misbehaved
from relevo_demo.people import population
from relevo_demo.portal.browser import InBrowser
from relevo_demo.portal.forms import ByForms
from relevo_demo.portal.hands import File, Hands, Way
from relevo_demo.portal.visitors import NoBrowser, visitors
from relevo_servers import free_port
from relevo_testkit.serving import listening

FORM = """<!doctype html><html><head><title>Relevo</title></head><body>
<header><form method="post" action="/away"><button class="button second">Away</button></form></header>
<main><p>Antes &amp; después</p><output>0F3K-9Q2M</output><textarea id="address" readonly>
http://localhost/v/abc</textarea>
<form method="post" action="/sent?lang=es"{how}>
<input type="hidden" name="form" value="token">
<input name="name" value="as it was saved"><input name="organisation" value="left alone">
<textarea name="text">
as it was saved</textarea><textarea name="note"></textarea>
<select name="country"><option value="">none</option><option value="GT" selected>Guatemala</option>
<option value="MX">Mexico</option></select>
<select name="language"><option value="es">Spanish</option><option value="en">English</option></select>
<input type="radio" name="format" value="online" checked><input type="radio" name="format" value="in_person">
<input type="checkbox" name="themes-justice" value="justice">
<input type="checkbox" name="themes-other" value="other" checked>{file}
<button class="button main">Save</button></form></main></body></html>"""
FILE = '<input type="file" name="picture">'
PLAIN = FORM.format(how="", file="")
TYPED = {"name": "Ana Núñez", "text": "Más agua", "country": "MX", "format": "in_person", "themes-justice": "justice"}

LEFT_ALONE = {"form": "token", "organisation": "left alone", "note": "", "language": "es", "themes-other": "other"}


class Pages:
    """Pages with forms, and what was sent to them last."""

    def __init__(self) -> None:
        self.app, self.body, self.cookie = FastAPI(), b"", ""
        self.app.get("/form")(lambda: HTMLResponse(PLAIN))
        self.app.get("/file")(lambda: HTMLResponse(FORM.format(how=' enctype="multipart/form-data"', file=FILE)))
        self.app.get("/wrong")(lambda: HTMLResponse(PLAIN.replace("/sent?lang=es", "/refused")))
        self.app.get("/broken")(lambda: HTMLResponse(PLAIN.replace("/sent?lang=es", "/breaks")))
        self.app.post("/refused")(lambda: HTMLResponse("<main><p role='alert'>Too long</p></main>"))
        self.app.post("/breaks")(lambda: HTMLResponse("<main><p>Later</p></main>", 503))
        self.app.post("/sent")(self._sent)
        self.app.get("/done")(self._done)

    async def _sent(self, request: Request) -> Response:
        self.body = await request.body()
        answer = RedirectResponse("/done", 303)
        answer.set_cookie("session", "s1", httponly=True)
        return answer

    async def _done(self, request: Request) -> Response:
        self.cookie = request.cookies.get("session", "")
        return HTMLResponse("<title>Relevo</title><main>Done</main>")


@asynccontextmanager
async def sitting(pages: Pages, browser: Browser, way: Way | None) -> AsyncIterator[Hands]:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    async with listening(pages.app, port), httpx.AsyncClient(trust_env=False) as client:
        yield ByForms(client, site, "es") if way is None else await InBrowser.sits_down(browser, site, way, "es")


@pytest.mark.parametrize("way", [None, "plain", "script"])
async def test_what_is_typed_is_sent_with_what_stood_there_whoever_sends_it(browser: Browser, way: Way | None) -> None:
    pages = Pages()
    async with sitting(pages, browser, way) as hands:
        assert "Antes & después" in await hands.open("/form")
        assert (await hands.seen("output"), await hands.seen("#address")) == ("0F3K-9Q2M", "http://localhost/v/abc")
        assert await hands.send(**TYPED) == "Done"
        sent = dict(parse_qsl(pages.body.decode(), keep_blank_values=True))
        assert sent == {**TYPED, **LEFT_ALONE}
        assert urlsplit(hands.here).path == "/done"
        assert [urlsplit(each).path for each in hands.addresses][:3] == ["/form", "/sent", "/done"]
        assert set(hands.titles) == {"Relevo"}


@pytest.mark.parametrize("way", [None, "plain", "script"])
async def test_a_file_is_sent_and_closing_the_browser_leaves_nothing_in_it(browser: Browser, way: Way | None) -> None:
    pages = Pages()
    async with sitting(pages, browser, way) as hands:
        await hands.open("/file")
        await hands.send(picture=File("board.png", "image/png", b"\x89PNG"))
        assert b'filename="board.png"' in pages.body
        assert b"\x89PNG" in pages.body
        assert pages.cookie == "s1"
        assert "s1" in await hands.kept()
        await hands.forget()
        assert "s1" not in await hands.kept()


@pytest.mark.parametrize("way", [None, "plain", "script"])
@pytest.mark.parametrize(("path", "sentence"), [("/wrong", "Too long"), ("/broken", "Later")])
async def test_what_a_page_does_not_take_is_never_passed_over(
    browser: Browser, way: Way | None, path: str, sentence: str
) -> None:
    async with sitting(Pages(), browser, way) as hands:
        await hands.open(path)
        with pytest.raises(Misbehaved, match=sentence):
            await hands.send(name="Ana")


@asynccontextmanager
async def no_browser() -> AsyncIterator[Browser]:
    raise NoBrowser("nothing to sit at")
    yield


async def test_where_no_browser_runs_the_forms_are_used_and_why_is_never_passed_over() -> None:
    person = replace(population(90, 2019)[0], way="script", pages_in="es")
    async with visitors("http://127.0.0.1:1", no_browser()) as those:
        assert isinstance(await those.hands(person), ByForms)
        assert await those.hands(person) is await those.hands(person)
        assert (those.because, [each.language for each in await those.left()]) == ("nothing to sit at", ["es"])
