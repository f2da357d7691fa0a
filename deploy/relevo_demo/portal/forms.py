"""Hands where no browser runs: the portal's forms over plain HTTP, as a browser without script sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any, Literal
from urllib.parse import urljoin

import httpx

from relevo_demo.api import Misbehaved
from relevo_demo.portal.hands import File, Typed

_MOST_REDIRECTS = 5
_WITH_FILE = "multipart/form-data"


@dataclass
class Form:
    """A form as it stands: what it would send as it is, and which button it has."""

    action: str
    media: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    button: str | None = None

    @property
    def is_main(self) -> bool:
        return "main" in (self.button or "").split()


class Page(HTMLParser):
    """What a page says, and its forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.title = self.output = self.address = ""
        self.alarmed = False
        self._words: list[str] = []
        self._within: list[str] = []
        self._form: Form | None = None
        self._area = self._select = ""
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join("".join(self._words).split())

    def form(self) -> Form:
        """The one with a main button, or else the first with any."""
        with_button = [each for each in self.forms if each.button is not None]
        return next((each for each in with_button if each.is_main), with_button[0])

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attributes}
        self.alarmed = self.alarmed or had.get("role") == "alert"
        if tag in ("title", "output", "script", "style"):
            self._within.append(tag)
        elif tag == "form":
            self._form = Form(had.get("action", ""), had.get("enctype", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, had)
        if tag == "textarea":
            self._area = had.get("name") or had.get("id", "")

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._typed(data)
        elif not self._within:
            self._words.append(data)
        elif self._within[-1] == "title":
            self.title = self.title or data.strip()
        elif self._within[-1] == "output":
            self.output += data
            self._words.append(data)

    def _typed(self, data: str) -> None:
        if self._form is not None:
            self._form.values[self._area] += data if self._form.values[self._area] else data.removeprefix("\n")
        elif self._area == "address":
            self.address += data.strip()

    def _control(self, form: Form, tag: str, had: Mapping[str, str]) -> None:
        name, kind = had.get("name", ""), had.get("type", "text")
        if tag == "button" and not form.is_main:
            form.button = had.get("class", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            form.values[name] = ""
        elif tag == "option" and (self._select not in form.values or "selected" in had):
            form.values[self._select] = had.get("value", "")
        elif tag == "input" and kind != "file" and (kind not in ("radio", "checkbox") or "checked" in had):
            form.values[name] = had.get("value", "")
        if name:
            form.names.add(name)


class ByForms:
    """A visitor without a browser; ``status`` is what the page was answered with."""

    def __init__(self, client: httpx.AsyncClient, site: str, language: str) -> None:
        self._client, self._site, self.language = client, site, language
        self.addresses: list[str] = []
        self.titles: list[str] = []
        self._cookies: SimpleCookie = SimpleCookie()
        self._page, self._here, self.status = Page(""), site, 0

    @property
    def here(self) -> str:
        return self._here

    async def open(self, path: str) -> str:
        return await self.follow(f"{self._site}{path}?lang={self.language}")

    async def follow(self, link: str) -> str:
        return await self._asked("GET", link)

    async def send(self, **fields: Typed) -> str:
        form = self._page.form()
        if unknown := fields.keys() - form.names:
            raise Misbehaved(f"the page {self._here} asks for no {', '.join(sorted(unknown))}")
        files = {name: (each.name, each.content, each.media) for name, each in fields.items() if isinstance(each, File)}
        values = form.values | {name: each for name, each in fields.items() if isinstance(each, str)}
        body = {"data": values} | ({"files": files} if form.media == _WITH_FILE else {})
        text = await self._asked("POST", urljoin(self._here, form.action), **body)
        if self.status != 200 or self._page.alarmed:
            raise Misbehaved(f"the page {self._here} does not take what was typed: {text}")
        return text

    async def seen(self, selector: Literal["output", "#address"]) -> str:
        return (self._page.output if selector == "output" else self._page.address).strip()

    async def forget(self) -> None:
        self._cookies.clear()

    async def kept(self) -> str:
        return self._cookies.output()

    async def _asked(self, method: str, address: str, **body: Any) -> str:
        answer = await self._once(method, address, **body)
        for _ in range(_MOST_REDIRECTS):
            if answer.status_code not in (302, 303):
                break
            address = urljoin(address, answer.headers["location"])
            answer = await self._once("GET", address)
        self._here, self._page, self.status = address, Page(answer.text), answer.status_code
        self.titles.append(self._page.title)
        return self._page.text

    async def _once(self, method: str, address: str, **body: Any) -> httpx.Response:
        self.addresses.append(address)
        cookie = "; ".join(f"{each.key}={each.value}" for each in self._cookies.values())
        headers = {"Accept": "text/html", "Cookie": cookie}
        answer = await self._client.request(method, address, headers=headers, **body)
        for each in answer.headers.get_list("set-cookie"):
            self._cookies.load(each)
        return answer
