"""What surrounds every request: a span, a figure and a log line by route template, and an answer when all breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from relevo_chassis import traces
from relevo_chassis.given.logs import Log
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.http.addresses import PEER, Networks, address_of, is_among
from relevo_chassis.http.connections import PATHS
from relevo_chassis.http.problems import of_fault
from relevo_chassis.ids import new_id
from relevo_contracts.traceparent import well_formed

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFETY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


_NOT_KEPT = ((b"cache-control", b"no-store"),)


class Observed:
    """Outermost middleware. What no handler caught is answered with a fault id, which the log knows.

    A ``traceparent`` is gone on with when who sent it is ``traced``. Any other is passed over: whether a trace is kept,
    and which requests are one, is not for strangers to say. ``tracestate`` and ``baggage`` are never read.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        log: Log,
        metrics: Metrics,
        traced: Networks = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._traced = traced
        self._log = log
        self._metrics = metrics
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = self._monotonic(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _safe(message.get("headers", ()))
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        span = traces.begun(method, SpanKind.SERVER, parent=self._traceparent(scope))
        with traces.within(span), traces.about(trace_id=traces.trace_id(traces.traceparent(span)), chain_id=None):
            try:
                await self._app(scope, receive, noting)
            except Exception as error:
                fault_id = new_id()
                self._log.error("a request broke", fault_id=fault_id, route=route_of(scope), exc_info=error)
                if status:
                    raise _Broken from None
                await of_fault(fault_id)(scope, receive, noting)
            finally:
                route = route_of(scope)
                _describe(span, method, route, status)
                self._note(method, route, status, self._monotonic() - started)

    def _traceparent(self, scope: Scope) -> str | None:
        if not self._traced:
            return None
        peer = address_of(scope.get(PEER) or (scope.get("client") or ("",))[0])
        if peer is None or not is_among(peer, self._traced):
            return None
        headers = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        return well_formed(headers[0]) if len(headers) == 1 else None

    def _note(self, method: str, route: str, status: int, seconds: float) -> None:
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if route not in PATHS:
            self._log.info("answered", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _describe(span: Span, method: str, route: str, status: int) -> None:
    """Of a request what it was, by route template; nothing of its path or of whoever asked."""
    span.update_name(traces.named(f"{method} {route}"))
    traces.note(span, {"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


def _safe(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers with what every answer has; one that says nothing of caches is kept by none."""
    sent = list(headers)
    keeps = any(name.lower() == b"cache-control" for name, _ in sent)
    return [*sent, *_SAFETY, *(() if keeps else _NOT_KEPT)]


class _Broken(Exception):
    """An answer broke off in the middle; the connection must end. What happened is in the log."""


def route_of(scope: Scope) -> str:
    """The whole template of the route that was taken, never the path itself; ``unmatched`` when there is none."""
    matched = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return str(getattr(matched, "path", "unmatched"))
