"""Version 1 and 2 of a type are told beside each other until the last consumer has moved; old and new stay right."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import pytest
import pytest_asyncio
from tests.bus.buses import BusOfTests, a_bus
from tests.contracts.subscribing import STREAM, again, envelope, publish

from relevo_contracts import BY_MODEL, BY_TYPE, Contract, Envelope, Event, Unreadable, decode, encode
from relevo_contracts import envelope as reading_and_writing
from relevo_contracts.intake import CallClosed, CallOpened, ClosedBy
from relevo_contracts.model import Figure, Id, Instant, reading
from relevo_contracts.once import MemoryPositions, once
from relevo_contracts.subscriber import Subscriber
from relevo_contracts.table import contract_of
from relevo_deploy.topology.files import Consumer, Identity
from relevo_testkit.waiting import until

V1, V2 = "events.intake.call.closed.v1", "events.intake.call.closed.v2"
OPENED = "events.intake.call.opened.v1"
IN_DURABLES = {"old": (OPENED, V1), "new": (OPENED, V2), "moving": (OPENED, V1, V2)}
OLD_PROGRAM = """
import asyncio, os
from relevo_contracts import Envelope
from relevo_contracts.once import MemoryPositions, once
from relevo_contracts.subscriber import Parked, Subscriber

async def effect(envelope: Envelope, moved: dict[str, int]) -> None:
    print(type(envelope.event).__name__, envelope.sequence, flush=True)

async def parked(each: Parked) -> None:
    print("parked", each.why.code, flush=True)

old = Subscriber(os.environ["NAME"], os.environ["NATS_URL"], os.environ["NATS_CREDENTIALS"], parked=parked)
asyncio.run(old.run(once(effect, MemoryPositions()), "intake"))
"""
"""What was built before there was a second version: it runs with the package as it is."""


class CallClosedV2(
    Event, service="intake", aggregate="call", verb="closed", key="call_id", audience="public", version=2
):
    """The call takes no more applications, and until when late ones were let in has to be said now."""

    call_id: Id
    edition_id: Id
    closed_at: Instant
    late_until_at: Instant
    applications: Figure
    closed_by: Annotated[ClosedBy, reading(ClosedBy)]


@pytest.fixture
def _second_version_known(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = contract_of(CallClosedV2)
    by_type: Mapping[str, Contract] = MappingProxyType({**BY_TYPE, contract.type: contract})
    monkeypatch.setattr(reading_and_writing, "BY_TYPE", by_type)
    monkeypatch.setattr(reading_and_writing, "BY_MODEL", MappingProxyType({**BY_MODEL, CallClosedV2: contract}))


@pytest_asyncio.fixture
async def bus(tmp_path: Path) -> AsyncIterator[BusOfTests]:
    """With three partners: one that has not moved, one that has, and one that hears both for a while."""
    async with a_bus(tmp_path) as bus:
        [like] = [each for each in bus.topology.consumers if each.name == "partner_intake"]
        durables = [
            Consumer(STREAM, {**like.config, "name": name, "durable_name": name, "filter_subjects": list(subjects)})
            for name, subjects in ((f"{partner}_intake", each) for partner, each in IN_DURABLES.items())
        ]
        partners = [Identity(name=name, take=(f"{name}_intake",)) for name in IN_DURABLES]
        bus.topology = bus.topology._replace(
            consumers=[*bus.topology.consumers, *durables], identities=[*bus.topology.identities, *partners]
        )
        await bus.bus.apply(bus.topology)
        yield bus


def in_both_versions() -> tuple[Envelope, Envelope, Envelope]:
    """A call is opened; then it is closed, told in both versions under one id and sequence."""
    first = envelope(CallClosed, 2)
    assert isinstance(first.event, CallClosed)
    fields = first.event.model_dump()
    second = replace(first, event=CallClosedV2(**fields, late_until_at=first.event.closed_at))
    return envelope(CallOpened, 1), first, second


@asynccontextmanager
async def old_program(bus: BusOfTests, name: str) -> AsyncIterator[asyncio.StreamReader]:
    surroundings = {"NATS_URL": bus.servers[0].url, "NATS_CREDENTIALS": str(bus.credentials(name)), "NAME": name}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OLD_PROGRAM), env={**os.environ, **surroundings}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def printed(lines: asyncio.StreamReader, count: int) -> Sequence[str]:
    async with asyncio.timeout(30):
        return [(await lines.readline()).decode().strip() for _ in range(count)]


@pytest.mark.usefixtures("_second_version_known")
async def test_an_old_and_a_new_consumer_both_have_each_event_once_in_its_own_version(bus: BusOfTests) -> None:
    wires = [encode(each) for each in in_both_versions()]
    await publish(bus, *wires, *(again(each) for each in wires))
    found: dict[str, list[tuple[str, int]]] = {"new": [], "moving": []}
    subscribers = {name: Subscriber(name, bus.servers[0].url, str(bus.credentials(name))) for name in ("new", "moving")}

    def effect_of(name: str) -> asyncio.Task[None]:
        async def effect(received: Envelope, moved: dict[str, int]) -> None:
            found[name].append((type(received.event).__name__, received.sequence))

        return asyncio.create_task(subscribers[name].run(once(effect, MemoryPositions()), "intake"))

    running = [effect_of(name) for name in found]
    async with old_program(bus, "old") as lines:
        assert await printed(lines, 2) == ["CallOpened 1", "CallClosed 2"]
        await until(lambda: answered(bus, *IN_DURABLES))
    for each in subscribers.values():
        each.stop()
    await asyncio.gather(*running)
    assert found["new"] == [("CallOpened", 1), ("CallClosedV2", 2)]
    assert found["moving"] == [("CallOpened", 1), ("CallClosed", 2)]


@pytest.mark.usefixtures("_second_version_known")
async def test_an_old_consumer_that_is_brought_both_has_its_own_and_parks_the_other(bus: BusOfTests) -> None:
    after = envelope(CallOpened, 3)
    await publish(bus, *(encode(each) for each in (*in_both_versions(), after)))
    async with old_program(bus, "moving") as lines:
        assert await printed(lines, 4) == ["CallOpened 1", "CallClosed 2", "parked version_unknown", "CallOpened 3"]


@pytest.mark.usefixtures("_second_version_known")
async def test_both_versions_are_kept_though_they_have_one_id(bus: BusOfTests) -> None:
    _, first, second = in_both_versions()
    wires = [encode(first), encode(second)]
    await publish(bus, *wires)
    await publish(bus, *wires)
    operator = (await bus.connected("operator")).jetstream()
    stored = [await operator.get_msg(STREAM, number) for number in (1, 2)]
    assert [each.subject for each in stored] == [V1, V2]
    assert {(each.headers or {})["ce-id"] for each in stored} == {first.id}
    assert (await operator.stream_info(STREAM)).state.messages == 2


def test_another_version_is_not_guessed_at_by_whoever_does_not_know_it(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("_second_version_known")
    wire = encode(in_both_versions()[2])
    request.getfixturevalue("monkeypatch").undo()
    with pytest.raises(Unreadable) as refused:
        decode(wire.headers, wire.body, subject=wire.subject)
    assert refused.value.code == "version_unknown"


async def answered(bus: BusOfTests, *names: str) -> bool:
    durables = [await bus.bus.streams.durable(STREAM, f"{name}_intake") for name in names]
    return all(each is not None and (each["num_pending"], each["num_ack_pending"]) == (0, 0) for each in durables)
