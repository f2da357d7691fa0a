"""What operators see of subscriptions and deliveries. A secret is seen once, by whoever asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.store import Store
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Frozen
from relevo_webhooks.commands.subscriptions import WithSecret
from relevo_webhooks.domain.delivery import DeliveryState, Outcome
from relevo_webhooks.domain.subscription import Mode, PausedBecause, SubscriptionState, WebhookSubscription
from relevo_webhooks.store import figures_of


class SubscriptionView(Frozen):
    """A subscription as it is."""

    subscription_id: str
    partner: str
    url: str
    types: tuple[str, ...]
    mode: Mode
    state: SubscriptionState
    added_at: datetime
    active_since: datetime | None
    paused_because: PausedBecause | None
    old_secret_until: datetime | None = Field(description="until when the secret before this one signs too")


class SecretView(Frozen):
    """A subscription with its new secret, which is answered this once."""

    subscription: SubscriptionView
    secret: str = Field(description="sign with what follows after whsec_, decoded from base64")


class SubscriptionFigures(SubscriptionView):
    """A subscription and how it goes. ``delivered`` counts the last thirty days."""

    waiting: int
    oldest_waiting_seconds: int
    parked: int
    delivered: int
    failing_since: datetime | None
    last_status: int | None
    last_outcome: Outcome | None
    last_tried_at: datetime | None
    last_delivered_at: datetime | None


class DeliveryView(Frozen):
    """An event on its way to a subscription."""

    delivery_id: str
    event_id: str
    number: int
    type: str
    lane: str
    sequence: int
    state: DeliveryState
    attempts: int
    queued_at: datetime
    first_tried_at: datetime | None
    next_at: datetime
    status: int | None
    outcome: Outcome | None
    done_at: datetime | None


class Queued(Frozen):
    """How many deliveries it concerns."""

    deliveries: int


def subscription_view(subscription: WebhookSubscription) -> SubscriptionView:
    return SubscriptionView.model_validate(subscription.model_dump())


def subscription_answer(subscription: WebhookSubscription) -> Answer:
    return answer_json(subscription_view(subscription))


def secret_answer(found: WithSecret) -> Answer:
    return answer_json(_secret_view(found))


def added_answer(found: WithSecret) -> Answer:
    location = f"/subscriptions/{found.subscription.subscription_id}"
    return answer_json(_secret_view(found), 201, location=location)


def _secret_view(found: WithSecret) -> SecretView:
    return SecretView(subscription=subscription_view(found.subscription), secret=found.secret.secret)


def queued_answer(deliveries: int) -> Answer:
    return answer_json(Queued(deliveries=deliveries))


async def figures_view(store: Store, subscription: WebhookSubscription, now: datetime) -> SubscriptionFigures:
    figures = await figures_of(store, subscription.subscription_id, now)
    return SubscriptionFigures.model_validate({**subscription.model_dump(), **figures._asdict()})


def delivery_view(row: Mapping[str, Any]) -> DeliveryView:
    return DeliveryView.model_validate({**row, "delivery_id": row["_id"]})
