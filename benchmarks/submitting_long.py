"""Submitting to a store that has outgrown mongod's cache, beside one that fits in it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from benchmarks.applicants import submitted_before
from benchmarks.load import run
from benchmarks.processes import cpu_seconds
from benchmarks.report import Entry, Goal, in_turn, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting
from benchmarks.submitting import CLIENTS, admin_url, intake_program, opened_call, submission
from relevo_deploy.embedded.stack import Stack

CACHE_MIB = 128
"""Small, so that it is outgrown soon. Ratios depend on how many times the store is its cache, and little on either."""
GOAL = Goal(2.0, at_least=False)
WIRED_TIGER = {
    "pages_read": "pages read into cache",
    "pages_written": "pages written from cache",
    "bytes_read": "bytes read into cache",
    "bytes_written": "bytes written from cache",
}


@dataclass
class Side:
    """Intake with so many submissions behind it, on a mongod of its own."""

    stack: Stack
    call_id: str
    behind: int
    admin: AsyncIOMotorClient[Any]
    found: list[dict[str, float]] = field(default_factory=list)

    async def submit(self, requests: int) -> dict[str, float]:
        """What each of so many submissions costs: processor time of mongod and of the service, pages of the cache."""
        before = await self._used()
        load = await run(
            self.stack.place.ports["intake"], requests, CLIENTS, lambda number: submission(self.call_id, number)
        )
        used = {name: (value - before[name]) / requests for name, value in (await self._used()).items()}
        return {"per_second": load.rate, **used}

    async def bytes_of_each(self) -> dict[str, float]:
        """Bytes of an application, uncompressed and on disk, with its indexes."""
        stats = await self.admin["intake"].command("dbStats")
        count = await self.admin["intake"]["application"].estimated_document_count()
        return {name: stats[name] / count for name in ("dataSize", "storageSize", "indexSize")}

    async def _used(self) -> dict[str, float]:
        cache = (await self.admin["admin"].command("serverStatus"))["wiredTiger"]["cache"]
        pids = {"mongod": self.stack.pid("mongo"), "service": self.stack.pid("intake")}
        cpu = {f"{name}_microseconds": 1e6 * cpu_seconds(pid) for name, pid in pids.items() if pid}
        return cpu | {name: float(cache[title]) for name, title in WIRED_TIGER.items()}


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``submit_flat``."""
    async with _side(0) as little, _side(size.submitted_before) as much:
        setting.report(f"{much.behind:,} submissions lie behind, mongod has {CACHE_MIB} MiB of cache")
        each = await much.bytes_of_each()
        for number in range(-1, size.rounds):
            for name in in_turn(number, ("much", "little")):
                side = much if name == "much" else little
                cost = await side.submit(size.submissions)
                if number < 0:
                    continue  # warms up connections, caches and code
                side.found.append(cost)
                in_words = f"{cost['mongod_microseconds']:.0f} µs of mongod, {cost['pages_read']:.2f} pages read"
                setting.report(f"round {number + 1}/{size.rounds}: with {name} behind it {in_words} a submission")
    return [_entry(much, little, each)]


def _entry(much: Side, little: Side, each: dict[str, float]) -> Entry:
    ours, floor = ([did["mongod_microseconds"] for did in side.found] for side in (much, little))
    return Entry(
        "submit_flat",
        f"mongod's processor time for a submission with {much.behind:,} behind it ÷ with none, in {CACHE_MIB} MiB",
        sides(ours, floor, "µs"),
        ratios(ours, floor),
        GOAL,
        measured={
            "bytes_of_an_application": each,
            "much": {name: spread([did[name] for did in much.found]) for name in much.found[0]},
            "little": {name: spread([did[name] for did in little.found]) for name in little.found[0]},
        },
    )


@asynccontextmanager
async def _side(behind: int) -> AsyncIterator[Side]:
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        async with Stack(Path(folder), services=["intake"], programs=[intake_program()]) as stack:
            admin: AsyncIOMotorClient[Any] = AsyncIOMotorClient(admin_url(stack))
            config = f"cache_size={CACHE_MIB}M"
            await admin["admin"].command("setParameter", 1, wiredTigerEngineRuntimeConfig=config)
            call_id = await opened_call(stack)
            if behind:
                key = stack.place.secrets.service_key("intake")
                await submitted_before(admin_url(stack), key, call_id, behind)
            yield Side(stack, call_id, behind, admin)
            admin.close()
