"""HTTP/1.1 as it arrives: uvicorn's protocol, with an end to everything that a client may send without having asked.

What is no body (request line, header, trailers, the frames of chunks) is counted while it arrives, and refused before
it is gathered. Time and number are kept by ``Connections``.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http import problems
from relevo_chassis.http.connections import PATHS, Connections

SLICE: Final = 4_096
"""What is taken apart in one go, so that nobody has thousands of pipelined requests in hand at once."""
BUFFER_MOST: Final = 1 << 20
FRAMES_PER_BYTE: Final = 8
"""How much larger than what it carries the framing of chunks may be."""


class NotHttp(Refusal):
    """The request is not well-formed HTTP/1.1."""

    status = 400


class HeadTooLarge(Refusal):
    """The header is too large; send at most a hundred fields, 16 KB in all."""

    status = 431


class LineTooLong(Refusal):
    """The address is too long; send at most 8 KB."""

    status = 414


class HeadTooSlow(Refusal):
    """The header took too long to arrive; send the request again."""

    status = 408


class Full(Refusal):
    """The service has as many requests in hand as it takes; try again in a moment."""

    status = 503
    retry_after_seconds = 1


class Wire(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connections = connections
        self._limits = connections.limits
        self._buffer = b""
        self._refusal: Refusal | None = None
        self._begun = self._in_head = False
        self._around = self._body = self._head = self._fields = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._connections.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.lost(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            self._body += len(data)
            if self._body > BUFFER_MOST:
                self.abort()
            return
        if self._buffer:
            self._buffer_up(self._buffer + data)
            return
        for start in range(0, len(data), SLICE):
            if len(self.pipeline) >= self._limits.pipelined:
                self._buffer_up(data[start:])
                break
            self._parse(data if len(data) <= SLICE else data[start : start + SLICE])
            if self._is_over():
                break
        self._set_state()

    def _parse(self, piece: bytes) -> None:
        self._around += len(piece)
        super().data_received(piece)
        if not self._is_over() and self._around > self._limits.head + SLICE + FRAMES_PER_BYTE * self._body:
            self._refuse(HeadTooLarge())

    def _is_over(self) -> bool:
        return self._refusal is not None or self.transport.is_closing()

    def _buffer_up(self, data: bytes) -> None:
        """Keep what came after as many requests as may wait, and read no more until they are answered."""
        self._buffer = data
        self.flow.pause_reading()
        if len(data) > BUFFER_MOST:
            self.abort()

    def _set_state(self) -> None:
        """Tell for whom this connection waits: for its client, or the client for the service."""
        if self._refusal is not None:
            return
        answered = not self.cycle or self.cycle.response_complete
        if self._begun and self._in_head and answered:
            self._connections.move(self, self._connections.heads)
        elif self._begun and not self._in_head and not self.pipeline:
            self._connections.move(self, self._connections.bodies)
        elif not answered:
            self._connections.move(self, None)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = self._in_head = True
        self._around = self._body = self._head = self._fields = 0

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > self._limits.line:
            raise self._refused(LineTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value) + 4
        self._fields += 1
        if self._head + len(self.url) > self._limits.head or self._fields > self._limits.headers:
            raise self._refused(HeadTooLarge())
        if self._in_head:  # what comes after a body in chunks is counted, and never taken for a header
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        self._around -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._begun = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self._begun and not self._in_head and not self.pipeline:
            self.leave()  # answered before the body was whole
        if self.transport.is_closing():
            self._unread_if_so()
            return
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self._connections.move(self, self._connections.idle)
        buffered, self._buffer = self._buffer, b""
        self.flow.resume_reading()
        if buffered:
            self.data_received(buffered)
        else:
            self._set_state()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._connections.unread(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._connections.read(self)

    def send_400_response(self, msg: str) -> None:
        """What uvicorn does with a request that it cannot read, or that one of the callbacks above refused."""
        self._refuse(self._refusal or NotHttp())

    def too_slow(self) -> None:
        if self._begun:
            self._refuse(HeadTooSlow())
        else:
            self.leave()

    def leave(self) -> None:
        self.transport.close()
        self._unread_if_so()

    def abort(self) -> None:
        self.transport.abort()

    def unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def reserve(self) -> None:
        self.app = _health_alone(self.app)

    def _unread_if_so(self) -> None:
        if self.unsent():
            self._connections.unread(self)

    def _refused(self, refusal: Refusal) -> Refusal:
        self._refusal = refusal
        return refusal

    def _refuse(self, refusal: Refusal) -> None:
        """Answer and take nothing more. A client that still sends is listened to for a moment, to hear the answer."""
        self._connections.closed[str(refusal.status)] += 1
        self._refusal, self._body = refusal, 0
        in_hand = self.cycle and not self.cycle.response_complete
        if in_hand and (self._in_head or not self._begun):
            self.cycle.keep_alive = False  # what was asked before is answered, and then all ends
            self._connections.move(self, None)
            return
        if in_hand and (self.pipeline or self.cycle.response_started):
            self.leave()
            return
        if in_hand:  # its body is broken, and whoever waits for it is told
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        response = problems.of_refusal(refusal)
        headers = [*self.server_state.default_headers, *response.raw_headers, (b"connection", b"close")]
        lines = [b"%b: %b\r\n" % header for header in headers]
        self.transport.write(b"".join([STATUS_LINE[refusal.status], *lines, b"\r\n", bytes(response.body)]))
        self.transport.write_eof()
        self._connections.move(self, self._connections.lingering)


def _health_alone(app: ASGI3Application) -> ASGI3Application:
    """The application for one who came when all was full."""

    async def health_alone(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async def closing(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        if scope["type"] == "http" and scope["path"] not in PATHS:
            await problems.of_refusal(Full())(scope, receive, closing)  # type: ignore[arg-type]
        else:
            await app(scope, receive, closing)

    return health_alone
