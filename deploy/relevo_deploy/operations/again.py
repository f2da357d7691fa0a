"""``relevo replay``, ``rebuild`` and ``republish``: events once more, which take no effect that they had before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from cyclopts import Parameter
from nats.errors import Error as NatsError

from relevo_deploy.failed import Failed
from relevo_deploy.operations.doors import Doors
from relevo_deploy.operations.reach import EMBEDDED, Reach, Servers, reach_of
from relevo_deploy.operations.waiting import Waiting, hindered
from relevo_deploy.parameters import Count, Flag, Instant, Owner, Seconds, Service, one_of
from relevo_deploy.topology.files import Consumer
from relevo_deploy.topology.jetstream import JetStream, JetStreamRefused

FROM = one_of("From where")
CatchUp = Annotated[Seconds, Parameter(help="For it to catch up.")]
_ALL: Mapping[str, Any] = {"deliver_policy": "all"}


async def replay(
    durable: Annotated[str, Parameter(help="Such as scheduling_intake.")],
    /,
    *,
    from_message: Annotated[
        Count | None, Parameter(group=FROM, metavar="N", help="From this place in the stream on.")
    ] = None,
    since: Annotated[
        Instant | None, Parameter(group=FROM, metavar="INSTANT", help="From this instant on, process time.")
    ] = None,
    partner: Annotated[Flag, Parameter(help="A partner is meant, who gets every event again.")] = False,
    wait: CatchUp = 600,
    servers: Servers = EMBEDDED,
) -> int:
    """Deliver a stream's events to one durable again.

    Deletes the durable and makes it anew as its file says, from the first message, from a message on (--from-message)
    or from an instant on (--since). What took effect before is passed over, because each consumer keeps its position
    in the commit of the effect; what was missed takes effect now. It tells how many events did. While it waits it says
    every few seconds what is left, and what holds it up: a service that is not ready, or events that are held back.
    """
    reach = reach_of(servers)
    start = _start(from_message, since)
    consumer = _consumer(reach, durable)
    service = next((each for each in reach.services if consumer.name.startswith(f"{each}_")), None)
    if service is None and not partner:
        raise Failed(f"{consumer.name} is a partner's, who would get every event again; say --partner if that is meant")
    async with Doors(reach) as doors:
        before = await _places(doors, service, consumer.name)
        waiting = await _remade(reach, consumer, start)
        reach.note("replayed", durable=consumer.name, stream=consumer.stream, messages=waiting)
        if service is None:
            print(f"{waiting} events wait for the partner again")
            return 0
        await _caught_up(reach, doors, service, consumer, wait)
        after = await _places(doors, service, consumer.name)
    if not consumer.is_of_whole_aggregates:  # no positions are kept
        print(f"{waiting} events delivered again to {consumer.name}; each takes effect once, in whatever order")
        return 0
    effects = after["events"] - before["events"]
    print(f"{waiting} events delivered again to {consumer.name}, {effects} took effect that had not before")
    return 0


async def rebuild(
    service: Owner,
    read_model: Annotated[str, Parameter(help="As the service declares it.")],
    /,
    *,
    settle: Annotated[Seconds, Parameter(help="For what is in hand.")] = 30,
    wait: CatchUp = 600,
    servers: Servers = EMBEDDED,
) -> int:
    """Fill a read model again from events alone.

    Empties a read model and fills it again from the first event. Only what a service declares as a read model can be
    rebuilt (relevo status --json lists them under read_models). Its durables are deleted meanwhile, and made anew even
    when the command is broken off and repeated.
    """
    reach = reach_of(servers)
    async with Doors(reach) as doors:
        declared = (await doors.get(service, "/status"))["read_models"]
        model = next((each for each in declared if each["name"] == read_model), None)
        if model is None:
            known = ", ".join(each["name"] for each in declared) or "none"
            raise Failed(
                f"{service} has no read model {read_model}; it declares: {known}. What a service holds "
                "beside its read models are facts of its own: replay brings what it has missed, a backup the rest"
            )
        consumers = [_consumer(reach, durable) for durable in model["durables"]]
        async with reach.nats() as client:
            for each in consumers:
                await JetStream(client).delete(each)
        reach.note("deleted durables to rebuild", service=service, read_model=read_model)
        print(f"waiting {settle} s for what is in hand")
        await asyncio.sleep(settle)
        await doors.post(service, "/rebuild", {"read_model": read_model})
        messages = sum([await _remade(reach, each, _ALL) for each in consumers])
        for each in consumers:
            await _caught_up(reach, doors, service, each, wait)
        await doors.post(service, f"/rebuild/{read_model}/done")
    reach.note("rebuilt", service=service, read_model=read_model, messages=messages)
    print(f"{read_model} holds everything again, from {messages} events")
    return 0


async def republish(
    service: Service,
    /,
    *,
    since: Annotated[Instant | None, Parameter(metavar="INSTANT", help="Committed at this instant or later.")] = None,
    until: Annotated[Instant | None, Parameter(metavar="INSTANT", help="Committed before this instant.")] = None,
    lane: Annotated[str | None, Parameter(metavar="AGGREGATE/ID", help="Only this aggregate's.")] = None,
    first: Annotated[Count | None, Parameter(metavar="N", help="With --lane: from this sequence on.")] = None,
    last: Annotated[Count | None, Parameter(metavar="N", help="With --lane: up to this sequence.")] = None,
    at_a_time: Annotated[Count, Parameter(name="--slice", help="So many at a time.")] = 5_000,
    wait: CatchUp = 600,
    servers: Servers = EMBEDDED,
) -> int:
    """Put a service's events into its stream again.

    Has a service tell events of its outbox again, in their order and with the ids that they had, such as after its
    stream was lost: relevo topology apply, relevo republish SERVICE, relevo verify. Without options all of them.
    Nothing takes effect twice by it.
    """
    reach = reach_of(servers)
    order = {
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "lane": lane,
        "first": first,
        "last": last,
    }
    count, after = 0, 0
    async with Doors(reach) as doors:
        reach.note("began to republish", service=service, lane=lane)
        while after is not None:
            done = await doors.post(service, "/republish", {**order, "after": after, "limit": at_a_time})
            count, after = count + done["told"], done["next"]
            await _drained(doors, service, wait)
    reach.note("republished", service=service, events=count)
    print(f"{count} events of {service} told again; see: relevo verify")
    return 0


def _consumer(reach: Reach, durable: str) -> Consumer:
    found = next((each for each in reach.files.consumers if each.name == durable), None)
    if found is None:
        raise Failed(
            f"no durable {durable} in the files; there are {', '.join(each.name for each in reach.files.consumers)}"
        )
    return found


def _start(from_message: int | None, since: datetime | None) -> Mapping[str, Any]:
    if from_message:
        return {"deliver_policy": "by_start_sequence", "opt_start_seq": from_message}
    if since:
        return {"deliver_policy": "by_start_time", "opt_start_time": since.isoformat()}
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


async def _caught_up(reach: Reach, doors: Doors, service: str, consumer: Consumer, seconds: float) -> None:
    waiting = Waiting(f"{consumer.name} to catch up", seconds, hindered(doors, service, consumer.name))
    async with reach.nats() as client:
        jetstream = JetStream(client)
        while found := await jetstream.durable(consumer.stream, consumer.name):
            if not found["num_pending"] and not found["num_ack_pending"]:
                return
            await waiting.pause(f"{found['num_pending']} events to be delivered, {found['num_ack_pending']} in hand")
    raise Failed(f"{consumer.name} was deleted meanwhile; relevo topology apply makes it anew")


async def _drained(doors: Doors, service: str, seconds: float) -> None:
    waiting = Waiting(f"the relay of {service}", seconds, hindered(doors, service))
    while unsent := (await doors.get(service, "/status"))["outbox"]["unsent"]:
        await waiting.pause(f"{unsent} events to be published")
