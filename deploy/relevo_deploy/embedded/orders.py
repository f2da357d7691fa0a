"""Orders to a running stack from another process: one of its servers is to stop, to start or to restart.

The stack listens on loopback, on a port that the system picks, and takes an order with the key that it left in its
folder, which its owner alone can read. An order is one line of JSON, and so is the answer.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, cast, get_args

from relevo_chassis.delivery.cancelling import cancelled
from relevo_deploy.failed import Failed
from relevo_servers import LOOPBACK

What = Literal["stop", "start", "restart"]
Do = Callable[[What, str], Awaitable[str]]
"""Does what is ordered with the server of this name, and says how it stands then. Raises ``OrderRefused``."""

_READ_SECONDS = 5
_DONE_SECONDS = 120


class OrderRefused(Failed):
    """The stack did not do it; the text says why and what to do."""


class Door(NamedTuple):
    """Where a stack takes orders, and the key that shows whose they are."""

    port: int
    key: str


class Listening:
    """Takes orders until it is closed, one after the other."""

    def __init__(self, do: Do) -> None:
        self._do = do
        self._key = secrets.token_urlsafe(32)
        self._turn = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._in_hand: set[asyncio.Task[None]] = set()

    async def open(self) -> Door:
        self._server = await asyncio.start_server(self._came, LOOPBACK, 0)
        return Door(self._server.sockets[0].getsockname()[1], self._key)

    async def close(self) -> None:
        """Take no more, and break off what is in hand."""
        if self._server:
            self._server.close()
        await cancelled(self._in_hand)

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (asyncio runs this as a task)
        self._in_hand.add(task)
        try:
            answer = await self._answer(reader)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (TimeoutError, OSError):
            pass  # whoever ordered has gone; what was done stays done
        finally:
            self._in_hand.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> dict[str, str]:
        async with asyncio.timeout(_READ_SECONDS):
            line = await reader.readline()
        try:
            order = json.loads(line)
            key, what, name = str(order["key"]), order["what"], str(order["name"])
        except (ValueError, KeyError, TypeError):
            return {"refused": "this is no order"}
        if not hmac.compare_digest(key.encode(), self._key.encode()) or what not in get_args(What):
            return {"refused": "this is no order of the stack's owner"}
        try:
            async with self._turn:
                return {"done": await self._do(cast(What, what), name)}
        except OrderRefused as refused:
            return {"refused": str(refused)}


async def order(door: Door, what: What, name: str) -> str:
    """Have a running stack do something with one server, and wait until it is done. Raises ``OrderRefused``."""
    try:
        async with asyncio.timeout(_DONE_SECONDS):
            reader, writer = await asyncio.open_connection(LOOPBACK, door.port)
            writer.write(json.dumps({"key": door.key, "what": what, "name": name}).encode() + b"\n")
            line = await reader.readline()
            writer.close()
    except (TimeoutError, OSError) as away:
        raise OrderRefused(f"the stack does not answer ({type(away).__name__}); see: relevo status") from None
    answer: dict[str, str] = json.loads(line) if line else {"refused": "the stack ended meanwhile"}
    if "refused" in answer:
        raise OrderRefused(answer["refused"])
    return answer["done"]
