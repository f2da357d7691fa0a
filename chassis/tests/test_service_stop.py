"""The end of a service: of which one part has ended before, or will not end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import structlog
from fastapi import FastAPI
from structlog.testing import capture_logs

from relevo_chassis.http.connections import Limits
from relevo_chassis.service.running import Running
from relevo_chassis.service.server import server_of


class Parts:
    """The parts of a service, which note in which order they are ended."""

    def __init__(self, broken: str) -> None:
        self.stopped: list[str] = []
        self._broken = broken

    def part(self, **names: str) -> Any:
        return SimpleNamespace(**{method: self._end(name) for method, name in names.items()})

    def _end(self, name: str) -> Any:
        async def end() -> None:
            self.stopped.append(name)
            if name == self._broken:
                raise RuntimeError("gone")

        return end


async def test_a_part_that_has_ended_by_itself_keeps_no_other_from_ending_in_order() -> None:
    parts = Parts(broken="sweeper")
    running = SimpleNamespace(
        _tasks=[],
        _bus=parts.part(stop_fetching="feeds", leave="relay"),
        _sweeper=parts.part(close="sweeper"),
        _committer=parts.part(close="committer"),
        _records=SimpleNamespace(sealer=parts.part(seal="records")),
        _client=parts.part(aclose="client"),
        _store=SimpleNamespace(close=lambda: parts.stopped.append("store")),
        _log=structlog.get_logger(),
    )
    with capture_logs() as logged:
        await Running.stop(cast(Any, running))
    assert parts.stopped == ["feeds", "sweeper", "committer", "records", "relay", "client", "store"]
    assert [str(each["exc_info"]) for each in logged] == ["gone"]


async def _hard_of_hearing() -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


def test_what_did_not_hear_that_it_was_cancelled_keeps_no_process_from_ending() -> None:
    left: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def leaving(_: FastAPI) -> AsyncIterator[None]:
        left.append(asyncio.create_task(_hard_of_hearing()))
        yield

    server = server_of(FastAPI(lifespan=leaving), "127.0.0.1", 0, Limits())
    server.should_exit = True
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    serving.join(10)
    assert not serving.is_alive()
    assert left[0].cancelled()
