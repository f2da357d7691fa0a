"""What is sent, in which order, how often, and what a failure holds up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from relevo_contracts import derived_id
from relevo_testkit.waiting import until
from relevo_webhooks.domain.delivery import PARKED_AFTER, Try
from relevo_webhooks.sending.endpoint import Answer
from relevo_webhooks.sending.message import Message
from relevo_webhooks.sending.sender import IN_A_ROW, LANES_OF_ONE

Bridge = Any

FAILED = Try(outcome="answered", status=500)


def failing_for(*ids: str) -> Any:
    return lambda url, message: FAILED if message.headers["webhook-id"] in ids else None


async def test_events_of_an_aggregate_arrive_once_and_in_their_order(bridge: Bridge) -> None:
    await bridge.active()
    ids = [await bridge.opened(), await bridge.closed(), await bridge.opened("other")]
    await bridge.send()
    assert sorted(bridge.endpoint.ids) == sorted(ids)
    assert bridge.endpoint.ids.index(ids[0]) < bridge.endpoint.ids.index(ids[1])
    await bridge.send(days=1)
    assert len(bridge.endpoint.ids) == 3
    assert [each["state"] for each in bridge.rows("delivered")] == ["delivered"] * 3


async def test_an_event_that_comes_again_makes_no_second_delivery(bridge: Bridge) -> None:
    await bridge.active()
    await bridge.opened()
    await bridge.send()
    await bridge.opened()
    await bridge.send()
    assert len(bridge.endpoint.ids) == 1


async def test_what_fails_holds_up_its_own_lane_and_no_other(bridge: Bridge) -> None:
    path = await bridge.active()
    first, second, other = await bridge.opened(), await bridge.closed(), await bridge.opened("other")
    bridge.endpoint.answer = failing_for(first)
    await bridge.send()
    assert bridge.endpoint.effects == [other]
    await bridge.send(seconds=4)
    assert bridge.endpoint.ids.count(first) == 1
    found = await bridge.get(path)
    assert (found["waiting"], found["last_outcome"]) == (2, "answered")
    bridge.endpoint.answer = failing_for()
    await bridge.send(seconds=2)
    assert bridge.endpoint.effects == [other, first, second]
    assert (await bridge.get(path))["failing_since"] is None


async def test_what_comes_meanwhile_does_not_overtake_what_fails(bridge: Bridge) -> None:
    await bridge.active()
    first = await bridge.opened()
    bridge.endpoint.answer = failing_for(first)
    await bridge.send()
    second = await bridge.closed()
    await bridge.send(seconds=1)
    assert second not in bridge.endpoint.ids
    bridge.endpoint.answer = failing_for()
    await bridge.send(seconds=10)
    assert bridge.endpoint.effects == [first, second]


async def test_after_three_days_it_is_parked_and_its_lane_waits_until_it_is_retried(bridge: Bridge) -> None:
    path = await bridge.active()
    first, second = await bridge.opened(), await bridge.closed()
    bridge.endpoint.answer = failing_for(first)
    for _ in range(40):
        await bridge.send(hours=2)
    assert [each["event_id"] for each in bridge.rows("parked")] == [first]
    assert bridge.now - bridge.rows("parked")[0]["first_tried_at"] >= PARKED_AFTER
    bridge.endpoint.answer = failing_for()
    await bridge.send(days=1)
    assert bridge.endpoint.effects == []
    assert (await bridge.post(f"{path}/deliveries/retry")).json() == {"deliveries": 1}
    await bridge.send(minutes=2)
    assert bridge.endpoint.effects == [first, second]


async def test_what_is_dropped_lets_its_lane_go_on(bridge: Bridge) -> None:
    path = await bridge.active()
    first, second = await bridge.opened(), await bridge.closed()
    bridge.endpoint.answer = failing_for(first)
    for _ in range(40):
        await bridge.send(hours=2)
    [parked] = (await bridge.get(f"{path}/deliveries?state=parked"))["items"]
    assert (await bridge.post(f"{path}/deliveries/{parked['delivery_id']}/drop")).json() == {"deliveries": 1}
    await bridge.send()
    assert bridge.endpoint.effects == [second]


async def test_an_endpoint_that_is_gone_pauses_its_subscription_and_loses_nothing(bridge: Bridge) -> None:
    path = await bridge.active()
    first = await bridge.opened()
    bridge.endpoint.answer = lambda url, message: Try(outcome="answered", status=410)
    await bridge.send()
    found = await bridge.get(path)
    assert (found["state"], found["paused_because"], found["waiting"]) == ("paused", "gone", 1)
    second = await bridge.closed()
    bridge.endpoint.answer = lambda url, message: None
    await bridge.send(days=1)
    assert bridge.endpoint.effects == []
    assert (await bridge.post(f"{path}/resume")).status_code == 200
    await bridge.send(minutes=2)
    assert bridge.endpoint.effects == [first, second]


async def test_retry_after_puts_off_the_next_try(bridge: Bridge) -> None:
    await bridge.active()
    await bridge.opened()
    bridge.endpoint.answer = lambda url, message: Try(outcome="answered", status=503, wait_seconds=600)
    await bridge.send()
    await bridge.send(seconds=599)
    assert len(bridge.endpoint.ids) == 1
    await bridge.send(seconds=2)
    assert len(bridge.endpoint.ids) == 2


async def test_a_sender_that_was_killed_after_a_delivery_sends_it_again_under_the_same_id_and_in_order(
    bridge: Bridge,
) -> None:
    await bridge.active()
    first, second = await bridge.opened(), await bridge.closed()
    arrived = asyncio.Event()

    async def post(url: str, message: Message) -> Answer:
        await bridge.endpoint.post(url, message)
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    killed = bridge.sender()
    killed._post = post
    await killed.begin_due()
    await arrived.wait()
    await killed._give_up()
    await bridge.send()
    assert bridge.endpoint.ids == [first, first, second]
    assert bridge.endpoint.effects == [first, second]


async def test_an_endpoint_that_is_slow_has_few_lanes_in_hand_and_leaves_room_for_others(bridge: Bridge) -> None:
    await bridge.active()
    await bridge.active(url="https://other.org/relevo")
    for number in range(20):
        await bridge.opened(str(number))
    in_hand: list[str] = []
    let_go = asyncio.Event()

    async def post(url: str, message: Message) -> Answer:
        if "observatory" in url:
            in_hand.append(message.headers["webhook-id"])
            await let_go.wait()
        answer: Answer = await bridge.endpoint.post(url, message)
        return answer

    sender = bridge.sender()
    sender._post = post

    async def others_arrived() -> bool:
        await sender.begin_due()
        return len(bridge.endpoint.ids) == 20

    await until(others_arrived)
    assert len(in_hand) == LANES_OF_ONE
    let_go.set()
    await sender.send_due()
    assert len(bridge.endpoint.ids) == 40


async def test_a_long_lane_that_waited_is_sent_to_its_end_at_once_although_others_get_their_turn(
    bridge: Bridge,
) -> None:
    path = await bridge.active()
    ids = [await bridge.opened(sequence=number) for number in range(1, 2 * IN_A_ROW + 2)]
    bridge.endpoint.answer = failing_for(ids[0])
    for _ in range(40):
        await bridge.send(hours=2)
    assert [each["event_id"] for each in bridge.rows("parked")] == [ids[0]]
    bridge.endpoint.answer = failing_for()
    await bridge.post(f"{path}/deliveries/retry")
    await bridge.send(seconds=1)
    assert bridge.endpoint.effects == ids


async def test_a_fault_of_ours_holds_up_one_lane_and_is_tried_again_like_a_failure_of_the_endpoint(
    bridge: Bridge,
) -> None:
    await bridge.active()
    first, other = await bridge.opened(), await bridge.opened("other")
    kept = bridge.stand.store.collections["public_event"].pop(first)
    await bridge.send()
    assert bridge.endpoint.ids == [other]
    [row] = bridge.rows("waiting")
    assert (row["attempts"], row["outcome"], row["status"]) == (1, "fault", None)
    bridge.stand.store.collections["public_event"][first] = kept
    await bridge.send(seconds=3)
    assert bridge.endpoint.ids == [other]
    await bridge.send(seconds=2)
    assert bridge.endpoint.ids == [other, first]


async def test_a_fault_of_ours_that_stays_is_parked_and_can_be_retried_once_it_is_mended(bridge: Bridge) -> None:
    path = await bridge.active()
    first, second = await bridge.opened(), await bridge.closed()
    kept = bridge.stand.store.collections["public_event"].pop(first)
    for _ in range(40):
        await bridge.send(hours=2)
    [parked] = (await bridge.get(f"{path}/deliveries?state=parked"))["items"]
    assert (parked["event_id"], parked["outcome"]) == (first, "fault")
    assert bridge.endpoint.ids == []
    found = await bridge.get(path)
    assert (found["last_outcome"], found["failing_since"] is not None) == ("fault", True)
    bridge.stand.store.collections["public_event"][first] = kept
    assert (await bridge.post(f"{path}/deliveries/retry")).json() == {"deliveries": 1}
    await bridge.send(minutes=2)
    assert bridge.endpoint.effects == [first, second]


async def test_what_was_queued_anew_while_it_was_out_is_sent_again(bridge: Bridge) -> None:
    path = await bridge.active()
    first = await bridge.opened()
    replayed = asyncio.Event()

    async def post(url: str, message: Message) -> Answer:
        if not replayed.is_set():
            assert (await bridge.post(f"{path}/replay", {"from_number": 1})).json() == {"deliveries": 1}
            replayed.set()
        answer: Answer = await bridge.endpoint.post(url, message)
        return answer

    sender = bridge.sender()
    sender._post = post
    await sender.send_due()
    assert bridge.endpoint.ids == [first, first]


async def test_waiting_counts_from_when_it_came(bridge: Bridge) -> None:
    path = await bridge.active()
    await bridge.opened()
    [row] = bridge.rows("waiting")
    bridge.later = row["queued_at"] + timedelta(seconds=61) - bridge.now
    assert 61 <= (await bridge.get(path))["oldest_waiting_seconds"] <= 63
    assert row["lane"] == f"intake/call/{derived_id('call')}"
