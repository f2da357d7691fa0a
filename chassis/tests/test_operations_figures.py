"""Readiness tells of a consumer that takes nothing, and of a key service that is away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relevo_chassis.delivery.consume import DurableInfo
from relevo_chassis.operations.figures import Progress, key_check
from relevo_chassis.people.keys import KeyServiceAway, Wrapped


class Time:
    """A process clock in the hand of the test."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Durables:
    """Consumers of one durable, as the server tells of it."""

    def __init__(self) -> None:
        self.info = DurableInfo(True)

    async def durables(self) -> dict[str, DurableInfo]:
        return {"here_there": self.info}


async def test_a_durable_is_stuck_when_something_waits_for_a_minute_and_nothing_is_delivered() -> None:
    time, consumers = Time(), Durables()
    progress = Progress(cast(Any, consumers), time)
    consumers.info = DurableInfo(True, pending=3, delivered=7)
    assert await progress.stuck() == []
    time.at += 59
    assert await progress.stuck() == []
    time.at += 2
    assert await progress.stuck() == ["here_there"]
    consumers.info = DurableInfo(True, pending=3, delivered=8)
    assert await progress.stuck() == []


async def test_a_durable_that_had_nothing_to_deliver_for_long_is_not_stuck_when_something_comes() -> None:
    time, consumers = Time(), Durables()
    progress = Progress(cast(Any, consumers), time)
    consumers.info = DurableInfo(True, pending=2, delivered=7)
    assert await progress.stuck() == []
    consumers.info = DurableInfo(True, delivered=9)
    assert await progress.stuck() == []
    time.at += 1_000
    consumers.info = DurableInfo(True, pending=1, delivered=9)
    assert await progress.stuck() == []


class KeyService:
    """A key service that can go away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    async def wrap(self, keys: Sequence[tuple[str, bytes]]) -> list[Wrapped]:
        self.asked += 1
        if self.away:
            raise KeyServiceAway("no answer")
        return [Wrapped("k1", b"sealed") for _ in keys]

    async def unwrap(self, wrapped: Sequence[tuple[str, Wrapped]]) -> list[bytes]:
        return []


async def test_a_key_service_that_is_away_is_told_and_asked_no_more_than_every_ten_seconds_while_it_is_there() -> None:
    time, service = Time(), KeyService()
    check = key_check(service, time)
    assert await check() is None
    service.away = True
    time.at += 9
    assert (await check(), service.asked) == (None, 1)
    time.at += 2
    assert "key service is away" in (await check() or "")
    service.away = False
    assert await check() is None
