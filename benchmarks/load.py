"""Closed-loop load over HTTP/1.1: so many clients, each with one connection and one request in hand.

Lean on purpose: what the client costs is taken from the server on the same two cores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a run gave: answered requests, seconds, and each answer's latency in seconds."""

    answered: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


class UnexpectedAnswer(RuntimeError):
    """The server answered with another status than the load expects."""


async def run(port: int, requests: int, clients: int, request: Callable[[int], bytes], *, expect: int = 201) -> Load:
    """Send requests 0, 1, 2 … and read their answers. Raises ``UnexpectedAnswer``."""
    numbers = iter(range(requests))
    latencies: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            sent = time.perf_counter()
            writer.write(request(number))
            status = await _answer(reader)
            if status != expect:
                raise UnexpectedAnswer(f"{status} instead of {expect}")
            latencies.append(time.perf_counter() - sent)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(len(latencies), time.perf_counter() - started, latencies)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    start = lowered.index(b"content-length:") + 15
    await reader.readexactly(int(lowered[start : lowered.index(b"\r\n", start)]))
    return int(head[9:12])


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
