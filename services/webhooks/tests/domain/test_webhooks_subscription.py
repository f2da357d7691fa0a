"""What a subscription can be, and which secrets sign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_contracts import derived_id
from relevo_webhooks.domain import journal, subscription
from relevo_webhooks.domain.journal import MOST_SUBSCRIPTIONS, Journal
from relevo_webhooks.domain.subscription import (
    NoSuchSubscription,
    OldSecretStillSigns,
    StateForbids,
    TooManySubscriptions,
    WebhookSubscription,
    in_use,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
OPENED = "relevo.intake.CallOpened.v1"


def one(name: str = "one") -> WebhookSubscription:
    return WebhookSubscription(
        subscription_id=derived_id(name),
        partner="Observatory",
        url="https://observatory.org/relevo",
        types=(OPENED,),
        mode="structured",
        added_at=NOW,
    )


def test_it_is_sent_events_once_it_is_proven_and_goes_on_being_so_when_it_is_proven_again() -> None:
    proven = subscription.prove(one(), NOW)
    assert (proven.state, proven.active_since, one().is_sent_events) == ("active", NOW, False)
    assert subscription.prove(proven, NOW + timedelta(days=1)) == proven


def test_while_it_is_paused_deliveries_are_made_for_it_and_resuming_forgets_why() -> None:
    paused = subscription.pause(subscription.prove(one(), NOW), "gone")
    assert (paused.state, paused.paused_because, paused.is_sent_events) == ("paused", "gone", True)
    assert subscription.resume(paused).paused_because is None


def test_only_what_is_active_can_be_paused_and_only_what_is_paused_resumed() -> None:
    with pytest.raises(StateForbids):
        subscription.pause(one(), "asked")
    with pytest.raises(StateForbids):
        subscription.resume(subscription.prove(one(), NOW))


def test_one_that_was_removed_is_not_there() -> None:
    removed = subscription.remove(one())
    for found in (removed, None):
        with pytest.raises(NoSuchSubscription):
            in_use(found, one().subscription_id)


def test_the_secret_before_signs_for_a_day_and_not_a_moment_longer() -> None:
    rotated = subscription.rotate(one(), NOW)
    last = NOW + timedelta(hours=24) - timedelta(milliseconds=1)
    assert (rotated.signing(NOW), rotated.signing(last)) == ((2, 1), (2, 1))
    assert rotated.signing(NOW + timedelta(hours=24)) == (2,)
    assert subscription.end_old_secret(rotated).signing(NOW) == (2,)


def test_there_are_never_more_than_two_secrets() -> None:
    rotated = subscription.rotate(one(), NOW)
    with pytest.raises(OldSecretStillSigns):
        subscription.rotate(rotated, NOW + timedelta(hours=23))
    assert subscription.rotate(rotated, NOW + timedelta(hours=25)).secret == 3


def test_whoever_joined_is_wanting_its_types_until_it_leaves() -> None:
    joined = journal.join(journal.join(Journal(), one()), one())
    assert list(journal.wanting(joined, OPENED)) == [one().subscription_id]
    assert list(journal.wanting(joined, "relevo.intake.CallClosed.v1")) == []
    assert journal.leave(joined, one().subscription_id) == Journal()


def test_there_are_a_hundred_subscriptions_at_most() -> None:
    full = Journal()
    for number in range(MOST_SUBSCRIPTIONS):
        full = journal.join(full, one(str(number)))
    with pytest.raises(TooManySubscriptions):
        journal.join(full, one())
