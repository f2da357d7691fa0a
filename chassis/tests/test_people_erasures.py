"""Who was erased stays erased when a store is restored from before it, on a real nats-server and a real mongod."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from relevo_chassis.delivery.change import Asked, Busy, Change, Decision, Found, Kind, New, Ref
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.stream import StreamUnread
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.given.shell import Shell
from relevo_chassis.ids import new_id
from relevo_chassis.kept import EndedData, Sealed, end
from relevo_chassis.people.ending import Ending
from relevo_chassis.people.erasures import as_delivered, every_erasure
from relevo_chassis.people.vault import KEYS, SEALED, NoLongerKept, SealBroken, destroyed, key_id, sealed_row
from relevo_chassis.service.made_of import Service
from relevo_contracts import Envelope, Event, Wire, derived_id, encode
from relevo_contracts.intake import PersonDataDestroyed, PersonErased
from relevo_testkit.backup import backed_up, restored
from relevo_testkit.movers import Moved, once_more
from relevo_testkit.serving import Served, serving
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

STREAM, DURABLE = "EVENTS_INTAKE", "intake_intake"
ERASED_AT = datetime(2019, 10, 1, tzinfo=UTC)
LEFT = Kind("left", Moved)


class Note(Sealed):
    retention: ClassVar[str] = "statement"

    text: str = ""


class Talk(Note):
    retention: ClassVar[str] = "threads"


def wire_of(number: int) -> Wire:
    event = PersonErased(person_id=f"{number:032x}", application_ids=(), participant_ids=(), erased_at=ERASED_AT)
    id = derived_id("erased", number)
    return encode(Envelope(id=id, sequence=1, time=ERASED_AT, cause_id=id, chain_id=id, event=event))


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """Counts how often it took effect, and destroys the key."""
    ref = LEFT(event.person_id)

    def decide(found: Found) -> Decision:
        seat = once_more(found[ref])
        return Decision([New(ref, seat)], rows=destroyed(ref.id, [Note.retention], ["x"]))

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def end_data(
    before: EndedData | None, person_id: str, retention: str, now: datetime
) -> tuple[EndedData, Sequence[Event]]:
    more = {"person_id": person_id, "retention_class": retention, "destroyed_at": now}
    return end(before, person_id, retention, now, PersonDataDestroyed.model_validate(more))


async def present(_: Store, person_id: str) -> Sequence[Ref[Moved]]:
    return [LEFT(person_id)]


ENDING = Ending(PersonDataDestroyed, (Note.retention, Talk.retention), end_data, present, lambda _: None)
SUBSCRIPTION = Subscription(DURABLE, STREAM, {PersonErased: on_person_erased})


def a_service(**more: Any) -> Service:
    listening = {"subscriptions": [SUBSCRIPTION], "erase_again": as_delivered([SUBSCRIPTION])}
    return Service(title="A tiny service", version="1", routers=[], kinds=[LEFT, ENDING.kind], **{**listening, **more})


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
    wires = [wire_of(number) for number in range(1_200)]
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


async def test_rule_14_a_store_restored_from_before_an_erasure_loses_the_key_again_and_nothing_has_a_second_effect(
    place: Place,
) -> None:
    await place.streams.erasures("intake")
    people = [f"{number:032x}" for number in (1, 2)]
    async with place.serving(a_service()) as at:
        await at.until_ready()
        shell = at.shell
        keys = [row for each in people for row in (await shell.vault.new_person(each, Note))[1]]
        await shell.committer.commit(Change((), lambda _: Decision(rows=keys), ERASED_AT, new_id()))
        await place.streams.publish(wire_of(1))
        await until(lambda: place.store.row(LEFT.name, people[0]))
        backup = await backed_up(place.store, [LEFT])
        await place.streams.publish(wire_of(2))
        await until(lambda: place.store.row(LEFT.name, people[1]))
    await restored(place.store, backup)
    assert await place.store.row(KEYS, key_id(people[1], Note.retention))
    assert await place.waiting() == 0
    async with place.serving(a_service()) as at:
        await at.until_ready()
        assert await place.store.rows(KEYS, {}) == []
    for _ in range(2):
        async with place.serving(a_service()) as at:
            await at.until_ready()
        moves = [await place.store.state(LEFT(person_id)) for person_id in people]
        assert moves == [Moved(moves=1), Moved(moves=1)]


async def test_rule_14_until_erasures_are_done_again_the_service_is_not_ready_and_nothing_goes_on_by_itself(
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
    await place.streams.publish(wire_of(1))
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


async def test_a_class_that_ended_stays_ended_in_a_store_restored_from_before_and_the_person_goes_on(
    place: Place,
) -> None:
    canary, person_id = "Berta Canary", f"{7:032x}"
    await place.streams.erasures("intake")
    service = a_service(ending=ENDING)
    async with place.serving(service) as at:
        await at.until_ready()
        shell = at.shell
        key, rows = await shell.vault.new_person(person_id, Note, Talk)
        rows += [sealed_row(key, "note", Note(text=canary)), sealed_row(key, "talk", Talk(text="the other"))]
        await shell.committer.commit(Change((), lambda _: Decision(rows=rows), ERASED_AT, new_id()))
        backup = await backed_up(place.store, [LEFT, ENDING.kind])
        asked = Asked("head", ERASED_AT, new_id())
        await ENDING.destroy(shell.store, shell.committer, person_id, Note.retention, asked)
        await sourced(place.streams, 1)
    [sealed] = [row for row in backup[SEALED] if row["_id"].endswith("/note")]
    for _ in range(2):
        await restored(place.store, backup)
        for _ in range(2):
            async with place.serving(service) as at:
                await at.until_ready()
                vault = at.shell.vault
                assert await vault.open(person_id, "note", Note) is None
                assert await vault.open(person_id, "talk", Talk) == Talk(text="the other")
                left = await vault.key_of(person_id)
                with pytest.raises(NoLongerKept):
                    left.seal("note", Note(text="more"))
                with pytest.raises(SealBroken):
                    left.like(Talk).open("note", Note, bytes(sealed["sealed"]))
                assert await place.store.row(SEALED, sealed["_id"]) is None
                assert await place.streams.erased() == 1, "what was told again is the same"
    assert canary not in repr([await place.store.rows(name, {}) for name in (SEALED, KEYS, ENDING.kind.name, "outbox")])


async def test_keys_restored_alone_from_before_a_class_ended_are_ended_again_at_the_next_start(place: Place) -> None:
    person_id, other = f"{7:032x}", f"{8:032x}"
    await place.streams.erasures("intake")
    async with place.serving(a_service(ending=ENDING)) as at:
        await at.until_ready()
        shell = at.shell
        rows = [row for each in (person_id, other) for row in (await shell.vault.new_person(each, Note, Talk))[1]]
        await shell.committer.commit(Change((), lambda _: Decision(rows=rows), ERASED_AT, new_id()))
        before = await place.store.rows(KEYS, {})
        asked = Asked("head", ERASED_AT, new_id())
        await ENDING.destroy(shell.store, shell.committer, person_id, Note.retention, asked)
    await place.store.remove_rows(KEYS, {})
    for row in before:
        await place.store.insert(KEYS, row)
    async with place.serving(a_service(ending=ENDING)) as at:
        await at.until_ready()
        keys = await at.shell.vault.keys_of([person_id, other])
        assert keys[person_id].under(Note.retention) is None
        assert all(key.under(Talk.retention) for key in keys.values())
        assert keys[other].under(Note.retention)
