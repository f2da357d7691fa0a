"""Whoever goes away, in whatever manner: their seat comes free in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Found, New, Ref, Row
from relevo_contracts import Event
from relevo_intake.deadlines import drop_offer_deadlines
from relevo_intake.domain import participant
from relevo_intake.domain.application import Application
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.seating import offers
from relevo_intake.store.choosing import PARTICIPANT, SEATING


class Departure(NamedTuple):
    """What else changes when an applicant goes away."""

    states: list[New]
    events: list[Event]
    rows: list[Row]


def departure_refs(application: Application | Participant) -> list[Ref[Any]]:
    """What a change must name to let an applicant or participant go."""
    return [SEATING(application.call_id), PARTICIPANT(participant_id_of(application.application_id))]


def departure(found: Found, application: Application | Participant, now: datetime) -> Departure:
    """Off the waitlist, the seat free, the participant withdrawn: whatever there is of it. Again is no-op."""
    left = Departure([], [], [])
    seating_ref, participant_ref = departure_refs(application)
    seating, taking_part = found[seating_ref], found[participant_ref]
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
    return left
