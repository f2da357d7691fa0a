"""What may wait has a bound, and what is missing is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from relevo_chassis.delivery.change import A, Busy, Change, Decision, Found, Repeat
from relevo_chassis.given.pressure import Bounded
from relevo_testkit.fakes import FakeStore


class Accepting:
    """Takes every change."""

    async def commit(self, change: Change[A]) -> A | Repeat:
        return change.decide(Found({})).answer

    async def commit_all(self, changes: Sequence[Change[Any]]) -> list[Any]:
        return [await self.commit(each) for each in changes]


CHANGE = Change([], lambda _: Decision(answer="taken"), datetime(2019, 9, 12, tzinfo=UTC), "a" * 32)


async def test_beyond_the_bound_nothing_is_taken_until_the_relay_has_caught_up() -> None:
    store = FakeStore()
    bounded = Bounded(Accepting(), cast(Any, store), bound=3)
    committed = datetime.now(UTC) - timedelta(seconds=90)
    for order in range(3):
        assert await bounded.commit(CHANGE) == "taken"
        document = {"_id": str(order), "order": order, "sent": False, "committed_at": committed}
        await store.insert("outbox", document)
        await bounded.look()
    assert bounded.unsent == 3
    assert 89 < bounded.oldest_seconds < 95
    with pytest.raises(Busy):
        await bounded.commit(CHANGE)
    assert [type(each) for each in await bounded.commit_all([CHANGE, CHANGE])] == [Busy, Busy]
    await store.update_rows("outbox", {"_id": "0"}, {"sent": True})
    await bounded.look()
    assert await bounded.commit(CHANGE) == "taken"
    assert await bounded.commit_all([CHANGE, CHANGE]) == ["taken", "taken"]
    await store.update_rows("outbox", {}, {"sent": True})
    await bounded.look()
    assert (bounded.unsent, bounded.oldest_seconds) == (0, 0.0)
