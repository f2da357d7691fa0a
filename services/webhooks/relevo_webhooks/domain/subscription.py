"""A subscription: which system is sent which public events, where, and whether it is now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen, Id, Instant
from relevo_webhooks.domain.kept import SUBSCRIPTION

SubscriptionState = Literal["unproven", "active", "paused", "removed"]
Mode = Literal["structured", "binary"]
PausedBecause = Literal["asked", "gone"]
OLD_SECRET_SIGNS = timedelta(hours=24)
"""How long a secret that was replaced signs beside its successor."""


class NoSuchSubscription(Refusal):
    """There is no such subscription."""

    status = 404


class StateForbids(Refusal):
    """The subscription is in a state in which this cannot be done; look at it first."""


class OldSecretStillSigns(Refusal):
    """The secret before this one still signs; end it, or wait until it is over, before there is another."""


class TooManySubscriptions(Refusal):
    """There are as many subscriptions as there can be; remove one first."""


class WebhookSubscription(Frozen):
    """``secret`` counts the secrets that it had; the one before signs too until ``old_secret_until``."""

    kept: ClassVar[Kept] = SUBSCRIPTION

    subscription_id: Id
    partner: str
    url: str
    types: tuple[str, ...]
    mode: Mode
    state: SubscriptionState = "unproven"
    added_at: Instant
    active_since: Instant | None = None
    paused_because: PausedBecause | None = None
    secret: int = 1
    old_secret_until: Instant | None = None

    @property
    def is_sent_events(self) -> bool:
        """Whether deliveries are made for it: while it is paused they wait."""
        return self.state in ("active", "paused")

    def signing(self, now: datetime) -> tuple[int, ...]:
        """The numbers of the secrets that sign now, the newest first."""
        old = self.old_secret_until is not None and now < self.old_secret_until
        return (self.secret, self.secret - 1) if old else (self.secret,)


def in_use(found: WebhookSubscription | None, subscription_id: str) -> WebhookSubscription:
    """Raises ``NoSuchSubscription``, also for one that was removed."""
    if found is None or found.state == "removed":
        raise NoSuchSubscription(subscription_id=subscription_id)
    return found


def prove(before: WebhookSubscription, now: datetime) -> WebhookSubscription:
    """It answered the check: it is sent what comes from now on. One that was proven before stays as it is."""
    if before.state != "unproven":
        return before
    return _with(before, state="active", active_since=now)


def pause(before: WebhookSubscription, because: PausedBecause) -> WebhookSubscription:
    """Send nothing until it is resumed; what comes meanwhile waits. Raises ``StateForbids``."""
    _require(before, "active")
    return _with(before, state="paused", paused_because=because)


def resume(before: WebhookSubscription) -> WebhookSubscription:
    """Raises ``StateForbids``."""
    _require(before, "paused")
    return _with(before, state="active", paused_because=None)


def remove(before: WebhookSubscription) -> WebhookSubscription:
    return _with(before, state="removed", old_secret_until=None)


def rotate(before: WebhookSubscription, now: datetime) -> WebhookSubscription:
    """Sign with a new secret, and with the one before for a day. Raises ``OldSecretStillSigns``."""
    if len(before.signing(now)) > 1:
        raise OldSecretStillSigns(subscription_id=before.subscription_id)
    return _with(before, secret=before.secret + 1, old_secret_until=now + OLD_SECRET_SIGNS)


def end_old_secret(before: WebhookSubscription) -> WebhookSubscription:
    """Sign with the newest secret alone. Twice does no harm."""
    return _with(before, old_secret_until=None)


def _require(before: WebhookSubscription, state: SubscriptionState) -> None:
    if before.state != state:
        raise StateForbids(subscription_id=before.subscription_id, state=before.state)


def _with(before: WebhookSubscription, **values: Any) -> WebhookSubscription:
    return before.model_copy(update=values)
