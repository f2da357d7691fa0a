"""The numbers of measured events: what is told first is counted first."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from benchmarks.events import enrolment, number_of, spread, wires
from benchmarks.hopping import Hop

from relevo_contracts import decode


def test_aggregates_take_turns_and_each_has_its_next_sequence() -> None:
    seen: Counter[str] = Counter()
    for wire in wires(range(30), 7):
        envelope = decode(wire.headers, wire.body, subject=wire.subject)
        seen[envelope.event.aggregate_id] += 1
        assert envelope.sequence == seen[envelope.event.aggregate_id]
    assert sorted(seen.values()) == [4, 4, 4, 4, 4, 5, 5]


def test_a_command_is_known_again_by_what_it_did() -> None:
    moves: Counter[str] = Counter()
    for number in range(203):
        [ref] = enrolment(number, 100).refs
        moves[ref.id] += 1
        assert number_of(ref.id, moves[ref.id], 100) == number


def test_ids_lie_far_apart_and_never_meet() -> None:
    ids = [spread(number) for number in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert all(abs(one - two) > 2**100 for one, two in pairwise(ids))


def test_latency_is_counted_from_when_a_command_was_due() -> None:
    hop = Hop(due=[10.0, 11.0], acknowledged=[10.5, 14.0], effect=[11.0, 15.0], backlog=0)
    assert hop.latencies(hop.due) == [1.0, 4.0]
    assert hop.latencies(hop.acknowledged) == [0.5, 1.0]
    assert hop.rate == 2 / 5
