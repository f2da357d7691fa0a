"""The guard before every route: no request goes through that two readers might read in two ways."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.problems import of_refusal

_LENGTH = re.compile(r"[0-9]{1,15}\Z")
_HOST = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?\Z")


class NoHost(Refusal):
    """Name the host that you mean in one Host header (RFC 9112, 3.2)."""

    status = 400


class AmbiguousRequest(Refusal):
    """The request can be read in more than one way; send each header and query parameter once."""

    status = 400


class HeaderGuard:
    """Middleware that lets no request through that two readers might read in two ways."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                _unambiguous(scope, Headers(scope=scope))
            except Refusal as refusal:
                await of_refusal(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _unambiguous(scope: Scope, headers: Headers) -> None:
    for name in ("content-type", "content-length", "transfer-encoding", "host", "authorization"):
        if len(headers.getlist(name)) > 1:
            raise AmbiguousRequest("header_twice", "the header {header} came more than once", header=name)
    if not _LENGTH.match(headers.get("content-length", "0")):
        raise AmbiguousRequest("length_no_number", "Content-Length is not a number")
    if "transfer-encoding" in headers:
        if "content-length" in headers:
            raise AmbiguousRequest("two_lengths", "Content-Length and Transfer-Encoding came together")
        if headers["transfer-encoding"].lower() != "chunked" or scope["http_version"] == "1.0":
            raise AmbiguousRequest("transfer_encoding", "the body comes in a transfer encoding that is not taken")
    if not _HOST.match(headers.get("host", "" if scope["http_version"] != "1.0" else "none")):
        raise NoHost()
    if scope["query_string"]:
        names = [name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)]
        if len(names) != len(set(names)):
            raise AmbiguousRequest("parameter_twice", "a query parameter came more than once")
