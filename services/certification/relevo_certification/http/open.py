"""What is open to verifiers and wallets that run in other people's pages: they may fetch it, whatever is answered
(WHATWG Fetch).

It is what anybody may have anyway, and never depends on who asks: no cookie, and no token but a wallet's own.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WALLETS = "/wallet/"
_PLACES = ("/v/", "/verifications/", "/status/", "/.well-known/", _WALLETS)
_FOR_A_DAY = "86400"


class OpenToPages:
    """Lets pages of any origin read what is public, refusals too, and answers the browser that asks before."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PLACES):
            await self._app(scope, receive, send)
            return
        asks_before = scope["method"] == "OPTIONS"

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = "Retry-After"
                if asks_before:
                    sends = scope["path"].startswith(_WALLETS)
                    headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST" if sends else "GET, HEAD"
                    headers["Access-Control-Allow-Headers"] = "*, Authorization" if sends else "*"
                    headers["Access-Control-Max-Age"] = _FOR_A_DAY
                message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, opened)
