"""What is refused before a page is made, as a page: whoever has a browser is told in words, and where to go on.

Whoever is not in, or no longer, is led to the door.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from relevo_chassis.http.problems import MEDIA_TYPE
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import language_of, preferred
from relevo_portal.http.callers import SESSION, let_go
from relevo_portal.http.staff.callers import STAFF_COOKIE
from relevo_portal.page.frame import Frame, sent
from relevo_portal.page.render import problem_page
from relevo_portal.words import Problem

_PROBLEMS: dict[int, Problem] = {
    403: "not_from_here",
    404: "nothing_here",
    413: "too_large",
    429: "later",
    503: "later",
}
_OF_THE_BODY = ("content-type", "content-length", "content-language", "content-security-policy")


class ProblemPages:
    """Middleware: problem details for a browser become a page, with the status and headers that they had; that nobody
    is in becomes the way to the door."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def sending(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_problem(message):
                replaced = True
                if message["status"] == 401:
                    await _to_the_door(scope)(scope, receive, send)
                else:
                    headers, body = _page(scope, message)
                    await send({**message, "headers": headers})
                    await send({"type": "http.response.body", "body": body})
            elif not replaced:
                await send(message)

        await self._app(scope, receive, sending)


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(MEDIA_TYPE)


def _page(scope: Scope, message: Message) -> tuple[list[tuple[bytes, bytes]], bytes]:
    status: int = message["status"]
    language, keep = _language(scope)
    problem = _PROBLEMS.get(status, "broke" if status >= 500 else "not_taken")
    if status == 422 and scope["method"] in ("GET", "HEAD"):
        problem = "nothing_here"  # nothing was sent but an address
    exit_to = scope["app"].state.shell.settings.quick_exit_url
    response: Response = sent(problem_page(Frame(language, keep, "/", exit_to), problem), language, status)
    kept = MutableHeaders(
        raw=[(name, value) for name, value in message["headers"] if name.decode("latin-1").lower() not in _OF_THE_BODY]
    )
    kept.update(dict(response.headers))
    return kept.raw, b"" if scope["method"] == "HEAD" else bytes(response.body)


def _to_the_door(scope: Scope) -> Response:
    """Whoever pressed that they are in danger must not believe that it was done."""
    if scope["path"].split("/")[1] == "staff":
        over = RedirectResponse(f"/staff/over{_language(scope)[1]}", 303)
        let_go(over, scope["app"].state.shell.equipment, STAFF_COOKIE)
        return over
    pressed = scope["method"] == "POST" and scope["path"] == "/danger"
    gone = RedirectResponse(f"{'/undone' if pressed else '/left'}{_language(scope)[1]}", 303)
    let_go(gone, scope["app"].state.shell.equipment, SESSION)
    return gone


def _language(scope: Scope) -> tuple[Language, str]:
    asked = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("lang")
    language = preferred(asked, language_of(Request(scope), otherwise="es"))
    return language, f"?lang={language}" if asked else ""
