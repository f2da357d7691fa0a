"""Once, whatever comes again: how far each aggregate has come is kept in the transaction that keeps the effect.

For every subscriber: with nats-py (``subscriber.py``), with FastStream (``faststream.py``), or a loop of one's own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from relevo_contracts.envelope import Envelope

T = TypeVar("T")


class Positions(Protocol[T]):
    """How far each aggregate has come, kept where the effects are: these two methods over your own database."""

    def transaction(self) -> AbstractAsyncContextManager[T]:
        """A transaction: all that was written with it stays when its block ends, and nothing of it when that raises."""

    async def advance(self, transaction: T, aggregate: str, sequence: int) -> bool:
        """Move an aggregate on to ``sequence``; ``False`` when it is there already or further.

        Of two transactions that try the same, in two replicas too, one alone is told ``True`` and can be committed.
        """


def once(
    effect: Callable[[Envelope, T], Awaitable[None]], positions: Positions[T]
) -> Callable[[Envelope], Awaitable[None]]:
    """A handler that has its effect once for each event, and passes over what comes again or too late.

    ``effect`` writes with the transaction it is handed; what it does elsewhere may be done twice, and is to be done
    under ``envelope.id``. Sequences may have holes: whoever hears public events only is not told of the others.
    """

    async def handle(envelope: Envelope) -> None:
        async with positions.transaction() as transaction:
            if await positions.advance(transaction, aggregate_of(envelope), envelope.sequence):
                await effect(envelope, transaction)

    return handle


def aggregate_of(envelope: Envelope) -> str:
    """What an event's sequence counts along, as one text: ``intake/call/…``."""
    event = envelope.event
    return f"{event.service}/{event.aggregate}/{event.aggregate_id}"


class MemoryPositions:
    """Positions that are gone with the process: for tests, and for effects that are gone with it too."""

    def __init__(self) -> None:
        self._positions: dict[str, int] = {}
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[dict[str, int]]:
        async with self._lock:
            moved: dict[str, int] = {}
            yield moved
            self._positions.update(moved)

    async def advance(self, transaction: dict[str, int], aggregate: str, sequence: int) -> bool:
        if sequence <= max(self._positions.get(aggregate, 0), transaction.get(aggregate, 0)):
            return False
        transaction[aggregate] = sequence
        return True


class SqlitePositions:
    """Positions in a file of SQLite, beside the tables of your effects. One transaction at a time."""

    def __init__(self, path: Path | str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS positions (aggregate TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT"
        )
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[sqlite3.Connection]:
        async with self._lock:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    async def advance(self, transaction: sqlite3.Connection, aggregate: str, sequence: int) -> bool:
        moved = transaction.execute(
            "INSERT INTO positions VALUES (?, ?) ON CONFLICT (aggregate) DO UPDATE SET sequence = excluded.sequence "
            "WHERE excluded.sequence > positions.sequence",
            (aggregate, sequence),
        )
        return moved.rowcount == 1

    def close(self) -> None:
        self.connection.close()
