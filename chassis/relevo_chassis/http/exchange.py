"""What holds for every resource, whether its route says so or not: HEAD, If-None-Match, and the end of a connection
whose request was answered before it was whole (RFC 9110, 9.3.2 and 13.1.2; RFC 9112, 9.3)."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OF_THE_ROUTE = ("route", "fastapi")
_OF_THE_BODY = frozenset({b"content-length", b"content-type", b"content-encoding", b"content-disposition"})


class Exchange:
    """Middleware that puts the common rules of HTTP around an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = _Asked(scope)
        if asked.plain:
            await self._app(scope, receive, send)
            return
        inner = {**scope, "method": "GET"} if asked.head else scope
        try:
            await self._app(inner, asked.receiving(receive), asked.sending(send))
        finally:
            scope.update({name: inner[name] for name in _OF_THE_ROUTE if name in inner})


class _Asked:
    """A request that is answered otherwise than its route answers it."""

    def __init__(self, scope: Scope) -> None:
        found: dict[bytes, bytes] = dict(scope["headers"])
        self.head = scope["method"] == "HEAD"
        self._known = found.get(b"if-none-match") if scope["method"] in ("GET", "HEAD") else None
        self._awaited = b"transfer-encoding" in found or found.get(b"content-length", b"0") != b"0"
        self._bodiless = self.head
        self.plain = not (self.head or self._awaited or self._known is not None)

    def receiving(self, receive: Receive) -> Receive:
        async def received() -> Message:
            message = await receive()
            if message["type"] != "http.request" or not message.get("more_body", False):
                self._awaited = False
            return message

        return received

    def sending(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(self._start(message))
            elif not self._bodiless:
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        return sent

    def _start(self, message: Message) -> Message:
        headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
        status: Any = message["status"]
        if status == 200 and self._known is not None and _is_known(self._known, headers):
            status, self._bodiless = 304, True
            headers = [header for header in headers if header[0].lower() not in _OF_THE_BODY]
        if self._awaited:
            headers.append((b"connection", b"close"))
        return {**message, "status": status, "headers": headers}


def _is_known(known: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the asker's copy is the one that would be sent, by the weak comparison."""
    tag = next((value for name, value in headers if name.lower() == b"etag"), None)
    if tag is None:
        return False
    listed = [each.strip().removeprefix(b"W/") for each in known.split(b",")]
    return known.strip() == b"*" or tag.removeprefix(b"W/") in listed
