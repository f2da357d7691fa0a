"""A connection with one of several nats-servers, for commands, which look once and end."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import Error as NatsError

_SECONDS = 3


async def connected(url: str, credentials: Path, tls: ssl.SSLContext | None, inbox_prefix: str = "_INBOX") -> Client:
    """With the first server that answers of those in ``url``, with commas between them.

    Raises ``NatsError`` or ``OSError``, of the last of them.
    """
    *others, last = url.split(",")
    for each in others:
        try:
            return await _with_one(each, credentials, tls, inbox_prefix)
        except (NatsError, OSError):
            continue
    return await _with_one(last, credentials, tls, inbox_prefix)


async def _with_one(url: str, credentials: Path, tls: ssl.SSLContext | None, inbox_prefix: str) -> Client:
    if not _is_address(url):
        raise NatsError(f"{url} is no address; write tls://HOST:PORT, with commas between several")
    client = Client()
    try:
        await client.connect(
            url, user_credentials=str(credentials), tls=tls, connect_timeout=_SECONDS,
            allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0,
            error_cb=_quietly, inbox_prefix=inbox_prefix,
        )  # fmt: skip
    except (NatsError, OSError):
        await client.close()
        raise
    return client


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


async def _quietly(_: Exception) -> None:
    """What goes wrong is raised where it is asked for."""
