"""The feed of one durable: fetches what it has and hands it on, with a bound on what is in hand.

FastStream's own pull loop costs more per message than the commit it leads to, and ends for good on an error that it
does not know; so the broker keeps the connection and this module fetches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.client import JetStreamContext

from relevo_chassis.delivery.ending import ended

FETCH_MAX = 256
FETCH_SECONDS = 5.0
IN_HAND_MAX = 4
AGAIN_SECONDS = (0.1, 0.5, 1.0, 2.0)

log = structlog.get_logger(__name__)


class Feed:
    """Fetches as long as it runs, whatever the server does meanwhile: away, restarted, the durable deleted and made
    anew. Declares nothing. At most four fetches of 256 messages are in hand at a time.

    While nothing of what it fetches can be committed, it asks for one message at a time, after a pause, and leaves the
    rest to its fellows: ``receive`` says whether anything could.
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
        self._stream = stream
        self._durable = durable
        self._receive = receive
        self._inbox_prefix = inbox_prefix + b"."
        self._room = asyncio.Semaphore(IN_HAND_MAX)
        self._failures = 0
        self._in_hand: set[asyncio.Task[None]] = set()
        self._in_vain = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"feed {self._durable}")

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        """Fetch no more and finish what is in hand. What was fetched in the same instant is delivered again later."""
        if self._task:
            await ended([self._task])
        await asyncio.gather(*self._in_hand, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                subscription = (
                    await self._client()
                    .jetstream()
                    .pull_subscribe_bind(durable=self._durable, stream=self._stream, inbox_prefix=self._inbox_prefix)
                )
                try:
                    await self._fetch(subscription)
                finally:
                    await _left(subscription)
            except (NatsError, TimeoutError, OSError) as away:
                log.warning("feed_interrupted", durable=self._durable, reason=type(away).__name__)
                await asyncio.sleep(AGAIN_SECONDS[min(self._failures, len(AGAIN_SECONDS) - 1)])
                self._failures += 1

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> None:
        while True:
            await self._room.acquire()
            try:
                if self._in_vain:
                    await asyncio.sleep(AGAIN_SECONDS[min(self._in_vain, len(AGAIN_SECONDS)) - 1])
                messages = await subscription.fetch(1 if self._in_vain else FETCH_MAX, timeout=FETCH_SECONDS)
            except TimeoutError:
                self._room.release()
                self._failures = 0
                continue
            except BaseException:
                self._room.release()
                raise
            self._failures = 0
            task = asyncio.create_task(self._receive_all(messages))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

    async def _receive_all(self, messages: Sequence[Msg]) -> None:
        try:
            self._in_vain = 0 if await self._receive(messages) else self._in_vain + 1
        except Exception as failure:
            log.error("deliveries_unanswered", durable=self._durable, failure=type(failure).__name__)
        finally:
            self._room.release()


async def _left(subscription: JetStreamContext.PullSubscription) -> None:
    try:
        await subscription.unsubscribe()
    except (NatsError, OSError):
        return  # the connection is gone, and the subscription with it
