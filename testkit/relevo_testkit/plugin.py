"""Fixtures of real servers, for pytest: ``-p relevo_testkit.plugin``.

One nats-server and one mongod for the session, on loopback and free ports; a database and streams of its own for
each test that asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio
from faststream.nats import NatsBroker

from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.store import Store
from relevo_servers import MongoServer, NatsServer
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A mongod, the only member of its replica set."""
    server = MongoServer(tmp_path_factory.mktemp("mongod"))
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A nats-server with JetStream that syncs always."""
    server = NatsServer(tmp_path_factory.mktemp("nats-server"))
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture
def mongo_database() -> str:
    """The name of a database that no other test uses."""
    return f"test_{uuid4().hex[:16]}"


@pytest_asyncio.fixture
async def mongo_store(mongo_server: MongoServer, mongo_database: str) -> AsyncIterator[Store]:
    """A real store with the collections and indexes that the delivery needs; its database is dropped afterwards."""
    store = Store.connected(mongo_server.url, mongo_database)
    await store.prepare((), INDEXES)
    yield store
    await store.drop_database()
    store.close()


@pytest_asyncio.fixture
async def surroundings(
    tmp_path: Path, mongo_server: MongoServer, nats_server: NatsServer, mongo_database: str
) -> AsyncIterator[Surroundings]:
    """What a service finds on them; its database is dropped afterwards."""
    yield Surroundings.of(tmp_path, mongo_url=mongo_server.url, mongo_database=mongo_database, nats_url=nats_server.url)
    store = Store.connected(mongo_server.url, mongo_database)
    await store.drop_database()
    store.close()


@pytest_asyncio.fixture
async def streams(nats_server: NatsServer) -> AsyncIterator[Streams]:
    """Streams and durables as an operator would make them; all are deleted afterwards."""
    made = await Streams.connected(nats_server.url)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of one's own; whoever asks for it is skipped where it does not run."""
    from relevo_testkit.browsing import chromium

    async with chromium() as made:
        yield made


@pytest_asyncio.fixture
async def broker(nats_server: NatsServer) -> AsyncIterator[NatsBroker]:
    """A FastStream broker, connected and not started."""
    made = NatsBroker(nats_server.url, apply_types=False, max_reconnect_attempts=-1, logger=None)
    await made.connect()
    yield made
    await made.stop()
