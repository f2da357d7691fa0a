"""Participants leaving, and whoever goes away in any other manner: their seat comes free in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row
from relevo_contracts import Event
from relevo_intake.domain import participant as participants
from relevo_intake.domain.application import Application
from relevo_intake.domain.participant import NoSuchParticipant, Participant, participant_id_of
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
    seating, participant = found[seating_ref], found[participant_ref]
    if seating is not None:
        freed, told = offers.leave(seating, application.application_id, now)
        if freed != seating:
            left.states.append(New(seating_ref, freed))
            left.events.extend(told)
        if offer := seating.offer_of(application.application_id):
            left.rows.extend(no_longer_due(offer.offer_id))
    if participant is not None:
        withdrawn, events = participants.withdraw(participant, now)
        if events:
            left.states.append(New(participant_ref, withdrawn))
            left.events.extend(events)
    return left


async def withdraw_participant(
    commits: Commits, participant: Participant, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """The participant leaves the course, and the seat comes free. Answers the participant."""
    refs = departure_refs(participant)
    ref = PARTICIPANT(participant.participant_id)

    def decide(found: Found) -> Decision[Participant]:
        present = found[ref]
        if present is None:
            raise NoSuchParticipant()
        left = departure(found, present, now)
        answer, events = participants.withdraw(present, now)
        taken_off = Decided("participant_withdrawn", ref, (present.call_id, present.application_id, present.edition_id))
        return Decision(left.states, left.events, left.rows, answer, [taken_off] if found.by and events else ())

    return await commits.commit(Change(refs, decide, now, cause_id, once=once))


def expiry_key(offer_id: str) -> str:
    """The key of the deadline at which an offer expires."""
    return f"offer_expires/{offer_id}"


def near_key(offer_id: str) -> str:
    """The key of the deadline at which an offer that nobody answered is told of once more."""
    return f"offer_near/{offer_id}"


def no_longer_due(offer_id: str) -> list[Row]:
    """An offer was answered or taken back: neither of its deadlines is for anything."""
    return [deadlines.drop(expiry_key(offer_id)), deadlines.drop(near_key(offer_id))]
