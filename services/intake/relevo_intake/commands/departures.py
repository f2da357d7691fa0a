"""Whoever goes away, in whatever manner: their seat comes free in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Found, New, Ref, Row
from relevo_chassis.people.vault import destroyed
from relevo_contracts import Event
from relevo_intake.deadlines import drop_offer_deadlines
from relevo_intake.domain import needs, participant
from relevo_intake.domain.application import Application
from relevo_intake.domain.needs import Needs, StatedNeeds
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.seating import offers
from relevo_intake.store.choosing import PARTICIPANT, SEATING
from relevo_intake.store.needs import NEEDS


class Departure(NamedTuple):
    """What else changes when an applicant goes away."""

    states: list[New]
    events: list[Event]
    rows: list[Row]


def departure_refs(application: Application | Participant) -> list[Ref[Any]]:
    """What a change must name to let an applicant or participant go."""
    participant_id = participant_id_of(application.application_id)
    return [SEATING(application.call_id), PARTICIPANT(participant_id), NEEDS(participant_id)]


def departure(found: Found, application: Application | Participant, now: datetime) -> Departure:
    """Off the waitlist, the seat free, the participant withdrawn, what they need for the week gone: whatever there is
    of it. Again is no-op."""
    left = Departure([], [], [])
    seating_ref, participant_ref, needs_ref = departure_refs(application)
    seating, taking_part, stated = found[seating_ref], found[participant_ref], found[needs_ref]
    if seating is not None:
        freed, seat_events = offers.leave(seating, application.application_id, now)
        if freed != seating:
            left.states.append(New(seating_ref, freed))
            left.events.extend(seat_events)
        if offer := seating.offer_of(application.application_id):
            left.rows.extend(drop_offer_deadlines(offer.offer_id))
    if taking_part is not None:
        withdrawn, events = participant.withdraw(taking_part, now)
        if events:
            left.states.append(New(participant_ref, withdrawn))
            left.events.extend(events)
    if stated is not None and stated.changed_at is not None:
        left.states.append(New(needs_ref, needs.clear(stated)))
        left.rows.extend(needs_destroyed(stated))
    return left


def needs_destroyed(stated: StatedNeeds) -> list[Row]:
    """The rows that destroy what somebody needs for the week, with its key: in backups of the data, too, once those
    of keys from before are gone. Another key is made should they state it again."""
    return destroyed(stated.person_id, [Needs.retention], [Needs.field_set])
