"""Routes of subscriptions, for operators."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.wrong import FieldsRefused, Wrong, WrongField
from relevo_contracts.model import Id
from relevo_webhooks.commands import subscriptions
from relevo_webhooks.commands.subscriptions import AddSubscription, CheckFailed, OneSubscription, PauseSubscription
from relevo_webhooks.domain.subscription import (
    NoSuchSubscription,
    OldSecretStillSigns,
    StateForbids,
    TooManySubscriptions,
)
from relevo_webhooks.equipment import equipment_of
from relevo_webhooks.http.callers import InOffice, MayKeepSubscriptions
from relevo_webhooks.http.forms import SubscriptionForm
from relevo_webhooks.http.targets import target
from relevo_webhooks.http.views import (
    SecretView,
    SubscriptionFigures,
    SubscriptionView,
    added_answer,
    figures_view,
    secret_answer,
    subscription_answer,
)
from relevo_webhooks.store import subscription_of, subscriptions_in

router = Routes(tags=["subscriptions"])


class EndpointRefused(FieldsRefused):
    """Nothing can be sent to this URL; see what is wrong with it under errors."""


@router.post("/subscriptions", status_code=201, response_model=SecretView)
@refuses(EndpointRefused, TooManySubscriptions)
async def add_subscription(
    form: SubscriptionForm, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Add a subscription. Its secret is answered this once; it is sent nothing before it answered a check."""
    equipment = equipment_of(asking.shell)
    try:
        url = target(form.url, allowed=equipment.allowed, plain_http=equipment.plain_http)
    except Wrong as wrong:
        raise EndpointRefused([WrongField("url", wrong.code, wrong.words, wrong.facts)]) from None
    command = AddSubscription(form.partner, url, form.types, form.mode)
    return await asking.answer(subscriptions.add_subscription, office, command, by=caller.id, respond=added_answer)


@router.get("/subscriptions")
async def list_subscriptions(_: MayKeepSubscriptions, shell: InShell, office: InOffice) -> list[SubscriptionFigures]:
    """All subscriptions that were not removed, with how they go."""
    found = await subscriptions_in(shell.store, "unproven", "active", "paused")
    return [await figures_view(shell.store, each, office.now()) for each in found]


@router.get("/subscriptions/{subscription_id}")
@refuses(NoSuchSubscription)
async def show_subscription(
    subscription_id: Id, _: MayKeepSubscriptions, shell: InShell, office: InOffice
) -> SubscriptionFigures:
    """One subscription, with how it goes."""
    return await figures_view(shell.store, await subscription_of(shell.store, subscription_id), office.now())


@router.post("/subscriptions/{subscription_id}/check", response_model=SubscriptionView)
@refuses(NoSuchSubscription, CheckFailed, TooManySubscriptions)
async def check_subscription(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Ask the endpoint whether it wants to be sent events. It has to answer with 2xx and the challenge in its body."""
    command = OneSubscription(subscription_id)
    return await asking.answer(
        subscriptions.check_subscription, office, command, by=caller.id, respond=subscription_answer
    )


@router.post("/subscriptions/{subscription_id}/pause", response_model=SubscriptionView)
@refuses(NoSuchSubscription, StateForbids)
async def pause_subscription(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Send nothing until it is resumed. What comes meanwhile waits."""
    command = PauseSubscription(subscription_id)
    return await asking.answer(
        subscriptions.pause_subscription, office, command, by=caller.id, respond=subscription_answer
    )


@router.post("/subscriptions/{subscription_id}/resume", response_model=SubscriptionView)
@refuses(NoSuchSubscription, StateForbids)
async def resume_subscription(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Send what waited, and go on."""
    command = OneSubscription(subscription_id)
    return await asking.answer(
        subscriptions.resume_subscription, office, command, by=caller.id, respond=subscription_answer
    )


@router.post("/subscriptions/{subscription_id}/rotate", response_model=SecretView)
@refuses(NoSuchSubscription, OldSecretStillSigns)
async def rotate_secret(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Sign with a new secret, which is answered this once. The one before signs too, for a day or until it is ended."""
    command = OneSubscription(subscription_id)
    return await asking.answer(subscriptions.rotate_secret, office, command, by=caller.id, respond=secret_answer)


@router.post("/subscriptions/{subscription_id}/end-old-secret", response_model=SubscriptionView)
@refuses(NoSuchSubscription)
async def end_old_secret(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Sign with the newest secret alone, from now on."""
    command = OneSubscription(subscription_id)
    return await asking.answer(subscriptions.end_old_secret, office, command, by=caller.id, respond=subscription_answer)


@router.post("/subscriptions/{subscription_id}/remove", status_code=204)
@refuses(NoSuchSubscription)
async def remove_subscription(
    subscription_id: Id, caller: MayKeepSubscriptions, asking: InAsking, office: InOffice
) -> Response:
    """Send nothing any more. Its secrets are gone at once, its deliveries soon after."""
    command = OneSubscription(subscription_id)
    return await asking.answer(subscriptions.remove_subscription, office, command, by=caller.id)
