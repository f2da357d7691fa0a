"""The public events in the order in which they came, and who is sent them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from relevo_chassis.kept import Kept
from relevo_contracts import CONTRACTS, Envelope, encode
from relevo_contracts.envelope import percent_decoded
from relevo_contracts.model import Count, Event, Frozen, Id, Instant
from relevo_webhooks.domain.kept import EVENT, SUBSCRIPTION
from relevo_webhooks.domain.subscription import TooManySubscriptions, WebhookSubscription

MOST_SUBSCRIPTIONS = 100
"""Each event makes a row for each of them in one commit."""
PUBLIC: Mapping[str, type[Event]] = {each.type: each.model for each in CONTRACTS if each.audience == "public"}
"""The public events by their CloudEvents types."""
_ID = "Nats-Msg-Id"


class Subscriber(Frozen):
    """Which types a subscription is sent."""

    subscription_id: Id
    types: tuple[str, ...]


class Journal(Frozen):
    """How many events came so far, and for whom each that comes is put aside in the same commit."""

    kept: ClassVar[Kept] = SUBSCRIPTION

    last_number: Count = 0
    subscribers: tuple[Subscriber, ...] = ()


class PublicEvent(Frozen):
    """An event as it came. ``attributes`` are those of CloudEvents, ``data`` its body to the byte.

    ``number`` counts events in the order in which they came here; ``lane`` is the aggregate along which ``sequence``
    counts. Public sequences have holes.
    """

    kept: ClassVar[Kept] = EVENT

    event_id: str
    number: Count
    type: str
    lane: str
    sequence: Count
    time: Instant
    attributes: Mapping[str, str]
    data: str


def event_id_of(envelope: Envelope) -> str:
    """What tells an event from every other, another version that is published beside it among them."""
    return encode(envelope).headers[_ID]


def record(journal: Journal, envelope: Envelope) -> tuple[Journal, PublicEvent]:
    """The journal with one more event, and the event."""
    wire, event = encode(envelope), envelope.event
    after = journal.model_copy(update={"last_number": journal.last_number + 1})
    attributes = {
        name.removeprefix("ce-"): percent_decoded(value)
        for name, value in wire.headers.items()
        if name.startswith("ce-")
    }
    return after, PublicEvent(
        event_id=wire.headers[_ID],
        number=after.last_number,
        type=envelope.contract.type,
        lane=f"{event.service}/{event.aggregate}/{event.aggregate_id}",
        sequence=envelope.sequence,
        time=envelope.time,
        attributes=attributes,
        data=(envelope.body or wire.body).decode(),
    )


def wanting(journal: Journal, type: str) -> Iterable[str]:
    """The subscriptions that are sent this type."""
    return (each.subscription_id for each in journal.subscribers if type in each.types)


def join(journal: Journal, subscription: WebhookSubscription) -> Journal:
    """From now on events are put aside for it. Raises ``TooManySubscriptions``."""
    others = _without(journal, subscription.subscription_id)
    if len(others) >= MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions(most=MOST_SUBSCRIPTIONS)
    one = Subscriber(subscription_id=subscription.subscription_id, types=subscription.types)
    return journal.model_copy(update={"subscribers": (*others, one)})


def leave(journal: Journal, subscription_id: str) -> Journal:
    return journal.model_copy(update={"subscribers": _without(journal, subscription_id)})


def _without(journal: Journal, subscription_id: str) -> tuple[Subscriber, ...]:
    return tuple(each for each in journal.subscribers if each.subscription_id != subscription_id)
