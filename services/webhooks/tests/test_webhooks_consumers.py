"""How events come in: kept once, to the byte, with a delivery for whoever wants them in the same commit."""

from __future__ import annotations

from typing import Any

from relevo_contracts import CONTRACTS
from relevo_webhooks.consumers import SUBSCRIPTIONS

Bridge = Any


async def test_an_event_is_kept_once_with_its_number_however_often_it_comes(bridge: Bridge) -> None:
    for _ in range(2):
        await bridge.opened()
    await bridge.closed()
    await bridge.opened()
    kept = [each["state"] for each in bridge.stand.store.collections["public_event"].values()]
    assert sorted(each["number"] for each in kept) == [1, 2]
    assert bridge.stand.store.collections["journal"]["all"]["state"]["last_number"] == 2


async def test_event_and_deliveries_are_written_in_one_transaction(bridge: Bridge) -> None:
    await bridge.active()
    await bridge.active(url="https://other.org/")
    before = bridge.stand.store.transactions
    await bridge.opened()
    assert bridge.stand.store.transactions == before + 1
    assert len(bridge.rows("waiting")) == 2


async def test_a_delivery_is_made_for_the_types_that_were_asked_for_alone(bridge: Bridge) -> None:
    await bridge.active(types=["relevo.intake.CallClosed.v1"])
    await bridge.opened()
    assert bridge.rows("waiting") == []
    await bridge.closed()
    assert [each["type"] for each in bridge.rows("waiting")] == ["relevo.intake.CallClosed.v1"]


def test_every_public_event_is_handled_and_nothing_internal() -> None:
    handled = {model for each in SUBSCRIPTIONS for model in each.handlers}
    assert handled == {each.model for each in CONTRACTS if each.audience == "public"}
