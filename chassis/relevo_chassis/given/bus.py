"""The service's connection to NATS: the relay and the consumers on it, joined when it can be had and left in order."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Awaitable, Callable, Sequence

from faststream.nats import NatsBroker
from faststream.nats.security import NatsCredentials, NatsSecurity
from nats.aio.client import Client

from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.delivery.change import CommitsMany
from relevo_chassis.delivery.consume import Consumers, Delivered, Subscription
from relevo_chassis.delivery.publisher import JetStream
from relevo_chassis.delivery.relay import Relay
from relevo_chassis.given.logs import Log
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.people.erasures import STREAM

PING_SECONDS = 3
"""A server that holds the connection and answers nothing is left after the third."""
FINISH_SECONDS = 10.0
RELAY_SECONDS = 5.0
_RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)

CatchUp = Callable[[Client], Awaitable[None]]


class Bus:
    """One connection, kept up for ever; when NATS closes it for good the process ends and is started anew.

    While NATS is away or a durable is missing, the service serves and its outbox keeps what must be told.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        subscriptions: Sequence[Subscription],
        commits: CommitsMany,
        log: Log,
        *,
        between: Callable[[Delivered], Delivered] = lambda delivered: delivered,
    ) -> None:
        self._log = log
        self._leaving = False
        self._joining: asyncio.Task[None] | None = None
        self._relay: Relay | None = None
        self.waits_for: str | None = "NATS was not reached yet; check its address and this service's credentials"
        """What keeps it from taking events in, or ``None`` once it does."""
        self.erasures_done = asyncio.Event()
        """Erasures are done again, so that what goes on by itself may begin."""
        prefix = settings.nats_inbox_prefix or f"_INBOX_{settings.service}"
        self.broker = NatsBroker(
            settings.nats_servers,
            name=settings.service,
            security=_security(settings),
            inbox_prefix=prefix,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            connect_timeout=2,
            closed_cb=self._closed,
            apply_types=False,
            logger=None,
        )
        self.consumers = Consumers(self.broker, subscriptions, commits, inbox_prefix=prefix.encode(), between=between)

    @property
    def jetstream(self) -> JetStream:
        """Where the relay publishes; to be used once the bus is joined."""
        return JetStream(self._client)

    @property
    def joined(self) -> bool:
        return self.waits_for is None

    @property
    def connected(self) -> bool:
        return self.joined and self._client().is_connected

    def start(self, relay: Relay, catch_up: CatchUp | None = None) -> None:
        """Join in the background, as soon as NATS lets us; ``catch_up`` is done before any event is taken in."""
        self._relay = relay
        if catch_up is None:
            self.erasures_done.set()
        self._joining = asyncio.create_task(self._join(relay, catch_up), name="bus")

    async def stop_fetching(self) -> None:
        """Take no more events; those in hand are finished and acknowledged, within ten seconds."""
        self._leaving = True
        if self._joining is not None:
            await cancelled([self._joining])
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self.consumers.stop()
        except TimeoutError:
            self._log.warning("events in hand were not finished; they are delivered again")

    async def leave(self) -> None:
        """Let the relay publish what is there, for five seconds at most, and close the connection."""
        if self._relay and self._relay.alive:
            try:
                async with asyncio.timeout(RELAY_SECONDS):
                    await self._relay.close()
            except TimeoutError:
                self._log.warning("the relay left unsent events for the next start")
        await asyncio.gather(self.broker.stop(), return_exceptions=True)

    async def _join(self, relay: Relay, catch_up: CatchUp | None) -> None:
        await self._done("NATS cannot be reached yet", self.broker.connect)
        relay.start()
        if catch_up is not None:
            self.waits_for = f"erasures are not done again yet; see the log, and the stream {STREAM} in the topology"
            await self._done("erasures cannot be done again yet", lambda: catch_up(self._client()))
        self.erasures_done.set()
        self.consumers.start(relay.caught_up)
        self.waits_for = None
        self._log.info("joined the bus")

    async def _done(self, otherwise: str, do: Callable[[], Awaitable[object]]) -> None:
        """Try until it is done."""
        for attempt in itertools.count():
            try:
                await do()
                return
            except Exception as error:
                self._log.warning(otherwise, exc_info=error, attempt=attempt)
                await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])

    def _client(self) -> Client:
        client: Client = self.broker.connection
        return client

    async def _closed(self) -> None:
        if not self._leaving:
            self._log.critical("NATS closed the connection for good; ending so as to be started anew")
            signal.raise_signal(signal.SIGTERM)


def _security(settings: ServiceSettings) -> NatsSecurity:
    is_tls = settings.nats_servers[0].startswith(("tls://", "wss://"))
    trust = settings.trust() if is_tls else None
    if settings.nats_credentials_file is None:
        return NatsSecurity(ssl_context=trust)
    return NatsCredentials(str(settings.nats_credentials_file), ssl_context=trust)
