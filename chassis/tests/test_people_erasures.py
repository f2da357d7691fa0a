"""Who was erased stays erased when a store is restored from before it, on a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from relevo_chassis.delivery.change import Busy, Change, Decision, Found, Kind, New, Row
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.stream import StreamUnread
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import new_id
from relevo_chassis.people.erasures import as_delivered, every_erasure
from relevo_chassis.people.vault import KEYS, SEALED
from relevo_chassis.service.made_of import Service
from relevo_contracts import Envelope, Wire, derived_id, encode
from relevo_contracts.intake import PersonErased
from relevo_testkit.backup import backed_up, restored
from relevo_testkit.movers import Moved, once_more
from relevo_testkit.serving import Served, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

STREAM, DURABLE = "EVENTS_INTAKE", "intake_intake"
ERASED_AT = datetime(2019, 10, 1, tzinfo=UTC)
LEFT = Kind("left", Moved)


def told(number: int) -> Wire:
    event = PersonErased(person_id=f"{number:032x}", application_ids=(), participant_ids=(), erased_at=ERASED_AT)
    id = derived_id("erased", number)
    return encode(Envelope(id=id, sequence=1, time=ERASED_AT, cause_id=id, chain_id=id, event=event))


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """Counts how often it took effect, and destroys the key."""
    ref = LEFT(event.person_id)

    def decide(found: Found) -> Decision:
        seat = once_more(found[ref])
        return Decision([New(ref, seat)], rows=[Row(KEYS, ref.id, None), Row(SEALED, f"{ref.id}/x", None)])

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTION = Subscription(DURABLE, STREAM, {PersonErased: on_person_erased})


def a_service(**given: Any) -> Service:
    listening = {"subscriptions": [SUBSCRIPTION], "erase_again": as_delivered([SUBSCRIPTION])}
    return Service(title="A tiny service", version="1", routers=[], kinds=[LEFT], **{**listening, **given})


class Place:
    """Where the service runs, and what it finds there."""

    def __init__(self, settings: ServiceSettings, streams: Streams, store: Store) -> None:
        self.settings, self.streams, self.store = settings, streams, store

    def serving(self, service: Service) -> AbstractAsyncContextManager[Served]:
        return serving(self.settings, service)

    async def waiting(self) -> int:
        return await self.streams.pending(STREAM, DURABLE)


@pytest.fixture
async def place(surroundings: Surroundings, mongo_store: Store, streams: Streams) -> Place:
    await streams.of("intake")
    await streams.durable(STREAM, DURABLE, ["events.intake.person.>"])
    return Place(surroundings.settings(ServiceSettings, service="intake"), streams, mongo_store)


async def sourced(streams: Streams, messages: int) -> None:
    async def all_are_there() -> bool:
        return await streams.erased() == messages

    await until(all_are_there)


async def test_all_erasures_are_read_in_their_order_and_what_nobody_can_read_is_passed_over(streams: Streams) -> None:
    await streams.make(STREAM, ["events.intake.>"])
    await streams.erasures("intake")
    assert await every_erasure(streams.client) == []
    wires = [told(number) for number in range(1_200)]
    garbage = wires[0]._replace(body=b"{}", headers={**wires[0].headers, "Nats-Msg-Id": "garbage"})
    newer = wires[0]._replace(
        subject=wires[0].subject.replace("v1", "v9"),
        headers={
            **wires[0].headers,
            "Nats-Msg-Id": "newer",
            "ce-type": wires[0].headers["ce-type"].replace("v1", "v9"),
        },
    )
    for wire in (*wires[:600], garbage, newer, *wires[600:]):
        await streams.publish(wire)
    await sourced(streams, 1_202)
    found = [each.event.aggregate_id for each in await every_erasure(streams.client)]
    assert found == [f"{number:032x}" for number in range(1_200)]


async def test_a_stream_of_erasures_that_is_not_there_is_told(streams: Streams) -> None:
    with pytest.raises(StreamUnread, match="ERASURES after message 0: 503"):
        await every_erasure(streams.client)


async def test_a_store_restored_from_before_an_erasure_loses_the_key_again_and_what_it_knew_has_no_second_effect(
    place: Place,
) -> None:
    await place.streams.erasures("intake")
    people = [f"{number:032x}" for number in (1, 2)]
    async with place.serving(a_service()) as at:
        await at.until_ready()
        shell = at.shell
        keys = [(await shell.vault.new_person(person_id))[1] for person_id in people]
        await shell.committer.commit(Change((), lambda _: Decision(rows=keys), ERASED_AT, new_id()))
        await place.streams.publish(told(1))
        await until(lambda: place.store.row(LEFT.name, people[0]))
        backup = await backed_up(place.store, [LEFT])
        await place.streams.publish(told(2))
        await until(lambda: place.store.row(LEFT.name, people[1]))
    await restored(place.store, backup)
    assert await place.store.row(KEYS, people[1])
    assert await place.waiting() == 0
    async with place.serving(a_service()) as at:
        await at.until_ready()
        assert await place.store.rows(KEYS, {}) == []
    for _ in range(2):
        async with place.serving(a_service()) as at:
            await at.until_ready()
        moves = [await place.store.state(LEFT(person_id)) for person_id in people]
        assert moves == [Moved(moves=1), Moved(moves=1)]


async def test_until_erasures_are_done_again_the_service_is_not_ready_and_nothing_goes_on_by_itself(
    place: Place,
) -> None:
    begun, allowed = asyncio.Event(), asyncio.Event()
    tried: list[int] = []

    async def work(_: Shell) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def erase_again(_: Shell, erasures: Sequence[Envelope]) -> None:
        tried.append(len(erasures))
        if not allowed.is_set():
            raise Busy("the store is away")

    await place.streams.erasures("intake")
    await place.streams.publish(told(1))
    await sourced(place.streams, 1)
    async with place.serving(a_service(erase_again=erase_again, background=[work])) as at:
        await until(lambda: len(tried) > 1)
        assert "ERASURES" in (await at.readiness())["failing"]["bus"]
        assert not begun.is_set()
        assert await place.waiting() == 1
        allowed.set()
        await at.until_ready()
        await until(begun.is_set)
        assert set(tried) == {1}


async def test_a_service_waits_for_the_operator_to_make_the_stream_of_erasures(place: Place) -> None:
    async with place.serving(a_service()) as at:

        async def says_why() -> bool:
            return "ERASURES" in (await at.readiness())["failing"].get("bus", "")

        await until(says_why)
        await place.streams.erasures("intake")
        await at.until_ready()
