"""The bad network is as bad as it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from tests.chaos.link import DELAY_SECONDS, Link, link_to

from relevo_servers import free_port

HELLO = b"a line of some length that is worth slicing\n"


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    """A link to a server that says again what it is told."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)
        writer.close()

    port = free_port()
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    async with link_to(port) as made:
        yield made
    server.close()


async def repeating(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, within: float) -> bytes:
    writer.write(HELLO)
    async with asyncio.timeout(within):
        return await reader.readexactly(len(HELLO))


async def test_an_open_link_passes_everything_and_a_slow_one_passes_it_late(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    assert await repeating(reader, writer, 5) == HELLO
    link.turn("slow")
    began = time.monotonic()
    assert await repeating(reader, writer, 5) == HELLO
    assert time.monotonic() - began >= 2 * DELAY_SECONDS
    writer.close()


async def test_a_cut_link_ends_connections_and_takes_none(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    await repeating(reader, writer, 5)
    link.turn("cut")
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await repeating(reader, writer, 5)
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await repeating(reader, writer, 5)


async def test_a_silent_link_keeps_connections_and_passes_nothing_until_it_is_healed(link: Link) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    await repeating(reader, writer, 5)
    link.turn("silent")
    with pytest.raises(TimeoutError):
        await repeating(reader, writer, 0.3)
    link.turn("open")
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await repeating(reader, writer, 5)
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    assert await repeating(reader, writer, 5) == HELLO
    writer.close()
