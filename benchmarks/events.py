"""The events that are measured with: participants that enrol and withdraw again and again, each in sequence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.testing.behaviour import PARTICIPANT, Seat, enrolled, id_of, withdrawn
from relevo_contracts import Envelope, Event, Wire, encode
from relevo_contracts.intake import ParticipantEnrolled

NOW = datetime(2019, 12, 9, 9, tzinfo=UTC)
TOLD = "events.intake.participant.enrolled.>"
ANSWERED = "events.intake.participant.withdrawn.>"
AGGREGATES = 2_000
_OTHERS = 10**12


def envelope(number: int, aggregates: int) -> Envelope:
    """The event of this number: aggregates in turn, each with its next sequence."""
    id = id_of(number + _OTHERS)
    told = enrolled(number % aggregates)
    return Envelope(id=id, sequence=number // aggregates + 1, time=NOW, cause_id=id, chain_id=id, event=told)


def wires(events: int, aggregates: int) -> Iterator[Wire]:
    """Messages 0, 1, 2 …"""
    return (encode(envelope(number, aggregates)) for number in range(events))


def answered(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """A handler: state, sequence and one event of its own."""
    return _change(event, envelope, tells=True)


def noted(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """A handler as a read model has one: state and sequence, and no event."""
    return _change(event, envelope, tells=False)


def answer_to(event: ParticipantEnrolled) -> Event:
    return withdrawn(int(event.participant_id, 16))


def _change(event: ParticipantEnrolled, envelope: Envelope, *, tells: bool) -> Change:
    ref = PARTICIPANT(event.participant_id)

    def decide(found: Found) -> Decision:
        seat = found[ref] or Seat()
        return Decision([New(ref, Seat(moves=seat.moves + 1))], [answer_to(event)] if tells else ())

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def enrolment(number: int) -> Change:
    """The command of this number: aggregates in turn, each tells its next event."""
    id = number % AGGREGATES
    ref = PARTICIPANT(id_of(id))

    def decide(found: Found) -> Decision:
        seat = found[ref] or Seat()
        return Decision([New(ref, Seat(moves=seat.moves + 1))], [enrolled(id)])

    return Change([ref], decide, NOW, id_of(number + _OTHERS))


def number_of(id: str, moves: int) -> int:
    """The number of the command after which an aggregate had moved so often."""
    return (moves - 1) * AGGREGATES + int(id, 16)
