"""What the portal takes of what the services publish, in whatever order and however often events come: it counts, and
knows who of the staff may see that."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.consume import Handler, Subscription
from relevo_chassis.delivery.rebuild import ReadModel
from relevo_chassis.http.granted import on_grant_changed
from relevo_contracts import SERVICES, Envelope, Event, stream_of
from relevo_contracts.intake import GrantChanged
from relevo_contracts.multiplier_tracking import MultiplierReachCounted
from relevo_portal.domain import overview
from relevo_portal.domain.overview import Counted
from relevo_portal.store import OVERVIEW_COUNTED, OVERVIEW_DAY


def on_counted_event(event: Event, envelope: Envelope) -> Change | None:
    """Count it, unless it was counted before."""
    entry = overview.entry_of(envelope)
    if entry is None:
        return None
    once, day = OVERVIEW_COUNTED(entry.once_id), OVERVIEW_DAY(entry.day_id)

    def decide(found: Found) -> Decision:
        if found[once] is not None:
            return Decision()
        counted = Counted(sequence=envelope.sequence)
        return Decision(states=[New(once, counted), New(day, overview.count(found[day], entry))])

    return Change([once, day], decide, envelope.time, envelope.id, envelope.chain_id)


def on_multiplier_reach_counted(event: MultiplierReachCounted, envelope: Envelope) -> Change:
    """Keep what is told of that day."""

    day = OVERVIEW_DAY(overview.day_id(event.edition_id, event.counted_on))

    def decide(found: Found) -> Decision:
        return Decision(states=[New(day, overview.reach(found[day], event))])

    return Change([day], decide, envelope.time, envelope.id, envelope.chain_id)


_HANDLERS: Mapping[type[Event], Handler] = {
    **dict.fromkeys(overview.EVENTS, on_counted_event),
    MultiplierReachCounted: on_multiplier_reach_counted,
    GrantChanged: on_grant_changed,
}

SUBSCRIPTIONS = tuple(
    Subscription(
        f"portal_{service}",
        stream_of(service),
        {each: handler for each, handler in _HANDLERS.items() if each.service == service},
        in_order=False,
    )
    for service in SERVICES
)
READ_MODELS = (
    ReadModel(
        "overview",
        tuple(each.durable for each in SUBSCRIPTIONS),
        (OVERVIEW_DAY.name, OVERVIEW_COUNTED.name),
    ),
)
"""Made anew from the first event by ``relevo rebuild portal overview``."""
