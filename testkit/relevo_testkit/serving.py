"""A whole service on real servers, in this process or in one of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from relevo_chassis.given.settings import PREFIX, ServiceSettings
from relevo_chassis.given.shell import Shell
from relevo_chassis.service.assembly import application
from relevo_chassis.service.made_of import Service
from relevo_servers import LOOPBACK, Process
from relevo_testkit.stand import FakeTokens
from relevo_testkit.waiting import until


@dataclass(frozen=True)
class Served:
    """A service in this process, with tokens in the hand of the test."""

    app: FastAPI
    shell: Shell
    http: httpx.AsyncClient
    tokens: FakeTokens

    async def readiness(self) -> dict[str, Any]:
        """What it says of itself."""
        found: dict[str, Any] = (await self.http.get("/readyz")).json()
        return found

    async def until_ready(self) -> None:
        async def is_ready() -> bool:
            return bool((await self.readiness())["ready"])

        await until(is_ready)


@asynccontextmanager
async def serving(settings: ServiceSettings, service: Service) -> AsyncIterator[Served]:
    """The service from its start, ready or not, to its end."""
    app = application(settings, service)
    async with app.router.lifespan_context(app):
        tokens = FakeTokens()
        shell: Shell = replace(app.state.shell, tokens=tokens)
        app.state.shell = shell
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service.local") as http:
            yield Served(app, shell, http, tokens)


@asynccontextmanager
async def listening(app: FastAPI, port: int) -> AsyncIterator[None]:
    """An application that anybody on this machine can ask, such as a browser; what it needs is there already."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await task


class ServiceProcess(Process):
    """A service as a process, asked over HTTP. It knows no setting but those that it is given."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], output: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        super().__init__([sys.executable, *command], log=output, environment={**inherited, **environment})
        self.http = httpx.AsyncClient(
            base_url=f"http://{LOOPBACK}:{environment[f'{PREFIX}HTTP_PORT']}", trust_env=False
        )

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8")

    async def readiness(self) -> dict[str, Any]:
        """What it says of itself, or that nobody answers."""
        try:
            answer = await self.http.get("/readyz")
        except httpx.TransportError:
            return {"ready": False, "failing": {"http": "not there yet"}, "degraded": {}}
        found: dict[str, Any] = answer.json()
        assert (answer.status_code == 200) == found["ready"]
        return found

    async def until_ready(self, seconds: float = 40) -> None:
        async def is_ready() -> bool:
            assert self.pid, self.output
            return bool((await self.readiness())["ready"])

        await until(is_ready, seconds)

    async def close(self) -> None:
        """End it as a crash would, if it still runs."""
        await self.kill()
        await self.http.aclose()
