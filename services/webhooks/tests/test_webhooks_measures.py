"""What is measured of all subscriptions together, and what operators are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from relevo_webhooks.domain.delivery import Try
from relevo_webhooks.measures import MEASURES, remarks

Bridge = Any


async def measured(bridge: Bridge) -> dict[str, float]:
    return {each.name.removeprefix("relevo_webhooks_"): await of(bridge.stand.shell) for each, of in MEASURES.items()}


async def test_waiting_failing_parked_and_gone_are_counted_and_told_with_what_to_do(bridge: Bridge) -> None:
    assert set((await measured(bridge)).values()) == {0.0}
    await bridge.active()
    await bridge.opened()
    bridge.later += timedelta(seconds=90)
    found = await measured(bridge)
    assert (found["waiting"], found["failing"]) == (1, 0)
    assert 90 <= found["oldest_seconds"] < 95
    bridge.endpoint.answer = lambda url, message: Try(outcome="answered", status=500)
    await bridge.send()
    assert (await measured(bridge))["failing"] == 1
    for _ in range(40):
        await bridge.send(hours=2)
    found = await measured(bridge)
    assert (found["waiting"], found["parked"], found["oldest_seconds"]) == (0, 1, 0)
    bridge.endpoint.answer = lambda url, message: Try(outcome="answered", status=410)
    await bridge.opened("other")
    await bridge.send()
    assert (await measured(bridge))["gone"] == 1
    counts = [each.count for each in await remarks(bridge.stand.store)]
    assert counts == [1, 0, 1]
