"""Our events with nats-py alone: ``pip install 'relevo-contracts[nats]'``.

A handler is given one envelope at a time, in the order of the durable, and what it returns from is acknowledged. What
it fails at comes again, later and later; until then the durable gives nothing else, so nothing is overtaken. What is no
event that can be read reaches no handler: it is parked for good, and what comes behind it goes on.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext
from typing import NamedTuple

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from relevo_contracts.envelope import Envelope, Unreadable, decode
from relevo_contracts.table import LOOK, SERVICES, stream_of

AGAIN_SECONDS: Sequence[float] = (1, 2, 5, 15, 30, 60)
"""After how long what a handler failed at comes again; the last of them from then on, without end."""
PULL_SECONDS = 5
"""How long one request waits for an event. What answers one that waits longer than a minute finds nobody."""
ANSWER_SECONDS = 5
_NOTHING_CAME = frozenset({"404", "408"})
_ONE = json.dumps({"batch": 1, "expires": PULL_SECONDS * 10**9}).encode()
log = logging.getLogger(__name__)


class NoDurable(Exception):
    """The bus has no such durable for this identity: the operator makes them."""


class NotOneAtATime(Exception):
    """The durable has several events out at a time, so that one which failed could be overtaken unnoticed."""


class Parked(NamedTuple):
    """A message that will not come again: where it stands in which stream, why, and what it is."""

    stream: str
    stream_sequence: int
    why: Unreadable
    subject: str
    headers: Mapping[str, str]
    body: bytes


async def logged(parked: Parked) -> None:
    """Says by which number the operator finds it again; nothing of what it holds."""
    log.error("parked %s %s: %s", parked.stream, parked.stream_sequence, parked.why)


class Subscriber:
    """What one identity of the bus may have: its durables, one for each service, under its credentials.

    ``run`` hands their events to one handler until ``stop``. It acknowledges when the handler has returned, and goes
    on when the bus has confirmed that. Between a return and its confirmation a process may die or a line break: then
    the event comes again. ``once`` (``once.py``) makes a handler that has its effect once all the same.

    A handler that can never do anything with an event raises ``Unreadable``, and it is parked. ``parked`` is called
    first, so that you can keep what you were sent; if it fails, the message comes again.

    Nothing is made on the bus, and cut off it connects again and again. Replicas may share an identity: the bus gives
    each event to one of them, and the next when that one has answered.
    """

    def __init__(
        self,
        name: str,
        servers: str | Sequence[str],
        credentials: str,
        *,
        tls: SSLContext | None = None,
        parked: Callable[[Parked], Awaitable[None]] = logged,
    ) -> None:
        self._name = name
        self._servers = [servers] if isinstance(servers, str) else list(servers)
        self._credentials = credentials
        self._tls = tls
        self._on_parked = parked
        self._stopping = False
        self._arrivals: list[asyncio.Queue[Msg | None]] = []

    async def run(self, handler: Callable[[Envelope], Awaitable[None]], *services: str) -> None:
        """Hand on what these services tell (all, if none is named), side by side, each in its order.

        Raises ``ValueError`` for a service that there is not, ``NoDurable`` and ``NotOneAtATime`` before anything is
        asked for, and nats-py's ``ConnectionClosedError`` when the bus takes the credentials no more.
        """
        if wrong := set(services) - set(SERVICES):
            raise ValueError(f"there is no service {', '.join(wrong)}; there are {', '.join(SERVICES)}")
        bus = await self._connected()
        try:
            durables = [await self._durable(bus, each) for each in services or SERVICES]
            async with asyncio.TaskGroup() as following:
                for each in durables:
                    following.create_task(self._follow(bus, each, handler))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            await bus.close()

    def stop(self) -> None:
        """Ask for nothing more; ``run`` returns when what is in hand is finished. May be a handler of signals."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        for each in self._arrivals:
            each.put_nowait(None)

    async def _connected(self) -> Client:
        async def reconnected() -> None:
            self._wake()

        return await nats.connect(
            self._servers,
            name=self._name,
            user_credentials=self._credentials,
            tls=self._tls,
            inbox_prefix=f"_INBOX_{self._name}",
            max_reconnect_attempts=-1,
            reconnected_cb=reconnected,
        )

    async def _durable(self, bus: Client, service: str) -> _Durable:
        name, stream = f"{self._name}_{service}", stream_of(service)
        try:
            found = await bus.jetstream(prefix=LOOK, timeout=ANSWER_SECONDS).consumer_info(stream, name)
        except (JetStreamError, TimeoutError) as missing:
            raise NoDurable(f"the bus has no durable {name} on {stream} for {self._name}") from missing
        if found.config.max_ack_pending != 1:
            raise NotOneAtATime(f"{name} has up to {found.config.max_ack_pending} events out at a time, and not one")
        return _Durable(name, stream, found.config.ack_wait or 30)

    async def _follow(self, bus: Client, durable: _Durable, handler: Callable[[Envelope], Awaitable[None]]) -> None:
        async with self._inbox(bus) as (inbox, arrivals):
            while not self._stopping:
                if bus.is_connected or bus.is_closed:
                    await bus.publish(durable.next_message, _ONE, inbox)
                message = await _arrived(arrivals)
                if message is None or self._stopping:
                    await _return(message)
                elif message.reply:
                    await self._handle(bus, message, durable, handler)
                elif (status := (message.headers or {}).get("Status")) not in _NOTHING_CAME:
                    log.warning("%s gives nothing: %s", durable.name, status)
                    await asyncio.sleep(AGAIN_SECONDS[0])

    @asynccontextmanager
    async def _inbox(self, bus: Client) -> AsyncIterator[tuple[str, asyncio.Queue[Msg | None]]]:
        """Where answers come to. What arrives when nobody asks any more is given back, for another to have at once."""
        arrivals: asyncio.Queue[Msg | None] = asyncio.Queue()
        inbox = bus.new_inbox()
        subscription = await bus.subscribe(inbox, cb=arrivals.put)
        self._arrivals.append(arrivals)
        try:
            yield inbox, arrivals
        finally:
            self._arrivals.remove(arrivals)
            with suppress(NatsError, OSError, TimeoutError):
                await subscription.unsubscribe()
                await bus.flush(ANSWER_SECONDS)
                while not arrivals.empty():
                    await _return(arrivals.get_nowait())

    async def _handle(
        self, bus: Client, message: Msg, durable: _Durable, handler: Callable[[Envelope], Awaitable[None]]
    ) -> None:
        """See one message to its end: acknowledged, parked, or to come again."""
        try:
            async with in_hand(message, durable.ack_wait_seconds / 3):
                await handler(decode(message.headers, message.data, subject=message.subject))
        except Unreadable as why:
            await self._park(bus, message, why)
        except Exception as failure:
            await _again(message, failure)
        else:
            await _acknowledge(message)

    async def _park(self, bus: Client, message: Msg, why: Unreadable) -> None:
        at = message.metadata
        try:
            await self._on_parked(
                Parked(at.stream, at.sequence.stream, why, message.subject, message.headers or {}, message.data)
            )
        except Exception as failure:
            await _again(message, failure)
        else:
            await bus.publish(message.reply, f"+TERM {why.code}".encode())


class _Durable(NamedTuple):
    name: str
    stream: str
    ack_wait_seconds: float

    @property
    def next_message(self) -> str:
        return f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.name}"


async def _arrived(arrivals: asyncio.Queue[Msg | None]) -> Msg | None:
    """What came; nothing when a request was lost with its connection, or there is something to look at."""
    try:
        return await asyncio.wait_for(arrivals.get(), PULL_SECONDS + 1)
    except TimeoutError:
        return None


@asynccontextmanager
async def in_hand(message: Msg, every_seconds: float) -> AsyncIterator[None]:
    """Let the bus know that a message is being worked on, so that it is given to nobody else, however long it takes."""

    async def reassure() -> None:
        while True:
            await asyncio.sleep(every_seconds)
            with suppress(NatsError, OSError):
                await message.in_progress()

    reassuring = asyncio.create_task(reassure())
    try:
        yield
    finally:
        reassuring.cancel()


async def _acknowledge(message: Msg) -> None:
    try:
        await message.ack_sync(ANSWER_SECONDS)
    except (NatsError, OSError, TimeoutError):
        log.warning("%s is handled, and may come again: the bus did not confirm it", _place(message))


def again_seconds(deliveries: int) -> float:
    """After how long what was delivered so often comes again."""
    return AGAIN_SECONDS[min(deliveries, len(AGAIN_SECONDS)) - 1]


async def _again(message: Msg, failure: Exception) -> None:
    seconds = again_seconds(message.metadata.num_delivered)
    log.error("%s failed, and comes again in %s s", _place(message), seconds, exc_info=failure)
    await message.nak(seconds)


async def _return(message: Msg | None) -> None:
    if message is not None and message.reply:
        await message.nak()


def _place(message: Msg) -> str:
    return f"{message.metadata.stream} {message.metadata.sequence.stream}"
