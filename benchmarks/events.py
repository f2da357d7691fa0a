"""The events that are measured with: participants that enrol again and again, each in sequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_contracts import Envelope, Event, Wire, encode
from relevo_contracts.intake import ParticipantEnrolled
from relevo_testkit.behaviour import PARTICIPANT, Seat, enrolled, id_of, withdrawn

NOW = datetime(2019, 12, 9, 9, tzinfo=UTC)
TOLD = "events.intake.participant.enrolled.>"
ANSWERED = "events.intake.participant.withdrawn.>"
_BITS = 2**128
_FAR = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd, so that no two numbers below 2**128 meet
_NEAR = pow(_FAR, -1, _BITS)
_EVENTS = 10**12


def spread(number: int) -> int:
    """A number of 128 bits that looks drawn, as ids do: neighbours end up far apart in every index."""
    return number * _FAR % _BITS


def envelope(number: int, aggregates: int) -> Envelope:
    """The event of this number: aggregates in turn, each with its next sequence."""
    id = id_of(spread(number + _EVENTS))
    told = enrolled(spread(number % aggregates))
    return Envelope(id=id, sequence=number // aggregates + 1, time=NOW, cause_id=id, chain_id=id, event=told)


def wires(numbers: Iterable[int], aggregates: int) -> Iterator[Wire]:
    """The messages of these numbers."""
    return (encode(envelope(number, aggregates)) for number in numbers)


def enrolment(number: int, aggregates: int) -> Change:
    """A command that leads to the event of this number."""
    who = spread(number % aggregates)
    ref = PARTICIPANT(id_of(who))

    def decide(found: Found) -> Decision:
        seat = found[ref] or Seat()
        return Decision([New(ref, Seat(moves=seat.moves + 1))], [enrolled(who)])

    return Change([ref], decide, NOW, id_of(spread(number + _EVENTS)))


def number_of(id: str, moves: int, aggregates: int) -> int:
    """The number of the event after which an aggregate had moved so often."""
    return (moves - 1) * aggregates + int(id, 16) * _NEAR % _BITS


def answered(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """A handler: state, sequence and one event of its own."""
    return _moved(event, envelope, tells=True)


def noted(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """A handler as a read model has one: state and sequence, and no event."""
    return _moved(event, envelope, tells=False)


def answer_to(event: ParticipantEnrolled) -> Event:
    """What ``answered`` tells."""
    return withdrawn(int(event.participant_id, 16))


def _moved(event: ParticipantEnrolled, envelope: Envelope, *, tells: bool) -> Change:
    ref = PARTICIPANT(event.participant_id)

    def decide(found: Found) -> Decision:
        seat = found[ref] or Seat()
        return Decision([New(ref, Seat(moves=seat.moves + 1))], [answer_to(event)] if tells else ())

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)
