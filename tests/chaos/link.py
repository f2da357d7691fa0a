"""A bad network between two parts: everything of a TCP connection goes through here, or does not."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from relevo_servers import LOOPBACK, free_port

Mode = Literal["open", "cut", "silent", "slow"]
DELAY_SECONDS = 0.5


class Link:
    """Listens on a port of its own and passes bytes to and from a server.

    - ``cut``: connections are reset, and new ones as soon as they are made
    - ``silent``: connections stay, and nothing comes through any more (half-open)
    - ``slow``: half a second late, in slices of a few bytes
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = free_port()
        self.mode: Mode = "open"
        self._healed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._healed.set()
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        self.turn("cut")
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def turn(self, mode: Mode) -> None:
        """From now on it is like this. A connection that was silent does not come back: its bytes are lost."""
        if self.mode == "silent" or mode == "cut":
            for writer in self._writers:
                writer.transport.abort()
        self.mode = mode
        if mode == "silent":
            self._healed.clear()
        else:
            self._healed.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self.mode == "cut":
            writer.transport.abort()
            return
        await self._healed.wait()
        try:
            there, back = await asyncio.open_connection(LOOPBACK, self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            self._writers -= {writer, back}
            writer.transport.abort()
            back.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await reader.read(65_536):
                await self._healed.wait()
                if writer.transport.is_closing():
                    break
                if self.mode == "slow":
                    await _sliced(data, writer)
                else:
                    writer.write(data)
                await writer.drain()
        writer.transport.abort()


async def _sliced(data: bytes, writer: asyncio.StreamWriter) -> None:
    """At most two dozen slices, the first of them tiny, so that every reader meets half a frame."""
    await asyncio.sleep(DELAY_SECONDS)
    at, slices = 0, 0
    while at < len(data):
        size = random.randint(1, 7) if slices < 20 else len(data) - at
        writer.write(data[at : at + size])
        await writer.drain()
        await asyncio.sleep(0)
        at, slices = at + size, slices + 1


@asynccontextmanager
async def link_to(port: int) -> AsyncIterator[Link]:
    """A link, open to begin with."""
    link = Link(port)
    await link.start()
    try:
        yield link
    finally:
        await link.stop()
