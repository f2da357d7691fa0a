"""Adding, checking, pausing and removing subscriptions, and changing their secrets."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Refusal, Repeat, Row
from relevo_chassis.ids import new_id
from relevo_webhooks.commands.office import Office
from relevo_webhooks.domain import journal, subscription
from relevo_webhooks.domain.delivery import Try
from relevo_webhooks.domain.journal import MOST_SUBSCRIPTIONS, Journal
from relevo_webhooks.domain.subscription import (
    Mode,
    PausedBecause,
    TooManySubscriptions,
    WebhookSubscription,
    in_use,
)
from relevo_webhooks.sending.message import check_message
from relevo_webhooks.store import (
    JOURNAL,
    SUBSCRIPTIONS,
    SigningSecret,
    endpoint_row,
    new_secret,
    no_secret_row,
    secret_row,
    secrets_of,
    subscription_of,
    subscriptions_in,
)


class CheckFailed(Refusal):
    """The endpoint did not answer the check with 2xx and the challenge in its body; mend it and check again."""


class WithSecret(NamedTuple):
    """A subscription with a secret that is answered this once."""

    subscription: WebhookSubscription
    secret: SigningSecret


@dataclass(frozen=True, slots=True)
class AddSubscription:
    partner: str
    url: str
    types: tuple[str, ...]
    mode: Mode


@dataclass(frozen=True, slots=True)
class OneSubscription:
    """What is asked of one subscription."""

    subscription_id: str


@dataclass(frozen=True, slots=True)
class PauseSubscription:
    subscription_id: str
    because: PausedBecause = "asked"


async def add_subscription(office: Office, command: AddSubscription, asked: Asked) -> WithSecret | Repeat:
    """Add a subscription that is sent nothing until it answered a check. Raises ``TooManySubscriptions``."""
    if len(await subscriptions_in(office.store, "unproven", "active", "paused")) >= MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions(most=MOST_SUBSCRIPTIONS)
    secret, id = new_secret(), new_id()
    added = WebhookSubscription(
        subscription_id=id,
        partner=command.partner,
        url=command.url,
        types=command.types,
        mode=command.mode,
        added_at=office.now(),
    )
    ref = SUBSCRIPTIONS(id)
    decision = Decision(
        [New(ref, added)],
        rows=[secret_row(office.key, id, added.secret, secret), endpoint_row(id)],
        answer=WithSecret(added, secret),
        on_record=[Decided("subscription_added", ref)],
    )
    return await office.commits.commit(asked.change([ref], lambda _: decision))


async def check_subscription(office: Office, command: OneSubscription, asked: Asked) -> WebhookSubscription | Repeat:
    """Ask the endpoint whether it wants to be sent events; from then on it is.

    Raises ``NoSuchSubscription``, ``CheckFailed`` or ``TooManySubscriptions``.
    """
    before, now = await subscription_of(office.store, command.subscription_id), office.now()
    challenge = randomness.token_hex(16)
    message = check_message(
        before.subscription_id, challenge, await secrets_of(office.store, office.key, before, now), now
    )
    answer = await office.post(before.url, message)
    if not answer.tried.is_delivered:
        raise _failed(answer.tried)
    if challenge.encode() not in answer.content:
        raise CheckFailed("no_challenge", "it answered with 2xx and without the challenge in its body")
    ref = SUBSCRIPTIONS(before.subscription_id)

    def decide(found: Found) -> Decision[WebhookSubscription]:
        before = in_use(found[ref], ref.id)
        after = subscription.prove(before, now)
        if after == before:
            return Decision(answer=before)
        joined = journal.join(found[JOURNAL] or Journal(), after)
        on_record = [Decided("subscription_proven", ref)]
        return Decision([New(ref, after), New(JOURNAL, joined)], answer=after, on_record=on_record)

    return await office.commits.commit(asked.change([ref, JOURNAL], decide))


def _failed(tried: Try) -> CheckFailed:
    match tried.outcome:
        case "answered":
            return CheckFailed("other_status", "it answered with {status}", status=tried.status)
        case "timed_out":
            return CheckFailed("timed_out", "it did not answer within ten seconds")
        case "address_refused":
            return CheckFailed("address_refused", "its host has an address that is not public")
        case "tls_failed":
            return CheckFailed("tls_failed", "its certificate is not one for its host that is trusted here")
        case _:
            return CheckFailed("unreachable", "it could not be reached")


async def pause_subscription(office: Office, command: PauseSubscription, asked: Asked) -> WebhookSubscription | Repeat:
    """Send nothing until it is resumed. Raises ``NoSuchSubscription`` or ``StateForbids``."""
    return await _changed(
        office,
        command.subscription_id,
        asked,
        "subscription_paused",
        lambda before: subscription.pause(before, command.because),
    )


async def resume_subscription(office: Office, command: OneSubscription, asked: Asked) -> WebhookSubscription | Repeat:
    """Send what waited, and go on. Raises ``NoSuchSubscription`` or ``StateForbids``."""
    return await _changed(office, command.subscription_id, asked, "subscription_resumed", subscription.resume)


async def end_old_secret(office: Office, command: OneSubscription, asked: Asked) -> WebhookSubscription | Repeat:
    """Sign with the newest secret alone. Raises ``NoSuchSubscription``."""
    return await _changed(
        office,
        command.subscription_id,
        asked,
        "old_secret_ended",
        subscription.end_old_secret,
        lambda before: [no_secret_row(before.subscription_id, before.secret - 1)],
    )


async def rotate_secret(office: Office, command: OneSubscription, asked: Asked) -> WithSecret | Repeat:
    """Give it a new secret; the one before signs too for a day.

    Raises ``NoSuchSubscription`` or ``OldSecretStillSigns``.
    """
    ref, secret, now = SUBSCRIPTIONS(command.subscription_id), new_secret(), office.now()

    def decide(found: Found) -> Decision[WithSecret]:
        after = subscription.rotate(in_use(found[ref], ref.id), now)
        rows = [
            secret_row(office.key, ref.id, after.secret, secret),
            no_secret_row(ref.id, after.secret - 2),
        ]
        on_record = [Decided("secret_rotated", ref)]
        return Decision([New(ref, after)], rows=rows, answer=WithSecret(after, secret), on_record=on_record)

    return await office.commits.commit(asked.change([ref], decide))


async def remove_subscription(office: Office, command: OneSubscription, asked: Asked) -> Repeat | None:
    """Send nothing any more, and forget its secrets; its deliveries go soon after. Raises ``NoSuchSubscription``."""
    ref = SUBSCRIPTIONS(command.subscription_id)

    def decide(found: Found) -> Decision:
        before = in_use(found[ref], ref.id)
        left = journal.leave(found[JOURNAL] or Journal(), ref.id)
        rows = [no_secret_row(ref.id, number) for number in (before.secret, before.secret - 1)]
        states = [New(ref, subscription.remove(before)), New(JOURNAL, left)]
        return Decision(states, rows=rows, on_record=[Decided("subscription_removed", ref)])

    return await office.commits.commit(asked.change([ref, JOURNAL], decide))


async def _changed(
    office: Office,
    subscription_id: str,
    asked: Asked,
    code: str,
    change: Callable[[WebhookSubscription], WebhookSubscription],
    rows: Callable[[WebhookSubscription], list[Row]] = lambda _: [],
) -> WebhookSubscription | Repeat:
    ref = SUBSCRIPTIONS(subscription_id)

    def decide(found: Found) -> Decision[WebhookSubscription]:
        before = in_use(found[ref], subscription_id)
        after = change(before)
        return Decision([New(ref, after)], rows=rows(before), answer=after, on_record=[Decided(code, ref)])

    return await office.commits.commit(asked.change([ref], decide))


def by_the_service(now: datetime) -> Asked:
    """How the service itself asks for something."""
    return Asked("webhooks", now, new_id())
