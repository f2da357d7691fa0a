"""What intake measures of its letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_intake.letters.queue import LETTERS
from relevo_intake.measures import MEASURES

NOW = datetime(2019, 9, 12, tzinfo=UTC)


class Clock:
    def now(self) -> datetime:
        return NOW


class Shell:
    """As much of a shell as measures ask for."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, Clock()


async def measured(store: Store) -> dict[str, float]:
    shell: Any = Shell(store)
    return {measure.name: await found(shell) for measure, found in MEASURES.items()}


async def test_letters_are_counted_by_what_keeps_them_and_the_oldest_is_one_that_no_server_put_off(
    mongo_store: Store,
) -> None:
    nothing = {"relevo_letters_queued": 0, "relevo_letters_put_off": 0, "relevo_letters_failed": 0}
    assert await measured(mongo_store) == {
        **nothing,
        "relevo_letters_oldest_seconds": 0,
        "relevo_intake_calls_under_attack": 0,
    }
    for state, attempts, hours in (
        ("queued", 0, 1),
        ("queued", 0, 2),
        ("queued", 3, 50),
        ("failed", 3, 9),
        ("sent", 0, 9),
    ):
        letter = {"state": state, "attempts": attempts, "queued_at": NOW - timedelta(hours=hours)}
        await mongo_store.insert(LETTERS, {"_id": new_id(), **letter})
    assert await measured(mongo_store) == {
        "relevo_letters_queued": 2,
        "relevo_letters_put_off": 1,
        "relevo_letters_failed": 1,
        "relevo_letters_oldest_seconds": 7200,
        "relevo_intake_calls_under_attack": 0,
    }
