"""Where a measured process finds its servers."""

from __future__ import annotations

from dataclasses import dataclass

from faststream.nats import NatsBroker

from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.store import Store


@dataclass(frozen=True)
class Place:
    """MongoDB, NATS, a database and who one is on the bus; it can be written down and sent to another process."""

    mongo_url: str
    nats_url: str
    database: str
    nats_credentials: str | None = None

    async def store(self) -> Store:
        """A connected, prepared store on the place's database."""
        store = Store.connected(self.mongo_url, self.database)
        await store.prepare(("participant",), INDEXES)
        return store

    async def broker(self) -> NatsBroker:
        """A connected broker."""
        broker = NatsBroker(
            self.nats_url,
            user_credentials=self.nats_credentials,
            apply_types=False,
            max_reconnect_attempts=-1,
            logger=None,
        )
        await broker.connect()
        return broker
