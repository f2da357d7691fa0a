"""Participants: leaving the course, and what is opened of them (rule 22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, Repeat
from relevo_chassis.people.vault import PersonErased
from relevo_intake.commands.danger import in_danger
from relevo_intake.commands.departures import departure, departure_refs
from relevo_intake.commands.office import Office, staff_of
from relevo_intake.commands.readings import record_reading
from relevo_intake.commands.refilling import RefillSeats, refill_seats, refilling
from relevo_intake.domain import participant
from relevo_intake.domain.participant import NoSuchParticipant, Participant
from relevo_intake.domain.sealed import Identity
from relevo_intake.letters import letter_row
from relevo_intake.shown import AsShown, Purpose, identity_shown, name_shown
from relevo_intake.store.choosing import PARTICIPANT


@dataclass(frozen=True, slots=True)
class WithdrawParticipant:
    """Who leaves the course."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class SeeNames:
    """Of whom, by the ids of people."""

    person_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeeIdentity:
    """Of which participant, and what for."""

    participant_id: str
    purpose: Purpose


async def withdraw_participant(office: Office, command: WithdrawParticipant, asked: Asked) -> Participant | Repeat:
    """The participant leaves the course, and the waitlist is called up for their seat. On record when staff take them
    off, and then told to the participant. Raises ``NoSuchParticipant``.
    """
    ref = PARTICIPANT(command.participant_id)
    known = await office.store.state(ref)
    if known is None:
        raise NoSuchParticipant()

    def decide(found: Found) -> Decision[Participant]:
        present = found[ref]
        if present is None:
            raise NoSuchParticipant()
        left = departure(found, present, asked.now)
        withdrawn, events = participant.withdraw(present, asked.now)
        decided = Decided("participant_withdrawn", ref, (present.call_id, present.application_id, present.edition_id))
        if not staff_of(asked) or not events:
            return Decision(left.states, left.events, left.rows, withdrawn)
        facts = {"application_id": present.application_id}
        letter = letter_row(asked.cause_id, present.person_id, "participation_over", facts, asked.now)
        return Decision(left.states, left.events, [*left.rows, letter], withdrawn, [decided])

    outcome = await office.commits.commit(asked.change(departure_refs(known), decide))
    await refill_seats(office, RefillSeats(known.call_id), refilling(asked))
    return outcome


async def see_names(office: Office, query: SeeNames, asked: Asked) -> dict[str, str]:
    """Names by person, opened on record; whoever was erased is missing."""
    await record_reading(office.commits, asked, "listing", [Identity.field_set], query.person_ids)
    found = await office.vault.open_many(query.person_ids, Identity.field_set, Identity)
    shown = {id: name_shown(identity, "coordinator", "listing") for id, identity in found.items() if identity}
    return {person_id: name for person_id, name in shown.items() if name is not None}


async def see_identity(office: Office, query: SeeIdentity, asked: Asked) -> AsShown:
    """Who a participant is, opened on record. Raises ``NoSuchParticipant`` or ``PersonErased``."""
    known = await office.store.state(PARTICIPANT(query.participant_id))
    if known is None:
        raise NoSuchParticipant(participant_id=query.participant_id)
    await record_reading(office.commits, asked, query.purpose, [Identity.field_set], [known.person_id])
    identity = await office.vault.open(known.person_id, Identity.field_set, Identity)
    if identity is None:
        raise PersonErased(known.person_id)
    endangered = await in_danger(office, [known.application_id])
    return identity_shown(identity, "certification", "certificate")._replace(in_danger=bool(endangered))
