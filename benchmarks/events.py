"""The events that are measured with: participants that enrol again and again, each in sequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from relevo_chassis.delivery.change import Change, Decision, Found, Kind, New
from relevo_contracts import Envelope, Event, Requirements, Wire, encode
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn
from relevo_testkit.movers import Moved, id_of, once_more

NOW = datetime(2019, 12, 9, 9, tzinfo=UTC)
PARTICIPANT = Kind("participant", Moved)
ENROLLED = "events.intake.participant.enrolled.>"
ANSWERED = "events.intake.participant.withdrawn.>"
_BITS = 2**128
_FAR = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd, so that no two numbers below 2**128 meet
_NEAR = pow(_FAR, -1, _BITS)
_EVENTS = 10**12


def spread(number: int) -> int:
    """A number of 128 bits that looks drawn, as ids do: neighbours end up far apart in every index."""
    return number * _FAR % _BITS


def enrolled(number: int) -> ParticipantEnrolled:
    """What a participant of this number tells when they enrol."""
    return ParticipantEnrolled(
        participant_id=id_of(number),
        application_id=id_of(number),
        call_id=id_of(1),
        edition_id=id_of(2),
        enrolled_at=NOW,
        requirements=Requirements(),
    )


def envelope(number: int, aggregates: int) -> Envelope:
    """The event of this number: aggregates in turn, each with its next sequence."""
    id = id_of(spread(number + _EVENTS))
    event = enrolled(spread(number % aggregates))
    return Envelope(id=id, sequence=number // aggregates + 1, time=NOW, cause_id=id, chain_id=id, event=event)


def wires(numbers: Iterable[int], aggregates: int) -> Iterator[Wire]:
    """The messages of these numbers."""
    return (encode(envelope(number, aggregates)) for number in numbers)


def enrolment(number: int, aggregates: int) -> Change:
    """A command that leads to the event of this number."""
    who = spread(number % aggregates)
    ref = PARTICIPANT(id_of(who))

    def decide(found: Found) -> Decision:
        return Decision([New(ref, once_more(found[ref]))], [enrolled(who)])

    return Change([ref], decide, NOW, id_of(spread(number + _EVENTS)))


def number_of(id: str, moves: int, aggregates: int) -> int:
    """The number of the event after which an aggregate had moved so often."""
    return (moves - 1) * aggregates + int(id, 16) * _NEAR % _BITS


def answered(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """A handler: state, sequence and one event of its own."""
    return _moved(event, envelope, publishes=True)


def noted(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """A handler as a read model has one: state and sequence, and no event."""
    return _moved(event, envelope, publishes=False)


def answer_to(event: ParticipantEnrolled) -> Event:
    """What ``answered`` tells."""
    return ParticipantWithdrawn(
        participant_id=event.participant_id,
        application_id=event.participant_id,
        call_id=id_of(1),
        edition_id=id_of(2),
        withdrawn_at=NOW,
    )


def _moved(event: ParticipantEnrolled, envelope: Envelope, *, publishes: bool) -> Change:
    ref = PARTICIPANT(event.participant_id)

    def decide(found: Found) -> Decision:
        return Decision([New(ref, once_more(found[ref]))], [answer_to(event)] if publishes else ())

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)
