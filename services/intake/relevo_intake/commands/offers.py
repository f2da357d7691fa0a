"""Offers answered, and how many seats there are (rules 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat
from relevo_intake.commands.calls import existing
from relevo_intake.commands.office import Office
from relevo_intake.commands.refilling import RefillSeats, granted_in, refill_seats, refilling
from relevo_intake.deadlines import drop_offer_deadlines
from relevo_intake.domain import danger, participant
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.seating import offers
from relevo_intake.domain.seating.offers import own_offer
from relevo_intake.domain.seating.state import NoSelectionYet, Seating
from relevo_intake.letters import letter_row
from relevo_intake.store.choosing import PARTICIPANT, SEATING
from relevo_intake.store.people import APPLICATION, CALL, DANGER


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """The applicant takes the seat."""

    application: Application
    offer_id: str


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    """The applicant turns it down."""

    application: Application
    offer_id: str


@dataclass(frozen=True, slots=True)
class SetSeats:
    """How many seats the call has from now on."""

    call_id: str
    seats: int


class Accepted(NamedTuple):
    """What whoever accepts is told."""

    offer_id: str
    participant_id: str
    accepted_at: datetime


class Seats(NamedTuple):
    """The seats of a call, and which offers carry a grant."""

    seating: Seating
    granted: frozenset[str]


async def accept_offer(office: Office, command: AcceptOffer, asked: Asked) -> Accepted | Repeat:
    """Take the seat and enrol, in one transaction. Again is no-op.

    The requirements in force now are the participant's from here on.
    """
    id, offer_id, now = command.application.application_id, command.offer_id, asked.now
    seating_ref, call_ref = SEATING(command.application.call_id), CALL(command.application.call_id)
    ref, participant_ref, danger_ref = APPLICATION(id), PARTICIPANT(participant_id_of(id)), DANGER(id)

    def decide(found: Found) -> Decision[Accepted]:
        one = found[ref]
        if one is None:
            raise NoSuchApplication()
        if not one.alive:
            raise ApplicationWasWithdrawn(application_id=one.application_id)
        seating, _ = own_offer(found[seating_ref], offer_id, one.application_id)
        accepted, events = offers.accept(seating, offer_id, now)
        requirements = existing(found[call_ref], one.call_id).requirements
        enrolled, also = participant.enrol(found[participant_ref], one, requirements, now)
        answer = Accepted(offer_id, enrolled.participant_id, enrolled.enrolled_at)
        if not events:
            return Decision(answer=answer)
        letter = letter_row(offer_id, one.person_id, "enrolled", {"application_id": one.application_id}, now)
        states = [New(seating_ref, accepted), New(participant_ref, enrolled)]
        endangered = danger.begun(enrolled, known) if (known := found[danger_ref]) else ()
        return Decision(states, [*events, *also, *endangered], [*drop_offer_deadlines(offer_id), letter], answer)

    refs: list[Ref[Any]] = [seating_ref, ref, participant_ref, call_ref, danger_ref]
    return await office.commits.commit(asked.change(refs, decide))


async def decline_offer(office: Office, command: DeclineOffer, asked: Asked) -> str | Repeat:
    """Turn the seat down; it goes to the waitlist. Answers the offer's id."""
    ref, offer_id = SEATING(command.application.call_id), command.offer_id

    def decide(found: Found) -> Decision[str]:
        seating, _ = own_offer(found[ref], offer_id, command.application.application_id)
        freed, events = offers.decline(seating, offer_id, asked.now)
        if not events:
            return Decision(answer=offer_id)
        return Decision([New(ref, freed)], events, drop_offer_deadlines(offer_id), offer_id)

    outcome = await office.commits.commit(asked.change([ref], decide))
    await refill_seats(office, RefillSeats(ref.id), refilling(asked))
    return outcome


async def set_seats(office: Office, command: SetSeats, asked: Asked) -> Seats | Repeat:
    """More seats, or fewer as far as nobody holds them; new ones are offered to the waitlist."""
    ref = SEATING(command.call_id)

    def decide(found: Found) -> Decision[Seats]:
        seating = found[ref]
        if seating is None:
            raise NoSelectionYet(call_id=ref.id)
        changed = offers.set_seats(seating, command.seats)
        answer = Seats(changed, granted_in(office.vault, changed))
        return Decision([New(ref, changed)], answer=answer, on_record=[Decided("seats_set", ref)])

    outcome = await office.commits.commit(asked.change([ref], decide))
    await refill_seats(office, RefillSeats(ref.id), refilling(asked))
    return outcome
