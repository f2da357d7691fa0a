"""A browser without script, in front of the portal's pages."""

from __future__ import annotations

import re

import httpx

HTML = {"Accept": "text/html", "Accept-Language": "en"}


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
        return await self.http.post(path, data=await self.filled_in(page, **typed), headers=HTML)

    async def filled_in(self, page: str, **typed: str) -> dict[str, str]:
        """What the last form of a page sends, filled in."""
        return {
            **dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', await self.page(page))),
            **typed,
        }


REPORT = {"held_on": "2020-01-18", "minutes": "240", "people": "10", "format": "in_person"}


async def reported(visitor: Visitor, code: str, description: str) -> None:
    """A participant comes in, sees how many days are left, and reports a session, twice over."""
    assert (await visitor.send("/", "/enter", code=code)).headers["location"] == "/mine"
    assert "You have 23 days left" in await visitor.page("/mine")
    assert "<svg" in await visitor.page("/days/line")
    form = await visitor.filled_in("/days/report", **REPORT, description=description)
    for _ in range(2):
        sent = await visitor.http.post("/days/report", data=form, headers=HTML)
        assert sent.headers["location"] == "/days/session/1", sent.text
    page = await visitor.page("/days/session/1")
    assert "We received your report" in page
    assert description in page


async def corrected(visitor: Visitor, note: str, description: str) -> None:
    """They read what a coordinator wrote to their report, and send it anew."""
    assert "Your report came back to be corrected" in await visitor.page("/days")
    assert note in await visitor.page("/days/correct/1")
    typed = {**REPORT, "people": "14", "description": description}
    assert (await visitor.send("/days/correct/1", "/days/correct/1", **typed)).status_code == 303


async def brought_along(visitor: Visitor, code: str, link: str) -> str:
    """They see that the week is complete, make a link for a calendar, and take the certificate along; the path of the
    calendar."""
    assert (await visitor.send("/", "/enter", code=code)).headers["location"] == "/mine"
    assert "Your certificate is issued" in await visitor.page("/mine")
    assert "Your sessions are over" in await visitor.page("/week")
    assert "You completed the week" in await visitor.page("/week/hours")
    made = await visitor.send("/week/calendar", "/week/calendar")
    [path] = re.findall(r"/calendars/\S+\.ics", made.text)
    assert link in await visitor.page("/paper")
    assert link in await visitor.page("/paper/fields/all")
    assert (await visitor.http.get("/paper/document.pdf", headers=HTML)).content.startswith(b"%PDF-")
    offered = await visitor.send("/paper/wallet", "/paper/wallet")
    assert "openid-credential-offer://" in offered.text
    assert '<svg class="scan"' in offered.text
    return str(path)
