"""An endpoint of webhooks: it verifies with Standard Webhooks' own library, and fails as a real one does."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from standardwebhooks.webhooks import Webhook

from relevo_servers import LOOPBACK, free_port
from relevo_testkit.waiting import until

FAILS = 0.2
"""So many of the events fail the first time that they come."""


class Effect(NamedTuple):
    """What an event did here, once."""

    event_id: str
    source: str
    subject: str
    sequence: int
    type: str


class Endpoint:
    """A small HTTP server with each effect once, by its webhook-id. What is not signed well is never answered.

    A fifth of what comes fails the first time: half of that is refused, the other half has its effect and nobody hears
    of it.
    """

    def __init__(self, seed: int = 27) -> None:
        self.port = free_port()
        self.secret = ""
        self.came: list[str] = []
        """The ids of events as they came, those that were refused and repetitions among them."""
        self.effects: dict[str, Effect] = {}
        self.refused = 0
        self._random = random.Random(seed)
        self._failed: set[str] = set()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/relevo"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for each in self._connections:
            each.close()
        await until(lambda: not self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while self._server:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                answer = self._answer(headers, body)
                if not answer:
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._connections.discard(writer)
            writer.close()

    def _answer(self, headers: dict[str, str], body: bytes) -> bytes:
        document = json.loads(body)
        if "challenge" in document:
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        Webhook(self.secret).verify(body, headers)
        id = headers["webhook-id"]
        self.came.append(id)
        fails = id not in self._failed and self._random.random() < FAILS
        if fails:
            self._failed.add(id)
            if self._random.random() < 0.5:
                self.refused += 1
                return b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        place = (document["source"], document["subject"], int(document["sequence"]))
        effect = Effect(document["id"], *place, document["type"])
        self.effects.setdefault(id, effect)
        return b"" if fails else b"HTTP/1.1 204 No Content\r\n\r\n"

    @property
    def lanes(self) -> Mapping[tuple[str, str], list[int]]:
        """The sequences of each thing in the order of their effects."""
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for effect in self.effects.values():
            found[effect.source, effect.subject].append(effect.sequence)
        return found

    @property
    def in_order(self) -> bool:
        return all(each == sorted(each) for each in self.lanes.values())


@asynccontextmanager
async def receiving(seed: int = 27) -> AsyncIterator[Endpoint]:
    """An endpoint that answers until the block ends."""
    endpoint = Endpoint(seed)
    await endpoint.start()
    try:
        yield endpoint
    finally:
        await endpoint.stop()
