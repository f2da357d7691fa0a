"""The bridge of webhooks as two processes on a bus with accounts, and the guide's endpoint subscribed to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.partners.yard import RELEASE, Yard

from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_deploy.deployed import WEBHOOKS
from relevo_servers import LOOPBACK, MongoServer, free_port
from relevo_testkit.serving import ServiceProcess, serving
from relevo_testkit.surroundings import Surroundings
from relevo_webhooks.main import SERVICE
from relevo_webhooks.settings import WebhooksSettings
from relevo_webhooks.store import DELIVERIES

REPLICAS = 2


class Bridge:
    """Two replicas over one store, each of which can be killed and started again."""

    def __init__(self, surroundings: Surroundings, folder: Path, **own: Any) -> None:
        self.kills = 0
        self._settings = surroundings.settings(WebhooksSettings, **own)
        self._store = Store.connected(self._settings.mongo_url, self._settings.mongo_database)
        self._replicas = [
            ServiceProcess(
                ("-m", "relevo_webhooks"),
                surroundings.environment(**{**own, "http_port": free_port()}),
                folder / f"webhooks-{number}.log",
            )
            for number in range(REPLICAS)
        ]

    async def subscribe(self, url: str, secret: Path) -> None:
        """As an operator does, with the secret where whoever answers at the URL reads it."""
        async with serving(self._settings, SERVICE) as served:
            operator = served.tokens.bearer("operator-1", "operator")

            async def post(path: str, content: object = None) -> httpx.Response:
                headers = {**operator, "Idempotency-Key": new_id()}
                answer = await served.http.post(path, json=content, headers=headers)
                assert answer.is_success, answer.text
                return answer

            added = (await post("/subscriptions", {"partner": "Observatory", "url": url})).json()
            await asyncio.to_thread(secret.write_text, added["secret"])
            await post(f"/subscriptions/{added['subscription']['subscription_id']}/check")

    async def start(self) -> None:
        for each in self._replicas:
            each.start()
        for each in self._replicas:
            await each.until_ready()

    async def kill(self, number: int) -> None:
        """One of them, which starts again while its fellow goes on."""
        await self._replicas[number % REPLICAS].kill()
        self._replicas[number % REPLICAS].start()
        self.kills += 1

    async def all_sent(self) -> bool:
        """Whether nothing is left to send. What failed is tried again at once: nobody here waits for minutes."""
        failed = {"state": "waiting", "attempts": {"$gt": 0}}
        await self._store.update_rows(DELIVERIES, failed, {"next_at": datetime.now(UTC)})
        return not await self._store.count_rows(DELIVERIES, {"state": {"$in": ["waiting", "parked"]}})

    async def close(self) -> None:
        for each in self._replicas:
            await each.close()
        await self._store.drop_database()
        self._store.close()


@asynccontextmanager
async def a_bridge(yard: Yard, mongo: MongoServer, database: str, folder: Path) -> AsyncIterator[Bridge]:
    """With its own account on the bus and its own database, not started yet."""
    surroundings = Surroundings.of(folder, mongo_url=mongo.url, mongo_database=database, nats_url=yard.server.url)
    async with AsyncExitStack() as ending:
        bridge = Bridge(
            surroundings,
            folder,
            nats_credentials_file=yard.secrets.bus.credentials(WEBHOOKS, RELEASE),
            nats_inbox_prefix=f"_INBOX_{WEBHOOKS}",
            webhooks_allowed_networks=f"{LOOPBACK}/32",
            webhooks_plain_http=True,
            service=WEBHOOKS,
        )
        ending.push_async_callback(bridge.close)
        yield bridge
