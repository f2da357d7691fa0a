"""``relevo replay``, ``rebuild`` and ``republish``: events once more, which take no effect that they had before."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Mapping
from typing import Any

from nats.errors import Error as NatsError

from relevo_deploy.operations.doors import Doors
from relevo_deploy.operations.journal import note
from relevo_deploy.operations.reach import Reach, reach_of
from relevo_deploy.told import Failed
from relevo_deploy.topology.files import Consumer
from relevo_deploy.topology.jetstream import JetStream, JetStreamRefused

LOOK_SECONDS = 0.25
_ALL: Mapping[str, Any] = {"deliver_policy": "all"}


async def replay(given: argparse.Namespace) -> int:
    """Deliver a stream's events to one durable again; what took effect before is passed over by its position."""
    reach = reach_of(given)
    consumer = _consumer(reach, given.durable)
    service = next((each for each in reach.services if consumer.name.startswith(f"{each}_")), None)
    if service is None and not given.partner:
        raise Failed(f"{consumer.name} is a partner's, who would get every event again; say --partner if that is meant")
    async with Doors(reach) as doors:
        before = await _places(doors, service, consumer.name)
        waiting = await _remade(reach, consumer, _start(given))
        note(reach, "replayed", durable=consumer.name, stream=consumer.stream, messages=waiting)
        if service is None:
            print(f"{waiting} events wait for the partner again")
            return 0
        await _caught_up(reach, consumer, given.wait)
        after = await _places(doors, service, consumer.name)
    effects = after["events"] - before["events"]
    print(f"{waiting} events delivered again to {consumer.name}, {effects} took effect that had not before")
    return 0


async def rebuild(given: argparse.Namespace) -> int:
    """Empty a read model and fill it again from the first event of its durables."""
    reach = reach_of(given)
    async with Doors(reach) as doors:
        declared = (await doors.get(given.service, "/status"))["read_models"]
        model = next((each for each in declared if each["name"] == given.read_model), None)
        if model is None:
            known = ", ".join(each["name"] for each in declared) or "none"
            raise Failed(
                f"{given.service} has no read model {given.read_model}; it declares: {known}. What a service holds "
                "beside its read models are facts of its own: replay brings what it has missed, a backup the rest"
            )
        consumers = [_consumer(reach, durable) for durable in model["durables"]]
        async with reach.nats() as client:
            for each in consumers:
                await JetStream(client).delete(each)
        note(reach, "deleted durables to rebuild", service=given.service, read_model=given.read_model)
        print(f"waiting {given.settle} s for what is in hand")
        await asyncio.sleep(given.settle)
        await doors.post(given.service, "/rebuild", {"read_model": given.read_model})
        messages = sum([await _remade(reach, each, _ALL) for each in consumers])
        for each in consumers:
            await _caught_up(reach, each, given.wait)
        await doors.post(given.service, f"/rebuild/{given.read_model}/done")
    note(reach, "rebuilt", service=given.service, read_model=given.read_model, messages=messages)
    print(f"{given.read_model} holds everything again, from {messages} events")
    return 0


async def republish(given: argparse.Namespace) -> int:
    """Have a service tell events of its outbox again, in their order, such as after its stream was lost."""
    reach = reach_of(given)
    order = {
        "since": given.since.isoformat() if given.since else None,
        "until": given.until.isoformat() if given.until else None,
        "lane": given.lane,
        "first": given.first,
        "last": given.last,
    }
    told, after = 0, 0
    async with Doors(reach) as doors:
        note(reach, "began to republish", service=given.service, lane=given.lane)
        while after is not None:
            done = await doors.post(given.service, "/republish", {**order, "after": after, "limit": given.slice})
            told, after = told + done["told"], done["next"]
            await _drained(doors, given.service, given.wait)
    note(reach, "republished", service=given.service, events=told)
    print(f"{told} events of {given.service} told again; see: relevo verify")
    return 0


def _consumer(reach: Reach, durable: str) -> Consumer:
    found = next((each for each in reach.files.consumers if each.name == durable), None)
    if found is None:
        raise Failed(
            f"no durable {durable} in the files; there are {', '.join(each.name for each in reach.files.consumers)}"
        )
    return found


def _start(given: argparse.Namespace) -> Mapping[str, Any]:
    if given.from_message:
        return {"deliver_policy": "by_start_sequence", "opt_start_seq": given.from_message}
    if given.since:
        return {"deliver_policy": "by_start_time", "opt_start_time": given.since.isoformat()}
    return _ALL


async def _places(doors: Doors, service: str | None, durable: str) -> Mapping[str, int]:
    if service is None:
        return {"events": 0}
    found: Mapping[str, int] = await doors.get(service, f"/positions/{durable}")
    return found


async def _remade(reach: Reach, consumer: Consumer, start: Mapping[str, Any]) -> int:
    """Delete the durable and make it anew as its file says, but for where it begins; returns how much it will bring."""
    async with reach.nats() as client:
        jetstream = JetStream(client)
        try:
            await jetstream.delete(consumer)
            return await jetstream.make(consumer, start)
        except (JetStreamRefused, NatsError) as refused:
            raise Failed(
                f"{consumer.name}: {refused or type(refused).__name__}; relevo topology apply makes it anew"
            ) from None


async def _caught_up(reach: Reach, consumer: Consumer, seconds: float) -> None:
    until = time.monotonic() + seconds
    async with reach.nats() as client:
        jetstream = JetStream(client)
        while found := await jetstream.durable(consumer.stream, consumer.name):
            if not found["num_pending"] and not found["num_ack_pending"]:
                return
            if time.monotonic() > until:
                raise Failed(f"{consumer.name} has not caught up within {seconds:g} s; see: relevo status")
            await asyncio.sleep(LOOK_SECONDS)
    raise Failed(f"{consumer.name} was deleted meanwhile; relevo topology apply makes it anew")


async def _drained(doors: Doors, service: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while waiting := (await doors.get(service, "/status"))["outbox"]["unsent"]:
        if time.monotonic() > until:
            raise Failed(f"{waiting} events of {service} still wait after {seconds:g} s; see: relevo status")
        await asyncio.sleep(LOOK_SECONDS)
