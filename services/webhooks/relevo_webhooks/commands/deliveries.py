"""What is done about deliveries: those that were parked, and those that are to come again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Asked, Decided, Decision, Repeat, Row
from relevo_webhooks.commands.office import Office
from relevo_webhooks.domain.delivery import KEPT_AFTERWARDS, NoSuchDelivery
from relevo_webhooks.domain.journal import PublicEvent
from relevo_webhooks.domain.subscription import StateForbids, WebhookSubscription
from relevo_webhooks.store import (
    DELIVERIES,
    ENDPOINTS,
    SECRETS,
    SUBSCRIPTIONS,
    delivery_row,
    events_from,
    subscription_of,
    subscriptions_in,
    wake_lane,
)

AT_A_TIME = 250


@dataclass(frozen=True, slots=True)
class OneDelivery:
    subscription_id: str
    delivery_id: str


@dataclass(frozen=True, slots=True)
class RetryParked:
    """All that is parked of a subscription."""

    subscription_id: str


@dataclass(frozen=True, slots=True)
class Replay:
    """From this event on by its number, or from the first one whose time is not before ``since``."""

    subscription_id: str
    number: int = 1
    since: datetime | None = None


async def retry_delivery(office: Office, command: OneDelivery, asked: Asked) -> int | Repeat:
    """Try one that was parked again from the beginning. Raises ``NoSuchSubscription`` or ``NoSuchDelivery``."""
    subscription = await subscription_of(office.store, command.subscription_id)
    return await _retried(office, subscription, {"_id": command.delivery_id}, asked)


async def retry_parked(office: Office, command: RetryParked, asked: Asked) -> int | Repeat:
    """Try all that was parked again; answers how many. Raises ``NoSuchSubscription`` or ``NoSuchDelivery``."""
    subscription = await subscription_of(office.store, command.subscription_id)
    return await _retried(office, subscription, {}, asked)


async def _retried(
    office: Office, subscription: WebhookSubscription, where: dict[str, Any], asked: Asked
) -> int | Repeat:
    id, now = subscription.subscription_id, office.now()
    parked = {**where, "subscription_id": id, "state": "parked"}
    found = await office.store.rows(DELIVERIES, parked)
    again = {"attempts": 0, "first_tried_at": None, "next_at": now, "state": "waiting", "queued_by": asked.cause_id}
    rows = [Row(DELIVERIES, each["_id"], {**_content(each), **again}) for each in found]
    return await _done(office, subscription, asked, "deliveries_retried", rows)


async def drop_delivery(office: Office, command: OneDelivery, asked: Asked) -> int | Repeat:
    """Let go of one that was parked, for good; what waits behind it goes on.

    Raises ``NoSuchSubscription`` or ``NoSuchDelivery``.
    """
    subscription, now = await subscription_of(office.store, command.subscription_id), office.now()
    where = {"_id": command.delivery_id, "subscription_id": subscription.subscription_id, "state": "parked"}
    found = await office.store.rows(DELIVERIES, where)
    dropped = {"state": "dropped", "done_at": now, "kept_until": now + KEPT_AFTERWARDS}
    rows = [Row(DELIVERIES, each["_id"], {**_content(each), **dropped}) for each in found]
    done = await _done(office, subscription, asked, "delivery_dropped", rows)
    for each in found:
        await wake_lane(office.store, subscription.subscription_id, each["lane"], now)
    return done


async def replay(office: Office, command: Replay, asked: Asked) -> int | Repeat:
    """Send what came from a point on again, under the same ids; answers how many events that are.

    Raises ``NoSuchSubscription`` or ``StateForbids``. Broken off, it may be asked for again: what was queued twice is
    sent once more at most.
    """
    subscription = await subscription_of(office.store, command.subscription_id)
    id = subscription.subscription_id
    if not subscription.is_sent_events:
        raise StateForbids(subscription_id=id, state=subscription.state)
    number, count, now = command.number, 0, office.now()
    while True:
        found = await events_from(office.store, number, subscription.types, AT_A_TIME, command.since)
        rows = [delivery_row(id, each, asked.cause_id, now) for each in found]
        count += len(rows)
        if len(found) < AT_A_TIME:
            return await _done(office, subscription, asked, "deliveries_replayed", rows, count)
        await office.commits.commit(_unrecorded(rows, asked))
        number = _after(found)


def _after(found: list[PublicEvent]) -> int:
    return found[-1].number + 1


def _unrecorded(rows: list[Row], asked: Asked) -> Any:
    return Asked(asked.by, asked.now, asked.cause_id).change((), lambda _: Decision(rows=rows))


async def _done(
    office: Office,
    subscription: WebhookSubscription,
    asked: Asked,
    code: str,
    rows: list[Row],
    count: int | None = None,
) -> int | Repeat:
    ref = SUBSCRIPTIONS(subscription.subscription_id)

    def decide(_: Any) -> Decision[int]:
        if not rows and count is None:
            raise NoSuchDelivery(subscription_id=subscription.subscription_id)
        answer = len(rows) if count is None else count
        return Decision(rows=rows, answer=answer, on_record=[Decided(code, ref)])

    return await office.commits.commit(asked.change([ref], decide))


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "_id"}


async def forget_removed(office: Office) -> None:
    """Remove what is left of subscriptions that were removed. Twice does no harm."""
    for each in await subscriptions_in(office.store, "removed"):
        where = {"subscription_id": each.subscription_id}
        await office.store.remove_rows(DELIVERIES, where)
        await office.store.remove_rows(SECRETS, where)
        await office.store.remove_rows(ENDPOINTS, {"_id": each.subscription_id})
