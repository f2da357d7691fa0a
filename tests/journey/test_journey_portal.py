"""Somebody without an account, in front of the portal's pages, with the real intake behind them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from relevo_chassis.ids import new_id
from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.stack import Stack

AT = datetime(2019, 9, 12, 12, tzinfo=UTC)
HTML = {"Accept": "text/html", "Accept-Language": "en"}
CALL = {"seats": 30, "opens_at": "2019-09-12T00:00:00Z", "closes_at": "2019-10-20T00:00:00Z"}
APPLICATION = {
    **{"contact": "ana@mail.invalid", "name": "Zoraida Canario", "language": "es", "country": "GT"},
    **{"motivation": "Defendemos el río.", "consent": True},
}


async def applied(intake: httpx.AsyncClient, coordinator: str) -> str:
    """The receipt code of an application."""
    once = {"Idempotency-Key": new_id()}
    staff = {**once, "Authorization": f"Bearer {coordinator}"}
    opened = await intake.post("/calls", json={**CALL, "edition_id": new_id()}, headers=staff)
    assert opened.status_code == 201, opened.text
    sent = await intake.post(f"/calls/{opened.json()['call_id']}/applications", json=APPLICATION, headers=once)
    assert sent.status_code == 201, sent.text
    return str(sent.json()["receipt_code"])


class Visitor:
    """A browser without script."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def page(self, path: str) -> str:
        answer = await self.http.get(path, headers=HTML)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def send(self, page: str, path: str, **typed: str) -> httpx.Response:
        """Fill in the last form of a page, and send it."""
        found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', await self.page(page)))
        answer: Any = await self.http.post(path, data={**found, **typed}, headers=HTML)
        return answer  # type: ignore[no-any-return]


async def test_a_receipt_code_opens_what_is_ones_own_until_one_leaves(tmp_path: Path) -> None:
    async with Stack(tmp_path / "stack", clock_start=AT, services=("intake", PORTAL)) as stack:
        async with stack.desk() as desk, httpx.AsyncClient(base_url=stack.url("intake")) as intake:
            code = await applied(intake, await desk.token("carla", ["coordinator"], ["intake"]))
        async with httpx.AsyncClient(base_url=f"http://localhost:{stack.ports[PORTAL]}") as http:
            visitor = Visitor(http)
            wrong = await visitor.send("/", "/enter", code="0F3K-9Q2M")
            assert (wrong.status_code, "We find nothing under this code" in wrong.text) == (422, True)
            entered = await visitor.send("/", "/enter", code=code.lower())
            assert (entered.status_code, entered.headers["location"]) == (303, "/mine")
            assert "Your application is with us" in await visitor.page("/mine")
            assert (await visitor.send("/mine/out", "/mine/out")).status_code == 303
            assert "Your application is withdrawn" in await visitor.page("/mine")
            assert (await visitor.send("/mine", "/leave")).headers["location"] == "/left"
            assert (await http.get("/mine", headers=HTML)).headers["location"] == "/left"
