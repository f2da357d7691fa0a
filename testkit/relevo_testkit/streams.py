"""Streams and durables for tests, as the operator's files would make them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import nats
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig, StreamSource

from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.people.erasures import STREAM as ERASURES
from relevo_contracts import CONTRACTS, Wire, stream_of, subjects_of

ACK_WAIT_SECONDS = 8


class Streams:
    """An operator's connection to a nats-server."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.jetstream = client.jetstream()
        self._made: list[str] = []

    @classmethod
    async def connected(cls, url: str) -> Streams:
        return cls(await nats.connect(url))

    async def close(self) -> None:
        """Delete what was made and leave."""
        for name in self._made:
            await self.jetstream.delete_stream(name)
        await self.client.close()

    async def make(
        self,
        name: str,
        subjects: Sequence[str],
        *,
        atomic: bool = True,
        duplicate_window_seconds: float = 120,
        sources: Sequence[StreamSource] = (),
    ) -> None:
        """A stream that keeps everything."""
        config = StreamConfig(
            name=name,
            subjects=list(subjects),
            sources=list(sources) or None,
            duplicate_window=duplicate_window_seconds,
            allow_atomic=atomic,
            allow_direct=True,
        )
        await self.jetstream.add_stream(config)
        self._made.append(name)

    async def of(self, *services: str) -> None:
        """The streams of what these services tell."""
        for service in services:
            await self.make(stream_of(service), subjects_of(service))

    async def erasures(self, service: str) -> None:
        """The stream that every service reads when it starts, of what one of them tells of people."""
        sources = [
            StreamSource(name=stream_of(service), filter_subject=subject)
            for subject in subjects_of(service, "person", "person_data")
        ]
        sources += [
            StreamSource(name=each.stream, filter_subject=subject)
            for each in CONTRACTS
            if each.model.verb == "destroyed" and each.stream in self._made and each.model.service != service
            for subject in subjects_of(each.model.service, each.model.aggregate)
        ]
        await self.make(ERASURES, (), sources=sources)

    async def erased(self) -> int:
        """How many erasures that stream holds by now."""
        return (await self.jetstream.stream_info(ERASURES)).state.messages

    async def durable(
        self, stream: str, name: str, filters: Sequence[str] = (), *, ack_wait_seconds: float = ACK_WAIT_SECONDS
    ) -> None:
        """A durable pull consumer with the settings that services expect."""
        config = ConsumerConfig(
            durable_name=name,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ack_wait_seconds,
            max_deliver=-1,
            max_ack_pending=4096,
            filter_subjects=list(filters) or None,
        )
        await self.jetstream.add_consumer(stream, config)

    async def durables(self, subscriptions: Iterable[Subscription]) -> None:
        """The durables that a service listens to, with all that their streams hold."""
        for each in subscriptions:
            await self.durable(each.stream, each.durable)

    async def publish(self, wire: Wire, *, stream: str | None = None) -> None:
        await self.jetstream.publish(wire.subject, wire.body, headers=wire.headers, stream=stream)

    async def stored(self, stream: str) -> list[Wire]:
        """All messages of a stream, in its order."""
        state = (await self.jetstream.stream_info(stream)).state
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            message = await self.jetstream.get_msg(stream, sequence)
            found.append(Wire(message.subject or "", dict(message.headers or {}), message.data or b""))
        return found

    async def pending(self, stream: str, durable: str) -> int:
        """What a durable has not acknowledged yet, delivered or not."""
        info = await self.jetstream.consumer_info(stream, durable)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)
