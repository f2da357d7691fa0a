"""Routes of deliveries, for operators."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_webhooks.commands import deliveries
from relevo_webhooks.commands.deliveries import OneDelivery, Replay, RetryParked
from relevo_webhooks.domain.delivery import DeliveryState, NoSuchDelivery
from relevo_webhooks.domain.subscription import NoSuchSubscription, StateForbids
from relevo_webhooks.http.callers import InOffice, MayKeepSubscriptions
from relevo_webhooks.http.forms import ReplayForm
from relevo_webhooks.http.views import DeliveryView, Queued, delivery_view, queued_answer
from relevo_webhooks.store import deliveries_of, subscription_of

router = Routes(tags=["deliveries"])

WithState = Annotated[DeliveryState | None, Query(description="those in this state alone")]


@router.get("/subscriptions/{subscription_id}/deliveries")
@refuses(NoSuchSubscription, BadCursor)
async def list_deliveries(
    subscription_id: Id,
    _: MayKeepSubscriptions,
    shell: InShell,
    state: WithState = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[DeliveryView]:
    """What is on its way, was parked, or arrived within thirty days."""
    await subscription_of(shell.store, subscription_id)
    cursors = Cursors(shell.vault.service_key, "deliveries", subscription_id, state or "")
    found = await deliveries_of(shell.store, subscription_id, state, limit + 1, cursors.after(after))
    return cursors.page([delivery_view(each) for each in found], limit, lambda each: each.delivery_id)


@router.post("/subscriptions/{subscription_id}/deliveries/retry", response_model=Queued)
@refuses(NoSuchSubscription, NoSuchDelivery)
async def retry_parked(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Try all that was parked of a subscription again."""
    command = RetryParked(subscription_id)
    return await asking.answer(deliveries.retry_parked, office, command, by=caller.id, respond=queued_answer)


@router.post("/subscriptions/{subscription_id}/deliveries/{delivery_id}/retry", response_model=Queued)
@refuses(NoSuchSubscription, NoSuchDelivery)
async def retry_delivery(
    subscription_id: Id, delivery_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Try one that was parked again."""
    command = OneDelivery(subscription_id, delivery_id)
    return await asking.answer(deliveries.retry_delivery, office, command, by=caller.id, respond=queued_answer)


@router.post("/subscriptions/{subscription_id}/deliveries/{delivery_id}/drop", response_model=Queued)
@refuses(NoSuchSubscription, NoSuchDelivery)
async def drop_delivery(
    subscription_id: Id, delivery_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Let go of one that was parked. What waits behind it goes on, and the endpoint never gets this one."""
    command = OneDelivery(subscription_id, delivery_id)
    return await asking.answer(deliveries.drop_delivery, office, command, by=caller.id, respond=queued_answer)


@router.post("/subscriptions/{subscription_id}/replay", response_model=Queued)
@refuses(NoSuchSubscription, StateForbids)
async def replay(
    subscription_id: Id, form: ReplayForm, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Send what came from a point on again, under the same ids, so that whoever keeps them has no effect twice."""
    command = Replay(subscription_id, form.from_number or 1, form.from_time)
    return await asking.answer(deliveries.replay, office, command, by=caller.id, respond=queued_answer)
