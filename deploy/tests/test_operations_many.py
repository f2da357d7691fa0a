"""More dead letters than a service lists at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relevo_deploy.operations import dead_letters
from relevo_deploy.operations.dead_letters import MOST
from relevo_deploy.operations.doors import Doors
from relevo_deploy.operations.reach import Reach

AT_ONCE = 200
"""So many are set aside at the same instant."""


class FakeDoors:
    """A service with dead letters, one of each aggregate, which lists them as a real one does."""

    services = ("scheduling",)

    def __init__(self, count: int) -> None:
        self.parked: list[Mapping[str, Any]] = [
            {
                "id": f"{number:032x}",
                "durable": "scheduling_intake",
                "aggregate": f"participant/{number}",
                "sequence": 1,
                "parked_at": f"2019-09-12T09:00:00.{number // AT_ONCE:03}Z",
            }
            for number in range(count)
        ]

    async def get(self, service: str, path: str, limit: int, since: str = "") -> list[Mapping[str, Any]]:
        return [each for each in self.parked if each["parked_at"] >= since][:limit]


async def tried(doors: FakeDoors, *, works: bool) -> list[str]:
    """The ids in the order in which they were tried."""
    found: list[str] = []

    async def attempt(reach: Reach, doors_: Doors, service: str, parked: Mapping[str, Any]) -> bool:
        found.append(parked["id"])
        if works:
            doors.parked = [each for each in doors.parked if each["id"] != parked["id"]]
        return works

    outcomes = await dead_letters._each(cast(Reach, None), cast(Doors, doors), None, None, attempt)
    assert outcomes == [works] * len(found)
    return found


async def test_that_the_oldest_thousand_all_fail_keeps_nothing_behind_them_from_being_tried() -> None:
    doors = FakeDoors(2 * MOST + 500)
    ids = [each["id"] for each in doors.parked]
    assert await tried(doors, works=False) == ids


async def test_each_is_tried_once_when_all_of_them_work() -> None:
    doors = FakeDoors(MOST + 1)
    ids = [each["id"] for each in doors.parked]
    assert await tried(doors, works=True) == ids
    assert doors.parked == []
