"""Sends what waits: at least once, and the first time in the order of each lane.

One replica sends, by lease; what one was sending when it lost that is sent again under the same id. Only the oldest
delivery of a lane that is not done is tried, so one that fails, or was parked, holds up its lane and no other. A
subscription has few lanes in hand at a time, so that one that is slow leaves room for others.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.delivery.store import Store
from relevo_chassis.delivery.writes import Document
from relevo_chassis.people.vault import ServiceKey
from relevo_webhooks.domain.delivery import GONE, KEPT_AFTERWARDS, Try, next_try
from relevo_webhooks.domain.subscription import WebhookSubscription
from relevo_webhooks.sending.endpoint import Answer
from relevo_webhooks.sending.message import Message, event_message
from relevo_webhooks.store import (
    DELIVERIES,
    ENDPOINTS,
    EVENTS,
    SUBSCRIPTIONS,
    ask_lane_again,
    due_lane,
    first_of_lane,
    secrets_of,
    subscriptions_in,
    wake_lane,
)

LANES_OF_ONE: Final = 4
LANES: Final = 64
IN_A_ROW: Final = 20
"""Deliveries of a lane before others of its subscription get their turn."""
POLL_SECONDS: Final = 0.5
LOOK_AGAIN: Final = timedelta(seconds=60)
"""How long a lane that waits for its first delivery is not looked at."""

log = structlog.get_logger(__name__)

Post = Callable[[str, Message], Awaitable[Answer]]
OnGone = Callable[[str], Awaitable[None]]


def process_time() -> datetime:
    """Retries, signatures and secrets are matters of the network, and not of the course."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)  # what the store can keep


class Sender:
    """Takes deliveries to where they go."""

    def __init__(
        self,
        store: Store,
        key: ServiceKey,
        post: Post,
        on_gone: OnGone,
        *,
        now: Callable[[], datetime] = process_time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._key = key
        self._post = post
        self._on_gone = on_gone
        self._now = now
        self._draw = draw
        self._in_hand: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._finished = asyncio.Event()
        self._rounds = 0

    async def run(self, lease: Holding) -> None:
        """Send until cancelled, while the lease is this replica's; without it, begun tries are given up."""
        try:
            while True:
                try:
                    if await lease.acquire():
                        await self.begin_due()
                    else:
                        await self._give_up()
                except Busy as away:
                    log.warning("store_away", reason=str(away))
                self._finished.clear()
                await self._pause()
        finally:
            await self._give_up()

    async def begin_due(self) -> None:
        """Begin with what is due, as far as there is room."""
        active = deque(each.subscription_id for each in await subscriptions_in(self._store, "active"))
        self._rounds += 1
        active.rotate(-self._rounds)  # so that whoever came first does not always go first
        while active and len(self._in_hand) < LANES:
            id = active.popleft()
            busy = self._lanes_of(id)
            lane = await due_lane(self._store, id, self._now(), busy) if len(busy) < LANES_OF_ONE else None
            if lane is not None:
                self._begin(id, lane)
                active.append(id)

    async def send_due(self) -> None:
        """Send what is due now to its end, and what follows from that."""
        await self.begin_due()
        while self._in_hand:
            await asyncio.wait(self._in_hand.values())
            await self.begin_due()

    def _begin(self, subscription_id: str, lane: str) -> None:
        place = (subscription_id, lane)
        task = asyncio.create_task(self._safely(subscription_id, lane))
        self._in_hand[place] = task
        task.add_done_callback(lambda _: self._over(place))

    def _over(self, place: tuple[str, str]) -> None:
        self._in_hand.pop(place, None)
        self._finished.set()

    def _lanes_of(self, subscription_id: str) -> list[str]:
        return [lane for id, lane in self._in_hand if id == subscription_id]

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._finished.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    async def _give_up(self) -> None:
        await cancelled(list(self._in_hand.values()))

    async def _safely(self, subscription_id: str, lane: str) -> None:
        """Whatever goes wrong with one lane is no other's matter."""
        try:
            try:
                await self._drain(subscription_id, lane)
            except Busy:
                raise
            except Exception as fault:
                log.error("lane_failed", subscription_id=subscription_id, failure=type(fault).__name__)
                await self._failed_here(subscription_id, lane)
        except Busy as away:
            log.warning("store_away", subscription_id=subscription_id, reason=str(away))

    async def _drain(self, subscription_id: str, lane: str) -> None:
        """One delivery after the other, until one fails, or others are to have their turn."""
        for _ in range(IN_A_ROW):
            subscription = await self._store.state(SUBSCRIPTIONS(subscription_id))
            first = await first_of_lane(self._store, subscription_id, lane)
            if first is None or subscription is None or subscription.state != "active":
                return
            now = self._now()
            if first["state"] == "parked":
                return await ask_lane_again(self._store, subscription_id, lane, now + LOOK_AGAIN)
            if first["attempts"] and first["next_at"] > now:
                again = min(first["next_at"], now + LOOK_AGAIN)
                return await ask_lane_again(self._store, subscription_id, lane, again)
            if not await self._try(subscription, first):
                return
        await wake_lane(self._store, subscription_id, lane, self._now())

    async def _try(self, subscription: WebhookSubscription, row: Document) -> bool:
        """Whether it was delivered."""
        answer = await self._post(subscription.url, await self._message(subscription, row))
        tried, now = answer.tried, self._now()
        if tried.is_delivered:
            done = {"state": "delivered", "done_at": now, "kept_until": now + KEPT_AFTERWARDS}
            await self._mark(row, tried, done)
            endpoint = {"failing_since": None, "delivered_at": now}
        else:
            await self._mark(row, tried, self._put_off(row, tried, now))
            endpoint = {}
        await self._of_endpoint(subscription.subscription_id, tried, now, endpoint)
        if tried.status == GONE:
            await self._on_gone(subscription.subscription_id)
        return tried.is_delivered

    async def _failed_here(self, subscription_id: str, lane: str) -> None:
        """A fault of ours is a try that failed: put off, shown, and parked in the end, like one of the endpoint."""
        first = await first_of_lane(self._store, subscription_id, lane)
        if first is None or first["state"] == "parked":
            return
        tried, now = Try(outcome="fault"), self._now()
        await self._mark(first, tried, self._put_off(first, tried, now))
        await self._of_endpoint(subscription_id, tried, now, {})

    async def _message(self, subscription: WebhookSubscription, row: Document) -> Message:
        event = await self._store.state(EVENTS(row["event_id"]))
        if event is None:
            raise LookupError(row["event_id"])
        now = self._now()
        secrets = await secrets_of(self._store, self._key, subscription, now)
        return event_message(event, subscription.mode, secrets, now)

    def _put_off(self, row: Document, tried: Try, now: datetime) -> dict[str, Any]:
        since = row["first_tried_at"] or now
        at = next_try(row["attempts"] + 1, since, tried, now, self._draw())
        if at is None:
            log.warning("delivery_parked", subscription_id=row["subscription_id"], event_id=row["event_id"])
            return {"state": "parked", "first_tried_at": since}
        return {"next_at": at, "first_tried_at": since}

    async def _mark(self, row: Document, tried: Try, values: dict[str, Any]) -> None:
        """Unless it was queued anew, dropped or removed meanwhile."""
        as_read = {"_id": row["_id"], "state": "waiting", "queued_by": row["queued_by"]}
        attempts = {"attempts": row["attempts"] + 1, "status": tried.status, "outcome": tried.outcome}
        await self._store.update_rows(DELIVERIES, as_read, {**attempts, **values})

    async def _of_endpoint(self, id: str, tried: Try, now: datetime, values: dict[str, Any]) -> None:
        known = {"tried_at": now, "status": tried.status, "outcome": tried.outcome}
        await self._store.update_rows(ENDPOINTS, {"_id": id}, {**known, **values})
        if not tried.is_delivered:
            await self._store.update_rows(ENDPOINTS, {"_id": id, "failing_since": None}, {"failing_since": now})
