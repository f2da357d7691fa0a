"""Clients that mean harm: one endless header, many who say nothing and many who stop in the middle of a header."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
SECONDS = 90
_PIECE = b"a" * (1 << 20)


@dataclass(frozen=True)
class Siege:
    """What others saw of it: their longest wait and the process's growth at its highest; and when it was over."""

    requests: int
    longest_wait_seconds: float
    grown_mib: float
    closed_after_seconds: float
    left_open: int


async def besieged(port: int, pid: int, path: str, *, header_mib: int, silent: int, halves: int) -> Siege:
    """Attack a service from all sides at once, ask it for ``path`` like anybody else, and wait until it has closed
    every hostile connection, a minute and a half at most."""
    before, highest, waits = resident_mib(pid), 0.0, [0.0]
    await response_seconds(port, path)
    began = time.monotonic()
    flood = threading.Thread(target=send_long_header, args=(port, header_mib), daemon=True)
    flood.start()
    async with crowd(port, silent, b"") as quiet, crowd(port, halves, b"GET / HTTP/1.1\r\nHost: a\r\nX: ") as stopped:
        closing = asyncio.gather(*(closed(reader) for reader in (*quiet, *stopped)))
        while not closing.done() and time.monotonic() - began < SECONDS:
            waits.append(await response_seconds(port, path))
            highest = max(highest, resident_mib(pid))
            await asyncio.sleep(0.01)
        over = time.monotonic() - began
        left = sum(not reader.at_eof() and reader.exception() is None for reader in (*quiet, *stopped))
        closing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await closing
    await asyncio.to_thread(flood.join)
    return Siege(len(waits) - 1, max(waits), highest - before, over, left)


async def response_seconds(port: int, path: str) -> float:
    """How long one waits for an answer over a connection of one's own. Raises ``ConnectionError`` without one."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"answered {answer[:40]!r}")
    return time.monotonic() - began


@asynccontextmanager
async def crowd(port: int, count: int, sent: bytes) -> AsyncIterator[list[asyncio.StreamReader]]:
    """So many connections that say this and no more."""
    opened = await asyncio.gather(*(asyncio.open_connection(HOST, port) for _ in range(count)))
    for _, writer in opened:
        writer.write(sent)
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.close()


async def closed(reader: asyncio.StreamReader) -> None:
    """Return when the other side has ended the connection."""
    with contextlib.suppress(ConnectionError):
        while await reader.read(65_536):
            pass


def send_long_header(port: int, mib: int) -> None:
    """One request whose header has so many MiB, as far as the other side takes them."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        for _ in range(mib):
            connection.sendall(_PIECE)
        connection.sendall(b"\r\n\r\n")


def resident_mib(pid: int) -> float:
    """The memory that a process holds now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0
