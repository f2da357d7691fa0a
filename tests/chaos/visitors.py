"""People in front of the portal's pages, in browsers without script, who send a form again until it is answered.

A form that was not answered is sent again as it was, with the key that it has had from the start. Whoever is not in any
more enters their code, and opens the page anew.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx
from tests.chaos.clients import PAUSE_SECONDS, TRY_SECONDS, Clients
from tests.chaos.history import Answered, Effect, Invoked, Outcome
from tests.chaos.stand import Replica, Stand

from relevo_chassis.ids import new_id
from relevo_deploy.deployed import PORTAL

GIVE_UP_SECONDS = 90.0
LANGUAGE = {"Accept": "text/html", "Accept-Language": "en"}
TEXT = "We accompany communities that defend their river, and document what happens to them. " * 4
PAGES = {
    "1": {"name": "Ana Ejemplo", "country": "HN", "sex": "female"},
    "2": {"organisation": "Red de Agua Limpia", "themes-environment": "environment", "experience": TEXT},
    "3": {"motivation": TEXT, "multiplier_idea": TEXT},
    "4": {"contact": "", "letters": "none", "language": "en", "display": "unnamed"},
}
WITHDRAWN = "Your application is withdrawn"
ACCEPTED = "You have accepted it and take part in the course"
_DOORS = ("/", "/left", "/undone", "/kept")
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_CODE = re.compile(r"<output[^>]*>([^<]+)</output>")


class GaveUp(Exception):
    """The pages did not let somebody through in time; the text says at which."""


class NotIn(Exception):
    """The session is over, and so is the draft's code that only it had."""


class Led(NamedTuple):
    """Where a page led, and whether by its form."""

    to: str
    by_form: bool


@dataclass
class Visitor:
    """One of them. ``code`` is what they come in by, once they have it; ``again`` counts how often they had to."""

    stand: Stand
    chance: random.Random
    http: httpx.AsyncClient
    code: str | None = None
    again: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + GIVE_UP_SECONDS)
    _avoided: str = ""

    async def send(self, page: str, **typed: str) -> Led:
        """Fill in the last form of a page and send it until it leads somewhere; or where the page leads by itself.

        Raises ``GaveUp`` or ``NotIn``.
        """
        form: dict[str, str] | None = None
        async for _ in self.tries(page):
            if form is None:
                found = await self._answer("GET", page)
                if found is None or found.status_code not in (200, 303):
                    continue
                if found.status_code == 303 and await self._came_in(found):
                    return Led(_path(found), by_form=False)
                form = {**dict(_HIDDEN.findall(found.text)), **typed} if found.status_code == 200 else None
                continue
            answer = await self._answer("POST", page, form)
            if answer is None:
                continue
            if answer.status_code == 303 and await self._came_in(answer):
                return Led(_path(answer), by_form=True)
            form = None
        raise GaveUp(page)

    async def page(self, path: str) -> str:
        """A page as it is read. Raises ``GaveUp`` or ``NotIn``."""
        async for _ in self.tries(path):
            found = await self._answer("GET", path)
            if found is not None and found.status_code == 200:
                return found.text
            if found is not None and found.status_code == 303 and await self._came_in(found):
                raise NotIn(path)
        raise GaveUp(path)

    async def enter(self) -> None:
        """Come in by the code. Raises ``GaveUp`` or ``NotIn``."""
        if self.code is None:
            raise NotIn("/enter")
        self.again += 1
        form: dict[str, str] | None = None
        async for _ in self.tries("/enter"):
            if form is None:
                door = await self._answer("GET", "/left")
                if door is not None and door.status_code == 200:
                    form = {**dict(_HIDDEN.findall(door.text)), "code": self.code}
                continue
            answer = await self._answer("POST", "/enter", form)
            if answer is not None and answer.status_code == 303:
                return
            form = None if answer is not None else form
        raise GaveUp("/enter")

    async def do(self, deed: str, sign: str) -> None:
        """Do one of the things that may be done, until one's own page shows that it is. Raises ``GaveUp``."""
        self.until = time.monotonic() + GIVE_UP_SECONDS
        async for _ in self.tries(deed):
            if sign in await self.page("/mine"):
                return
            await self.send(f"/mine/{deed}")
        raise GaveUp(deed)

    async def _came_in(self, answer: httpx.Response) -> bool:
        """Whether an answer leads on; where it leads to the door, they come in and begin the page again."""
        if _path(answer) not in _DOORS:
            return True
        await self.enter()
        return False

    async def tries(self, what: str) -> AsyncIterator[str]:
        """Again and again, with pauses, until they give up."""
        tries = 0
        while time.monotonic() < self.until:
            yield what
            if tries:
                await asyncio.sleep(PAUSE_SECONDS[min(tries, len(PAUSE_SECONDS)) - 1] * self.chance.uniform(0.2, 0.6))
            tries += 1

    async def _answer(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response | None:
        """One try at one replica; ``None`` when it is not answered, or not now."""
        replica = self._replica()
        try:
            answer = await self.http.request(method, f"{replica.url}{path}", data=form, headers=LANGUAGE)
        except httpx.HTTPError:
            self._avoided = replica.name
            return None
        return None if answer.status_code in (429, 500, 502, 503, 504) else answer

    def _replica(self) -> Replica:
        found = self.stand.replicas[PORTAL]
        return self.chance.choice([each for each in found if each.name != self._avoided] or found)


@dataclass
class Front:
    """Lets people go through the portal's pages, and writes down what they were told."""

    clients: Clients

    def visitor(self, code: str | None = None) -> Visitor:
        stand = self.clients.stand
        http = httpx.AsyncClient(transport=self.clients.pages, timeout=httpx.Timeout(TRY_SECONDS, connect=2))
        return Visitor(stand, self.clients.chance, http, code)

    async def applies(self, call_id: str) -> tuple[Visitor, str]:
        """Somebody who applies, from the page of the call to the last button; they and their application's id.

        Raises ``GaveUp``.
        """
        visitor = self.visitor()
        await self._filled_in(visitor, call_id)
        key = self._invoked("apply on the pages", Effect(type="ApplicationSubmitted", where={"call_id": call_id}))
        try:
            async for _ in visitor.tries("/apply/5"):
                if (await visitor.send("/apply/5", consent="yes")).to == "/apply/sent":
                    break
            application_id = await self._application_id(visitor)
        except GaveUp:
            self._answered(key, "unknown")
            raise
        self._answered(key, "ok", Effect(type="ApplicationSubmitted", where={"application_id": application_id}))
        return visitor, application_id

    async def does(self, name: str, visitor: Visitor, deed: str, sign: str, *effects: Effect) -> None:
        """Somebody does what may be done, until their own page says that it is so. Raises ``GaveUp``."""
        key = self._invoked(name, *effects)
        try:
            await visitor.do(deed, sign)
        except GaveUp:
            self._answered(key, "unknown")
            raise
        self._answered(key, "ok", *effects)

    async def _filled_in(self, visitor: Visitor, call_id: str) -> None:
        """Draft, code and the four pages. Who loses the session before they have the code begins another draft."""
        while visitor.code is None:
            try:
                await visitor.send(f"/calls/{call_id}")
                [code] = _CODE.findall(await visitor.page("/apply/code"))
                await visitor.send("/apply/again", last=code[-7:])
                visitor.code = str(code)
            except NotIn:
                continue
        for number, typed in PAGES.items():
            await visitor.send(f"/apply/{number}", **typed)

    async def _application_id(self, visitor: Visitor) -> str:
        async for _ in visitor.tries("/receipt"):
            found = await self.clients.read("intake", "/receipt", {"Relevo-Receipt": visitor.code or ""})
            if found.ok and found.body["kind"] == "application":
                return str(found.body["id"])
        raise GaveUp("/receipt")

    def _invoked(self, name: str, *effects: Effect) -> str:
        key = new_id()
        self.clients.history.add(Invoked(key=key, command=name, at=time.time(), effects=effects))
        return key

    def _answered(self, key: str, outcome: Outcome, *effects: Effect) -> None:
        self.clients.history.add(Answered(key=key, at=time.time(), outcome=outcome, effects=effects or None))


def _path(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("?")[0]
