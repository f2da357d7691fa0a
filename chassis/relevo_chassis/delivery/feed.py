"""The feed of one durable: asks for what it has, takes what comes and hands it on, with a bound on what is in hand.

FastStream's own pull loop costs more per message than the commit it leads to, and ends for good on an error that it
does not know; the fetch of nats-py waits for each message by itself. So the broker keeps the connection, and this
module speaks the pull protocol of JetStream: a request for so many messages, which come to its inbox with the address
of their answer, and a message without one that says how the request ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from uuid import uuid4

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from relevo_chassis.delivery.cancelling import cancelled

FETCH_MAX = 256
FETCH_SECONDS = 5.0
HEARTBEAT_SECONDS = 1.0
SILENT_SECONDS = 2.5
"""A request of which nothing is heard for so long is lost, such as with the leader of its durable."""
LOOK_SECONDS = 0.5
IN_HAND_MAX = 4
AGAIN_SECONDS = (0.1, 0.5, 1.0)
_ALIVE, _OVER = "100", frozenset({"404", "408"})
ReadyForMore = Callable[[], Awaitable[None]]
"""Returns when more may be asked for; soon in any case, because what has arrived waits meanwhile."""

log = structlog.get_logger(__name__)


class _Interrupted(Exception):
    """The server will not deliver; its reason."""


async def at_once() -> None:
    """For whoever is never behind: more may always be asked for."""


class Feed:
    """Asks as long as it runs, whatever the server does meanwhile: away, restarted, the durable deleted and made anew.
    Declares nothing.

    At most four times 256 messages are in hand at a time, and as many as two requests bring wait for their turn.
    While nothing of what it hands on can be committed, it asks for one message at a time, after a pause, and leaves
    the rest to its fellows: ``receive`` says whether anything could.
    """

    def __init__(
        self,
        client: Callable[[], Client],
        stream: str,
        durable: str,
        receive: Callable[[Sequence[Msg]], Awaitable[bool]],
        *,
        inbox_prefix: bytes,
    ) -> None:
        self._client = client
        self._durable = durable
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._receive = receive
        self._inbox_prefix = inbox_prefix.decode()
        self._room = asyncio.Semaphore(IN_HAND_MAX)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._arrived: deque[Msg] = deque()
        self._requests: dict[str, _Request] = {}
        self._refused = ""
        self._wake = asyncio.Event()
        self._failures = 0
        self._failed_receives = 0
        self._delivered_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self, ready_for_more: ReadyForMore = at_once) -> None:
        self._ready_for_more = ready_for_more
        self._task = asyncio.create_task(self._run(), name=f"feed {self._durable}")

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        """Ask no more and finish what is in hand; what was not begun is given back at once."""
        if self._task:
            await cancelled([self._task])
        await asyncio.gather(*self._in_hand, return_exceptions=True)
        await self._nak_arrived()

    async def _run(self) -> None:
        while True:
            try:
                await self._pull(self._client(), one_by_one=self._failed_receives > 0)
            except (NatsError, TimeoutError, OSError, _Interrupted) as away:
                reason = str(away) if isinstance(away, _Interrupted) else type(away).__name__
                log.warning("feed_interrupted", durable=self._durable, reason=reason)
                await asyncio.sleep(AGAIN_SECONDS[min(self._failures, len(AGAIN_SECONDS) - 1)])
                self._failures += 1

    async def _pull(self, client: Client, *, one_by_one: bool) -> None:
        """Take what comes, until it changes whether anything can be committed: then what was asked for is unwanted."""
        inbox = f"{self._inbox_prefix}.{uuid4().hex}"
        self._requests, self._refused = {}, ""
        subscription = await client.subscribe(f"{inbox}.*", cb=self._received)
        try:
            names, connection = count(), client.stats["reconnects"]
            while one_by_one == (self._failed_receives > 0):
                if self._refused:
                    raise _Interrupted(self._refused)
                if client.stats["reconnects"] != connection:
                    raise _Interrupted("the connection was lost meanwhile")
                await self._room.acquire()
                self._room.release()
                if one_by_one and not self._arrived and not self._requests:
                    await asyncio.sleep(AGAIN_SECONDS[min(self._failed_receives, len(AGAIN_SECONDS)) - 1])
                await self._request_more(client, f"{inbox}.{next(names)}", 1 if one_by_one else FETCH_MAX)
                await self._await_arrival()
                await self._hand_on()
        finally:
            await _unsubscribed(subscription)
        await self._nak_arrived()

    async def _nak_arrived(self) -> None:
        """Let others have at once what was not begun."""
        with contextlib.suppress(NatsError, OSError):
            while self._arrived:
                await self._arrived.popleft().nak()

    async def _request_more(self, client: Client, reply: str, most: int) -> None:
        """Ask for as many as there is room for, unless they are on their way."""
        now = time.monotonic()
        if now - self._delivered_at > SILENT_SECONDS:
            self._requests = {
                name: request
                for name, request in self._requests.items()
                if now - request.last_seen_at <= SILENT_SECONDS
            }
        if len(self._arrived) + sum(request.left for request in self._requests.values()) > most // 2:
            return
        await self._ready_for_more()
        self._requests[reply] = _Request(most, time.monotonic())
        times = {"expires": FETCH_SECONDS, "idle_heartbeat": HEARTBEAT_SECONDS}
        request = {"batch": most, **{name: round(seconds * 10**9) for name, seconds in times.items()}}
        await client.publish(self._next, json.dumps(request).encode(), reply)

    async def _await_arrival(self) -> None:
        """Wait until something came, for half a second at most."""
        if not self._arrived:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
        self._wake.clear()

    async def _received(self, message: Msg) -> None:
        """What came to the inbox: a message to be answered, a sign of life, or how a request ended."""
        self._wake.set()
        if message.reply:
            self._failures = 0
            self._arrived.append(message)
            self._delivered_at = time.monotonic()
            for name, request in self._requests.items():
                request.left -= 1
                if not request.left or _closes_answer(message):
                    del self._requests[name]
                break
            return
        headers = message.headers or {}
        if headers.get("Status") == _ALIVE:
            if waiting := self._requests.get(message.subject):
                waiting.last_seen_at = time.monotonic()
            return
        self._requests.pop(message.subject, None)
        if headers.get("Status") in _OVER:
            self._failures = 0
        else:
            self._refused = f"{headers.get('Status')} {headers.get('Description', '')}".strip()

    async def _hand_on(self) -> None:
        if not self._arrived:
            return
        await self._room.acquire()
        messages = [self._arrived.popleft() for _ in range(min(len(self._arrived), FETCH_MAX))]
        task = asyncio.create_task(self._receive_all(messages))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def _receive_all(self, messages: Sequence[Msg]) -> None:
        try:
            self._failed_receives = 0 if await self._receive(messages) else self._failed_receives + 1
        except Exception as failure:
            log.error("deliveries_unanswered", durable=self._durable, failure=type(failure).__name__)
        finally:
            self._room.release()
            self._wake.set()


class _Request:
    """A request: how many of its messages are still to come, and when something was heard of it last."""

    __slots__ = ("last_seen_at", "left")

    def __init__(self, left: int, last_seen_at: float) -> None:
        self.left = left
        self.last_seen_at = last_seen_at


def _closes_answer(message: Msg) -> bool:
    """Whether it has neither body nor headers: between accounts nothing comes after it of what was asked for.

    What the server had sent comes again when nobody has acknowledged it in time.
    """
    return not message.data and not message.headers


async def _unsubscribed(subscription: Subscription) -> None:
    try:
        await subscription.unsubscribe()
    except (NatsError, OSError):
        return  # the connection is gone, and the subscription with it
