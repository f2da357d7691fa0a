"""The way out: one request to a host whose addresses were looked up once, all checked, and connected to as checked.

TLS is with the name and not the address: server name and certificate are those of the URL's host. A redirect is an
answer like any other and is not followed, no proxy of the environment is used, and of what is answered no more than a
few kilobytes are read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpcore

from relevo_webhooks.domain.delivery import Outcome, Try
from relevo_webhooks.sending.addresses import Networks, is_allowed, read_address
from relevo_webhooks.sending.message import Message

ANSWER_SECONDS = 10.0
"""The time that a try has, from the lookup to the end of the answer."""
MOST_ANSWER_BYTES = 4096
CONNECTIONS = 100
_LOOKUPS = 16

Resolve = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(Exception):
    """The host has an address that may not be reached, or none at all."""


class Answer(NamedTuple):
    """How a request went, and the beginning of what was answered."""

    tried: Try
    content: bytes = b""


class SystemResolver:
    """The machine's own, in threads of its own, so that slow lookups hold up nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._lookup, host, port)
        return [str(each[4][0]) for each in found]

    @staticmethod
    def _lookup(host: str, port: int) -> list[tuple[Any, ...]]:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be reached, and to those alone."""

    def __init__(self, resolve: Resolve, allowed: Networks) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises ``AddressRefused`` unless every address of the host may be reached."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                failure = failed
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = [read_address(each) for each in await self._resolve(host, port)]
        except (OSError, UnicodeError) as failed:
            raise httpcore.ConnectError(type(failed).__name__) from None
        except ValueError:
            raise AddressRefused("an address that cannot be read") from None
        if not found or not all(is_allowed(each, self._allowed) for each in found):
            raise AddressRefused("not public")
        return list(dict.fromkeys(map(str, found)))


class Endpoints:
    """Whoever is sent something, over HTTP/1.1."""

    def __init__(self, trust: ssl.SSLContext, allowed: Networks = (), resolve: Resolve | None = None) -> None:
        self._connections = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS // 4,
            keepalive_expiry=15.0,
            network_backend=CheckedNetwork(resolve or SystemResolver(), allowed),
        )

    async def close(self) -> None:
        await self._connections.aclose()

    async def post(self, url: str, message: Message, seconds: float = ANSWER_SECONDS) -> Answer:
        """Send it once. Never raises for what the other side does."""
        try:
            async with asyncio.timeout(seconds):
                return await self._post(url, message)
        except (TimeoutError, httpcore.TimeoutException):
            return Answer(Try(outcome="timed_out"))
        except AddressRefused:
            return Answer(Try(outcome="address_refused"))
        except httpcore.ConnectError as failed:
            return Answer(Try(outcome=_unreachable(failed)))
        except (httpcore.NetworkError, httpcore.ProtocolError):
            return Answer(Try(outcome="broke_off"))

    async def _post(self, url: str, message: Message) -> Answer:
        headers = list(message.headers.items())
        async with self._connections.stream("POST", url, headers=headers, content=message.body) as response:
            content = b""
            async for chunk in response.aiter_stream():
                content += chunk
                if len(content) >= MOST_ANSWER_BYTES:
                    break
            wait = _wait_seconds(dict(response.headers), datetime.now(UTC))
            return Answer(
                Try(outcome="answered", status=response.status, wait_seconds=wait), content[:MOST_ANSWER_BYTES]
            )


def _unreachable(failed: httpcore.ConnectError) -> Outcome:
    """A handshake that failed reaches us as a failed connection."""
    cause: BaseException | None = failed
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls_failed"
        cause = cause.__cause__ or cause.__context__
    return "unreachable"


def _wait_seconds(headers: Mapping[bytes, bytes], now: datetime) -> float | None:
    """What ``Retry-After`` asks for (RFC 9110, 10.2.3), if it can be read: seconds, or an instant."""
    text = next((value for name, value in headers.items() if name.lower() == b"retry-after"), b"").decode("latin-1")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # numbers of any length may stand for a year
        return None
    return (at - now).total_seconds() if at.tzinfo else None
