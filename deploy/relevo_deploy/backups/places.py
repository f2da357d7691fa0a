"""Where a service stands in the streams, asked before its database is read: what it acknowledged by then is in it."""

from __future__ import annotations

from nats.aio.client import Client

from relevo_contracts import SERVICES, stream_of
from relevo_deploy.backups.manifest import Place, Published
from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.jetstream import JetStream


async def places_of(client: Client, topology: Topology, service: str) -> tuple[Place, ...]:
    """Of each durable of a service. Raises ``NatsError`` or ``JetStreamRefused``."""
    jetstream, found = JetStream(client), []
    for each in topology.consumers:
        if each.name.startswith(f"{service}_"):
            durable, stream = await jetstream.durable(each.stream, each.name), await jetstream.stream(each.stream)
            if durable and stream:
                acknowledged = int(durable["ack_floor"]["stream_seq"])
                found.append(
                    Place(durable=each.name, stream=each.stream, made_at=stream["created"], acknowledged=acknowledged)
                )
    return tuple(found)


async def published_by(client: Client, service: str) -> Published | None:
    """How far a service's own stream goes; ``None`` without one. Raises ``NatsError`` or ``JetStreamRefused``."""
    if service not in SERVICES:
        return None
    stream = await JetStream(client).stream(stream_of(service))
    if stream is None:
        return None
    return Published(stream=stream_of(service), made_at=stream["created"], last=int(stream["state"]["last_seq"]))
