"""A stack of two tiny services, and an operator in front of it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import nats
from pymongo import MongoClient
from pymongo.database import Database

from relevo_deploy.command import main
from relevo_deploy.embedded.programs import Program
from relevo_deploy.embedded.stack import Stack
from relevo_deploy.topology.jetstream import JetStream

PROGRAM = str(Path(__file__).with_name("operations_service.py"))
PROGRAMS = [Program(name, (PROGRAM, name)) for name in ("intake", "scheduling")]


class Answer(NamedTuple):
    code: int
    output: str
    errors: str


def typed(*words: str) -> Answer:
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        code = main(words)
    return Answer(code, output.getvalue(), errors.getvalue())


class Yard:
    """A stack of two services and an operator in front of it."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self._http = http
        self.poison = stack.folder / "poison"

    async def relevo(self, *words: str) -> Answer:
        return await asyncio.to_thread(typed, *words, "--stack", str(self.stack.folder))

    async def green(self) -> None:
        status = await self.relevo("status")
        assert status.code == 0, status.output
        verified = await self.relevo("verify")
        assert verified.code == 0, verified.output

    async def is_well(self) -> bool:
        return (await self.relevo("status")).code == 0

    async def is_not_well(self) -> bool:
        return not await self.is_well()

    async def publish(self, number: int, times: int = 1) -> None:
        for _ in range(times):
            url, headers = f"{self.stack.url('intake')}/participants/{number}", {"Idempotency-Key": str(uuid4())}
            assert (await self._http.post(url, headers=headers)).status_code == 201

    async def read(self, reader: str) -> None:
        assert (await self._http.get(f"{self.stack.url('intake')}/readings/{reader}")).status_code == 200

    def has_sealed(self, service: str, record: str, entries: int) -> Callable[[], Awaitable[bool]]:
        async def it_has() -> bool:
            with self.writing_to(service) as database:
                return database[record].count_documents({}) >= entries

        return it_has

    @contextmanager
    def writing_to(self, service: str) -> Iterator[Database[dict[str, Any]]]:
        """The database of a service, as its administrator: nobody else changes a record."""
        password = self.stack.place.secrets.mongo_admin_password()
        client: MongoClient[dict[str, Any]] = MongoClient(
            self.stack.place.mongo_url, username="admin", password=password
        )
        with client:
            yield client[service]

    async def heard(self, number: int) -> int:
        return int((await self._http.get(f"{self.stack.url('scheduling')}/participants/{number}")).text)

    def hears(self, number: int, times: int) -> Callable[[], Awaitable[bool]]:
        async def it_does() -> bool:
            return await self.heard(number) == times

        return it_does

    async def on_the_bus(self, do: Callable[[JetStream, Any], Awaitable[None]]) -> None:
        credentials = str(self.stack.place.secrets.path("operator", "nats.creds"))
        async with await nats.connect(self.stack.nats_url, user_credentials=credentials) as client:
            await do(JetStream(client), client.jetstream())

    async def dead_letters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((await self.relevo("dead-letters", "list", "--json")).output)
        return found


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Yard]:
    stack = Stack(folder, services=("intake", "scheduling"), programs=PROGRAMS)
    async with stack, httpx.AsyncClient(trust_env=False) as http:
        yield Yard(stack, http)
