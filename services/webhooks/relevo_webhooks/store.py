"""What webhooks keeps, and how it is found again.

Events, the journal and subscriptions are aggregates; a delivery is made in the commit of its event. How far a delivery
has come is written beside the committer by the one replica that sends: no event tells of it, and a try that was not
written down is made again under the same id.
"""

from __future__ import annotations

import base64
import secrets as randomness
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Kind, Row
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.delivery.writes import Document
from relevo_chassis.kept import KeptRows
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen
from relevo_webhooks.domain.delivery import delivery_id_of
from relevo_webhooks.domain.journal import Journal, PublicEvent
from relevo_webhooks.domain.kept import DELIVERY, SECRET, SUBSCRIPTION
from relevo_webhooks.domain.subscription import WebhookSubscription, in_use

SUBSCRIPTIONS = Kind("subscription", WebhookSubscription)
EVENTS = Kind("public_event", PublicEvent)
JOURNALS = Kind("journal", Journal)
JOURNAL = JOURNALS("all")
KINDS: tuple[Kind[Any], ...] = (SUBSCRIPTIONS, EVENTS, JOURNALS)

DELIVERIES, ENDPOINTS, SECRETS = "deliveries", "endpoints", "secrets"
COLLECTIONS: tuple[str, ...] = (DELIVERIES, ENDPOINTS, SECRETS)
INDEXES: Mapping[str, Sequence[Index]] = {
    EVENTS.name: (Index((("state.number", 1),), unique=True),),
    DELIVERIES: (
        Index((("subscription_id", 1), ("state", 1), ("next_at", 1))),
        Index((("subscription_id", 1), ("lane", 1), ("state", 1), ("sequence", 1))),
        Index((("state", 1), ("queued_at", 1))),
        Index((("kept_until", 1),), expires=True),
    ),
}
_TRIED = ("attempts", "first_tried_at", "next_at", "status", "outcome")
_ENDPOINT = ("failing_since", "status", "outcome", "tried_at", "delivered_at")
ROWS: Mapping[str, Sequence[KeptRows]] = {
    DELIVERIES: (
        KeptRows(DELIVERY, ("subscription_id", "event_id", "number", "type", "lane", "sequence", "state", "queued_by")),
        KeptRows(DELIVERY, ("queued_at", *_TRIED, "done_at", "kept_until")),
    ),
    ENDPOINTS: (KeptRows(SUBSCRIPTION, _ENDPOINT),),
    SECRETS: (KeptRows(SECRET, ("subscription_id", "sealed")),),
}
"""Why what lies beside the aggregates is kept."""
PREFIX = "whsec_"
_SECRET_BYTES = 32


class SigningSecret(Frozen):
    """What is sealed: the secret as its holder has it, ``whsec_`` and base64 (Standard Webhooks)."""

    secret: str

    @property
    def key(self) -> bytes:
        return base64.b64decode(self.secret.removeprefix(PREFIX))


def new_secret() -> SigningSecret:
    """256 random bits."""
    return SigningSecret(secret=PREFIX + base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode())


def secret_row(key: ServiceKey, subscription_id: str, number: int, secret: SigningSecret) -> Row:
    id = _secret_id(subscription_id, number)
    return Row(SECRETS, id, {"subscription_id": subscription_id, "sealed": key.seal(f"secret/{id}", secret)})


def no_secret_row(subscription_id: str, number: int) -> Row:
    return Row(SECRETS, _secret_id(subscription_id, number), None)


async def secrets_of(
    store: Store, key: ServiceKey, subscription: WebhookSubscription, now: datetime
) -> list[SigningSecret]:
    """Those that sign now, the newest first. Raises ``SealBroken`` or ``LookupError``."""
    ids = [_secret_id(subscription.subscription_id, number) for number in subscription.signing(now)]
    found = {row["_id"]: bytes(row["sealed"]) for row in await store.rows(SECRETS, {"_id": {"$in": ids}})}
    return [key.open(f"secret/{id}", SigningSecret, found[id]) for id in ids]


def _secret_id(subscription_id: str, number: int) -> str:
    return f"{subscription_id}/{number}"


def endpoint_row(subscription_id: str) -> Row:
    """Of a subscription that was not sent anything yet."""
    return Row(ENDPOINTS, subscription_id, dict.fromkeys(_ENDPOINT))


def delivery_row(subscription_id: str, event: PublicEvent, queued_by: str, queued_at: datetime) -> Row:
    """An event on its way to a subscription, from the beginning, whatever became of an earlier one."""
    document = {
        "subscription_id": subscription_id,
        "event_id": event.event_id,
        "number": event.number,
        "type": event.type,
        "lane": event.lane,
        "sequence": event.sequence,
        "state": "waiting",
        "queued_by": queued_by,
        "queued_at": queued_at,
        "next_at": queued_at,
        "attempts": 0,
        **dict.fromkeys(("first_tried_at", "status", "outcome", "done_at", "kept_until")),
    }
    return Row(DELIVERIES, delivery_id_of(subscription_id, event.event_id), document)


async def subscription_of(store: Store, subscription_id: str) -> WebhookSubscription:
    """Raises ``NoSuchSubscription``."""
    return in_use(await store.state(SUBSCRIPTIONS(subscription_id)), subscription_id)


async def subscriptions_in(store: Store, *states: str) -> list[WebhookSubscription]:
    return await store.select(SUBSCRIPTIONS, {"state": {"$in": list(states)}}, sort=[("added_at", 1)])


async def events_from(
    store: Store, number: int, types: Iterable[str], limit: int, since: datetime | None = None
) -> list[PublicEvent]:
    """Events in the order in which they came, from this number and this instant of theirs on."""
    where: dict[str, Any] = {"number": {"$gte": number}, "type": {"$in": list(types)}}
    if since is not None:
        where["time"] = {"$gte": since}
    return await store.select(EVENTS, where, sort=[("number", 1)], limit=limit)


async def due_lane(store: Store, subscription_id: str, now: datetime, busy: Iterable[str]) -> str | None:
    """The lane of a subscription whose delivery has waited longest for its turn, of those that nobody works on."""
    where = {
        "subscription_id": subscription_id,
        "state": "waiting",
        "next_at": {"$lte": now},
        "lane": {"$nin": sorted(busy)},
    }
    found = await store.rows(DELIVERIES, where, sort=[("next_at", 1)], limit=1)
    return str(found[0]["lane"]) if found else None


async def first_of_lane(store: Store, subscription_id: str, lane: str) -> Document | None:
    """The delivery before which none of its lane may go."""
    where = {"subscription_id": subscription_id, "lane": lane, "state": {"$in": ["waiting", "parked"]}}
    found = await store.rows(DELIVERIES, where, sort=[("sequence", 1)], limit=1)
    return found[0] if found else None


async def ask_lane_again(store: Store, subscription_id: str, lane: str, at: datetime) -> None:
    """Look at a lane again at ``at``, and not before."""
    where = {"subscription_id": subscription_id, "lane": lane, "state": "waiting", "next_at": {"$lt": at}}
    await store.update_rows(DELIVERIES, where, {"next_at": at})


async def wake_lane(store: Store, subscription_id: str, lane: str, at: datetime) -> None:
    """Have what of a lane was not tried yet looked at from ``at`` on."""
    where = {"subscription_id": subscription_id, "lane": lane, "state": "waiting", "attempts": 0}
    await store.update_rows(DELIVERIES, where, {"next_at": at})


async def deliveries_of(
    store: Store, subscription_id: str, state: str | None, limit: int, after: str | None
) -> list[Document]:
    where: dict[str, Any] = {"subscription_id": subscription_id}
    if state is not None:
        where["state"] = state
    if after is not None:
        where["_id"] = {"$gt": after}
    return await store.rows(DELIVERIES, where, sort=[("_id", 1)], limit=limit)


class Figures(NamedTuple):
    """How a subscription goes."""

    waiting: int
    oldest_waiting_seconds: int
    parked: int
    delivered: int
    failing_since: datetime | None
    last_status: int | None
    last_outcome: str | None
    last_tried_at: datetime | None
    last_delivered_at: datetime | None


async def figures_of(store: Store, subscription_id: str, now: datetime) -> Figures:
    of = {"subscription_id": subscription_id}
    waiting = {**of, "state": "waiting"}
    oldest = await store.rows(DELIVERIES, waiting, sort=[("queued_at", 1)], limit=1)
    endpoint = await store.row(ENDPOINTS, subscription_id) or dict.fromkeys(_ENDPOINT)
    return Figures(
        waiting=await store.count_rows(DELIVERIES, waiting),
        oldest_waiting_seconds=max(0, int((now - oldest[0]["queued_at"]).total_seconds())) if oldest else 0,
        parked=await store.count_rows(DELIVERIES, {**of, "state": "parked"}),
        delivered=await store.count_rows(DELIVERIES, {**of, "state": "delivered"}),
        failing_since=endpoint["failing_since"],
        last_status=endpoint["status"],
        last_outcome=endpoint["outcome"],
        last_tried_at=endpoint["tried_at"],
        last_delivered_at=endpoint["delivered_at"],
    )


async def failing(store: Store) -> list[str]:
    """The subscriptions whose last try failed."""
    active = [each.subscription_id for each in await subscriptions_in(store, "active")]
    return [row["_id"] for row in await store.rows(ENDPOINTS, {"_id": {"$in": active}, "failing_since": {"$ne": None}})]


async def gone(store: Store) -> list[str]:
    """The subscriptions that are paused because their endpoint said that it is gone."""
    paused = await subscriptions_in(store, "paused")
    return [each.subscription_id for each in paused if each.paused_because == "gone"]


async def waiting(store: Store) -> int:
    return await store.count_rows(DELIVERIES, {"state": "waiting"})


async def parked(store: Store) -> int:
    return await store.count_rows(DELIVERIES, {"state": "parked"})


async def oldest_due(store: Store) -> datetime | None:
    """When the delivery was queued that waits longest for a subscription that is active."""
    active = [each.subscription_id for each in await subscriptions_in(store, "active")]
    where = {"state": "waiting", "subscription_id": {"$in": active}}
    found = await store.rows(DELIVERIES, where, sort=[("queued_at", 1)], limit=1)
    return found[0]["queued_at"] if found else None
