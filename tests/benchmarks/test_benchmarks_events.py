"""The numbers of measured events: what is told first is counted first."""

from __future__ import annotations

from collections import Counter

from benchmarks.events import AGGREGATES, enrolment, number_of, wires
from benchmarks.hopping import Hop

from relevo_contracts import decode


def test_aggregates_take_turns_and_each_has_its_next_sequence() -> None:
    seen: Counter[str] = Counter()
    for wire in wires(30, 7):
        envelope = decode(wire.headers, wire.body, subject=wire.subject)
        seen[envelope.event.aggregate_id] += 1
        assert envelope.sequence == seen[envelope.event.aggregate_id]
    assert sorted(seen.values()) == [4, 4, 4, 4, 4, 5, 5]


def test_a_command_is_known_again_by_what_it_did() -> None:
    moves: Counter[str] = Counter()
    for number in range(2 * AGGREGATES + 3):
        [ref] = enrolment(number).refs
        moves[ref.id] += 1
        assert number_of(ref.id, moves[ref.id]) == number


def test_latency_is_counted_from_when_a_command_was_due() -> None:
    hop = Hop(due=[10.0, 11.0], acknowledged=[10.5, 14.0], effect=[11.0, 15.0], backlog=0)
    assert hop.latencies(hop.due) == [1.0, 4.0]
    assert hop.latencies(hop.acknowledged) == [0.5, 1.0]
    assert hop.rate == 2 / 5
