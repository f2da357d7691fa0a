"""Whoever calls the services, and a stack of real processes to call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio

from relevo_contracts import SERVICES
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.stack import Stack


class Office:
    """Whoever calls the services: a client that sends a request again until it is answered, under its first key."""

    def __init__(self, stack: Stack, desk: Desk) -> None:
        self.stack, self.desk = stack, desk
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        self._tokens: dict[tuple[str, str], str] = {}

    async def close(self) -> None:
        await self._client.aclose()

    async def caller(self, role: str, subject: str) -> dict[str, str]:
        if (role, subject) not in self._tokens:
            self._tokens[role, subject] = await self.desk.token(subject, [role], SERVICES)
        return {"Authorization": f"Bearer {self._tokens[role, subject]}"}

    async def coordinator(self) -> dict[str, str]:
        return await self.caller("coordinator", "coordinator-1")

    async def send(
        self, method: str, service: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """What the first answer was, however often it had to be asked for."""
        sent = {"Idempotency-Key": str(uuid4()), **(await self.coordinator() if headers is None else headers)}
        async with asyncio.timeout(30):
            while True:
                try:
                    answer = await self._client.request(method, self.stack.url(service) + path, json=body, headers=sent)
                    if answer.status_code not in (502, 503):
                        assert answer.status_code < 500, answer.text
                        return answer
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    async def get(self, service: str, path: str, headers: dict[str, str] | None = None) -> Any:
        answer = await self.send("GET", service, path, headers=headers)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def post(self, service: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        answer = await self.send("POST", service, path, body, headers)
        assert answer.status_code in (200, 201, 202), f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def until(
        self, ask: Callable[[], Awaitable[Any]], good: Callable[[Any], bool], within_seconds: float = 20
    ) -> Any:
        """What is told as soon as it is what it should be."""
        answer = None
        try:
            async with asyncio.timeout(within_seconds):
                while True:
                    if good(answer := await ask()):
                        return answer
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"still {answer}") from None


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A fresh stack on the second day of the call, and its caller."""
    start = datetime(2019, 9, 12, 13, tzinfo=UTC)
    async with Stack(tmp_path / "stack", clock_start=start, services=DEPLOYED) as stack, stack.desk() as desk:
        office = Office(stack, desk)
        yield office
        await office.close()
