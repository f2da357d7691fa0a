"""Read models: what a service can make again from events alone, and emptying one so that it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from relevo_chassis.delivery import parked
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.delivery.consume import Consumers
from relevo_chassis.delivery.group import POSITIONS
from relevo_chassis.delivery.store import Store

COLLECTION = "rebuilds"

log = structlog.get_logger(__name__)


class ReadModel(NamedTuple):
    """Collections that the handlers of these durables fill, and nothing else does.

    Whoever declares one promises that those handlers tell no event, set no deadline and write nowhere else, so that
    to handle everything from the beginning gives the same again.
    """

    name: str
    durables: tuple[str, ...]
    collections: tuple[str, ...]


class NoSuchReadModel(Refusal):
    """This service declares no read model of this name; what it holds are facts of its own, which nothing rebuilds."""

    status = 404


class StillConsuming(Refusal):
    """The durable still exists, or NATS is away, so events could take effect in between; see ``relevo rebuild``."""


class Rebuild:
    """Empties the read models of one service. What was begun is kept in the store until it is said to be done."""

    def __init__(self, store: Store, consumers: Consumers, models: Iterable[ReadModel]) -> None:
        self._store = store
        self._consumers = consumers
        self._models = {model.name: model for model in models}

    @property
    def models(self) -> tuple[ReadModel, ...]:
        """What is declared."""
        return tuple(self._models.values())

    def model(self, name: str) -> ReadModel:
        """Raises ``NoSuchReadModel``."""
        if name not in self._models:
            raise NoSuchReadModel(declared=sorted(self._models))
        return self._models[name]

    async def empty(self, name: str) -> int:
        """Remove what a read model holds, with the positions and parked events of its durables; returns how many rows.

        Safe to repeat. To be called when its durables are deleted and what was in hand is finished; made anew, they
        deliver everything from the beginning. Raises ``NoSuchReadModel`` or ``StillConsuming``.
        """
        model = self.model(name)
        durables = await self._consumers.durables()
        if present := sorted(durable for durable in model.durables if durables[durable].exists is not False):
            raise StillConsuming(durables=present)
        if await self._store.row(COLLECTION, name) is None:
            await self._store.insert(COLLECTION, {"_id": name, "begun_at": datetime.now(UTC)})
        of_its_durables = {"consumer": {"$in": list(model.durables)}}
        await self._store.remove_rows(POSITIONS, of_its_durables)
        await self._store.remove_rows(parked.COLLECTION, of_its_durables)
        removed = sum([await self._store.remove_rows(collection, {}) for collection in model.collections])
        log.warning("read_model_emptied", key=name, count=removed)
        return removed

    async def done(self, name: str) -> None:
        """It holds everything again. Raises ``NoSuchReadModel``."""
        self.model(name)
        await self._store.remove_rows(COLLECTION, {"_id": name})
        log.warning("read_model_rebuilt", key=name)

    async def unfinished(self) -> tuple[str, ...]:
        """What was begun and not said to be done."""
        return tuple(sorted(row["_id"] for row in await self._store.rows(COLLECTION, {})))
