"""Public events that come in are kept once, and put aside for whoever is sent them, in one commit.

They come one at a time from each durable, so in the order of their aggregates, although sequences have holes.
"""

from __future__ import annotations

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.consume import Subscription
from relevo_contracts import SERVICES, Envelope, Event, stream_of
from relevo_webhooks.domain import journal
from relevo_webhooks.domain.journal import PUBLIC, Journal
from relevo_webhooks.sending.sender import process_time
from relevo_webhooks.store import EVENTS, JOURNAL, delivery_row


def on_public_event(event: Event, envelope: Envelope) -> Change:
    """Keep it as it came, and put it aside for each subscription to its type."""
    ref, now = EVENTS(journal.event_id_of(envelope)), process_time()

    def decide(found: Found) -> Decision:
        if found[ref] is not None:
            return Decision()
        after, public = journal.record(found[JOURNAL] or Journal(), envelope)
        rows = [delivery_row(each, public, envelope.id, now) for each in journal.wanting(after, public.type)]
        return Decision(states=[New(JOURNAL, after), New(ref, public)], rows=rows)

    return Change([ref, JOURNAL], decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTIONS = tuple(
    Subscription(
        f"webhooks_{service}",
        stream_of(service),
        {each: on_public_event for each in PUBLIC.values() if each.service == service},
        in_order=False,
    )
    for service in SERVICES
)
