"""What operators see of deliveries, and how they have them come again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from relevo_chassis.ids import new_id
from relevo_webhooks.commands import deliveries

Bridge = Any


async def test_a_replay_from_a_number_sends_the_same_ids_in_their_order(bridge: Bridge) -> None:
    path = await bridge.active()
    ids = [await bridge.opened(), await bridge.closed()]
    await bridge.send()
    assert (await bridge.post(f"{path}/replay", {"from_number": 1})).json() == {"deliveries": 2}
    await bridge.send()
    assert bridge.endpoint.ids == [*ids, *ids]
    assert (await bridge.post(f"{path}/replay", {"from_number": 2})).json() == {"deliveries": 1}
    await bridge.send()
    assert bridge.endpoint.ids == [*ids, *ids, ids[1]]
    assert bridge.endpoint.effects == ids


async def test_a_subscriber_that_comes_later_is_sent_what_came_before_it(bridge: Bridge) -> None:
    ids = [await bridge.opened(), await bridge.closed()]
    path = await bridge.active()
    await bridge.send()
    assert bridge.endpoint.ids == []
    assert (await bridge.post(f"{path}/replay", {"from_number": 1})).json() == {"deliveries": 2}
    await bridge.send()
    assert bridge.endpoint.ids == ids


async def test_a_replay_from_an_instant_counts_from_the_times_of_events(bridge: Bridge) -> None:
    path = await bridge.active()
    await bridge.opened()
    at = bridge.stand.clock.now()
    for moment, count in ((at, 1), (at + timedelta(seconds=1), 0)):
        answer = await bridge.post(f"{path}/replay", {"from_time": moment.isoformat()})
        assert answer.json() == {"deliveries": count}


async def test_a_replay_sends_the_types_of_the_subscription_alone(bridge: Bridge) -> None:
    path = await bridge.active(types=["relevo.intake.CallClosed.v1"])
    await bridge.opened()
    closed = await bridge.closed()
    assert (await bridge.post(f"{path}/replay", {"from_number": 1})).json() == {"deliveries": 1}
    await bridge.send()
    assert bridge.endpoint.ids == [closed]


async def test_a_long_replay_goes_in_parts_and_is_once_for_its_key(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "AT_A_TIME", 2)
    path, key = await bridge.active(), new_id()
    ids = [await bridge.opened(str(number)) for number in range(5)]
    for _ in range(2):
        assert (await bridge.post(f"{path}/replay", {"from_number": 1}, key=key)).json() == {"deliveries": 5}
    await bridge.send()
    assert sorted(bridge.endpoint.ids) == sorted(ids)


async def test_a_replay_says_from_where_in_one_way(bridge: Bridge) -> None:
    path = await bridge.active()
    for form in ({}, {"from_number": 1, "from_time": "2026-01-01T00:00:00Z"}):
        assert (await bridge.post(f"{path}/replay", form)).status_code == 422


async def test_nothing_is_replayed_to_whoever_did_not_answer_the_check(bridge: Bridge) -> None:
    path, _ = await bridge.add()
    assert (await bridge.post(f"{path}/replay", {"from_number": 1})).status_code == 409


async def test_deliveries_are_listed_in_pages_and_by_state(bridge: Bridge) -> None:
    path = await bridge.active()
    for number in range(5):
        await bridge.opened(str(number))
    await bridge.send()
    await bridge.closed("0")
    found, after = [], ""
    while True:
        page = await bridge.get(f"{path}/deliveries?limit=2{after}")
        found += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len({each["delivery_id"] for each in found}) == len(found) == 6
    [waiting] = (await bridge.get(f"{path}/deliveries?state=waiting"))["items"]
    assert (waiting["state"], waiting["attempts"], waiting["type"]) == ("waiting", 0, "relevo.intake.CallClosed.v1")
    assert (await bridge.get(path))["delivered"] == 5


async def test_what_is_not_parked_is_neither_retried_nor_dropped(bridge: Bridge) -> None:
    path = await bridge.active()
    await bridge.opened()
    [waiting] = (await bridge.get(f"{path}/deliveries"))["items"]
    for deed in ("retry", "drop"):
        assert (await bridge.post(f"{path}/deliveries/{waiting['delivery_id']}/{deed}")).status_code == 404
    assert (await bridge.post(f"{path}/deliveries/retry")).status_code == 404
    assert len(bridge.rows("waiting")) == 1
