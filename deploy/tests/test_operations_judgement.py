"""The reconciliation's judgement: what agrees passes, and each kind of planted violation is found and named."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from relevo_chassis.delivery.digest import after
from relevo_deploy.operations.accepted import Accepted, accepted_in, sift, write_down
from relevo_deploy.reconcile.evidence import Durable, Evidence, OutboxRow, ParkedMessage, Position, Stored, Stream
from relevo_deploy.reconcile.judgement import judge, lasting, together
from relevo_deploy.reconcile.scope import EVENTS_AT_ONCE, WHOLE, shares

NOW = datetime(2026, 11, 23, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
LANES = ("participant/a", "participant/b", "call/c")
DURABLE = "scheduling_intake"


def row_of(lane: str, sequence: int, **changes: Any) -> OutboxRow:
    return OutboxRow(f"{lane}#{sequence}", sequence, True, False, EARLIER, digest_of_event(lane, sequence))._replace(
        **changes
    )


def digest_of_event(lane: str, sequence: int) -> bytes:
    return f"{lane}#{sequence}".encode()


def parked_message(lane: str, sequence: int) -> ParkedMessage:
    return ParkedMessage(f"{lane} {sequence} (handler_failed)", lane, sequence, digest_of_event(lane, sequence))


def digest_up_to(lane: str, sequence: int) -> bytes:
    return reduce(after, (digest_of_event(lane, each) for each in range(1, sequence + 1)), b"")


def sound() -> Evidence:
    """Three aggregates of intake with three events each, two of them read by scheduling."""
    rows = {lane: tuple(row_of(lane, number) for number in (1, 2, 3)) for lane in LANES}
    order = [(number, lane) for number in (1, 2, 3) for lane in LANES]
    messages = tuple(
        Stored(place, f"{lane}#{n}", lane, n, digest_of_event(lane, n)) for place, (n, lane) in enumerate(order, 1)
    )
    return Evidence(
        NOW,
        ("intake", "scheduling"),
        {"intake": rows, "scheduling": {}},
        {"intake": dict.fromkeys(LANES, 3), "scheduling": {}},
        {
            "intake": Stream("EVENTS_INTAKE", True, 0, messages),
            "scheduling": Stream("EVENTS_SCHEDULING", True, 0),
        },
        (Durable(DURABLE, "scheduling", "intake", frozenset({"participant"}), True, 9),),
        {DURABLE: {lane: Position(3, False, digest_up_to(lane, 3)) for lane in LANES[:2]}},
        {DURABLE: {}},
    )


def outbox(evidence: Evidence, lane: str, *rows: OutboxRow) -> Evidence:
    return replace(evidence, outboxes={**evidence.outboxes, "intake": {**evidence.outboxes["intake"], lane: rows}})


def stream(evidence: Evidence, *messages: Stored, **changes: Any) -> Evidence:
    changed = replace(evidence.streams["intake"], messages=messages, **changes)
    return replace(evidence, streams={**evidence.streams, "intake": changed})


def position(evidence: Evidence, lane: str, sequence: int, parked: bool = False) -> Evidence:
    mine = {**evidence.positions[DURABLE], lane: Position(sequence, parked, digest_up_to(lane, sequence))}
    return replace(evidence, positions={DURABLE: mine})


def durable(evidence: Evidence, **changes: Any) -> Evidence:
    return replace(evidence, durables=(evidence.durables[0]._replace(**changes),))


def messages(evidence: Evidence) -> tuple[Stored, ...]:
    return evidence.streams["intake"].messages


def wrong(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    return {
        f"{each.name} of {each.of}": tuple(one.text for one in each.offences) for each in judge(evidence) if not each.ok
    }


def test_what_agrees_passes() -> None:
    assert wrong(sound()) == {}
    assert sum(each.compared for each in judge(sound())) > 30


A, B = LANES[:2]
PLANTED: dict[str, tuple[Callable[[Evidence], Evidence], set[str]]] = {
    "an event missing from the outbox": (
        lambda e: outbox(e, A, row_of(A, 1), row_of(A, 3)),
        {"outbox numbered of intake", "stream against outbox of intake"},
    ),
    "two events with one number": (
        lambda e: outbox(
            e, A, row_of(A, 1), row_of(A, 2), row_of(A, 2, id="other", sent=False, moved_at=NOW), row_of(A, 3)
        ),
        {"outbox numbered of intake"},
    ),
    "an aggregate that counts more than it told": (
        lambda e: replace(e, aggregates={**e.aggregates, "intake": {**e.aggregates["intake"], A: 4}}),
        {"stores against outbox of intake"},
    ),
    "an aggregate that is gone": (
        lambda e: replace(e, aggregates={**e.aggregates, "intake": {B: 3, LANES[2]: 3}}),
        {"stores against outbox of intake"},
    ),
    "an event that waits for the relay": (
        lambda e: stream(outbox(e, A, row_of(A, 1), row_of(A, 2), row_of(A, 3, sent=False)), *messages(e)),
        {"outbox told of intake"},
    ),
    "an event lost from the stream before it was taken": (
        lambda e: position(stream(e, *messages(e)[:6], *messages(e)[7:]), A, 2),
        {"outbox against stream of intake", f"positions against stream of {DURABLE}"},
    ),
    "an event lost from the stream after it was taken": (
        lambda e: stream(e, *messages(e)[:6], *messages(e)[7:]),
        {"outbox against stream of intake"},
    ),
    "a stream that is gone": (
        lambda e: stream(e, exists=False),
        {"outbox against stream of intake"},
    ),
    "a message that nobody told": (
        lambda e: stream(e, *messages(e), Stored(10, "forged", A, 4)),
        {"stream against outbox of intake"},
    ),
    "a message without a head": (
        lambda e: stream(e, *messages(e), Stored(10, None, None, None)),
        {"stream against outbox of intake"},
    ),
    "a message under another aggregate's name": (
        lambda e: stream(e, messages(e)[0]._replace(lane=B), *messages(e)[1:]),
        {"stream against outbox of intake", "order in the stream of intake"},
    ),
    "a message that was put in under the id of an event": (
        lambda e: stream(e, *messages(e), messages(e)[0]._replace(place=10, digest=b"other")),
        {"words in the stream of intake"},
    ),
    "a message that came before the event whose id it has": (
        lambda e: stream(e, messages(e)[0]._replace(digest=b"other"), *messages(e)[1:]),
        {"words in the stream of intake"},
    ),
    "an event that was changed in the outbox": (
        lambda e: outbox(e, A, row_of(A, 1, digest=b"other"), row_of(A, 2), row_of(A, 3)),
        {"words in the stream of intake", f"words that were taken of {DURABLE}"},
    ),
    "an event in the outbox that cannot be read": (
        lambda e: outbox(e, A, row_of(A, 1), row_of(A, 2, digest=None), row_of(A, 3)),
        {"words in the stream of intake", f"words that were taken of {DURABLE}"},
    ),
    "an event that was changed in the outbox and told again from there": (
        lambda e: stream(
            outbox(e, A, row_of(A, 1), row_of(A, 2), row_of(A, 3, digest=b"other")),
            *(each._replace(digest=b"other") if each.id == f"{A}#3" else each for each in messages(e)),
        ),
        {f"words that were taken of {DURABLE}"},
    ),
    "something else that was taken": (
        lambda e: replace(e, positions={DURABLE: {**e.positions[DURABLE], A: Position(3, False, digest_up_to(B, 3))}}),
        {f"words that were taken of {DURABLE}"},
    ),
    "first occurrences out of order": (
        lambda e: stream(e, *sorted(messages(e), key=lambda each: -(each.sequence or 0))),
        {"order in the stream of intake"},
    ),
    "an event that was acknowledged and never done": (
        lambda e: position(e, A, 2),
        {f"positions against stream of {DURABLE}"},
    ),
    "an aggregate of which nothing was done": (
        lambda e: replace(e, positions={DURABLE: {B: Position(3, False)}}),
        {f"positions against stream of {DURABLE}"},
    ),
    "more done than was told": (
        lambda e: position(e, A, 4),
        {f"positions against stream of {DURABLE}"},
    ),
    "a durable that is gone": (
        lambda e: durable(e, exists=False, floor=0),
        {f"positions against stream of {DURABLE}"},
    ),
    "an event that was set aside": (
        lambda e: replace(position(e, A, 2, parked=True), parked={DURABLE: {"id": parked_message(A, 3)}}),
        {f"parked of {DURABLE}"},
    ),
    "an event that was changed where it was set aside": (
        lambda e: replace(
            position(e, A, 2, parked=True), parked={DURABLE: {"id": parked_message(A, 3)._replace(digest=b"other")}}
        ),
        {f"parked of {DURABLE}", f"words set aside of {DURABLE}"},
    ),
    "an aggregate held by nothing": (
        lambda e: position(e, A, 3, parked=True),
        {f"parked of {DURABLE}"},
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_each_planted_violation_is_found_and_no_other(kind: str) -> None:
    plant, expected = PLANTED[kind]
    assert wrong(plant(sound())).keys() == expected


@pytest.mark.parametrize("kind", PLANTED)
def test_what_stands_for_good_can_be_accepted_and_what_can_be_mended_never(kind: str, tmp_path: Path) -> None:
    plant, _ = PLANTED[kind]
    path, checks = tmp_path / "known.json", judge(plant(sound()))
    offences = [each for check in checks for each in check.offences]
    for_good = [each for each in offences if each.kind in ("foreign", "disordered")]
    assert write_down(path, [], checks, "looked into") == len(for_good)
    by_hand = [
        Accepted(check=check.name, of=check.of, offence=each.text, because="", who="", at=NOW)
        for check in checks
        for each in check.offences
    ]
    for known in (accepted_in(path), by_hand):
        sifted = sift(checks, known)
        assert sum(each.accepted for each in sifted) == len(for_good)
        assert sum(len(each.check.offences) for each in sifted) == len(offences) - len(for_good)


def test_a_message_at_the_same_place_of_a_stream_that_was_made_anew_is_not_the_one_that_was_accepted(
    tmp_path: Path,
) -> None:
    forged = Stored(10, None, None, None)
    before = stream(sound(), *messages(sound()), forged, made_at="2026-11-23T03:00:00.5Z")
    write_down(tmp_path / "known.json", [], judge(before), "looked into")
    known = accepted_in(tmp_path / "known.json")
    assert all(each.check.ok for each in sift(judge(before), known))
    anew = stream(before, *messages(before), made_at="2026-11-23T03:15:00.5Z")
    [wrong] = [each.check for each in sift(judge(anew), known) if not each.check.ok]
    assert [each.kind for each in wrong.offences] == ["foreign"]


IN_FLIGHT: dict[str, Callable[[Evidence], Evidence]] = {
    "told a moment ago": lambda e: outbox(
        e, A, *(row_of(A, n) for n in (1, 2)), row_of(A, 3, sent=False, moved_at=NOW)
    ),
    "stored and not yet acknowledged": lambda e: durable(position(e, A, 2), floor=6),
    "stored again after a late acknowledgement": lambda e: stream(e, *messages(e), messages(e)[0]._replace(place=10)),
    "told again after a loss, at the end of the stream": lambda e: stream(
        outbox(e, A, row_of(A, 1, republished=True), row_of(A, 2), row_of(A, 3)),
        *messages(e)[1:],
        messages(e)[0]._replace(place=10),
    ),
    "taken before anybody kept what": lambda e: replace(
        e, positions={DURABLE: {lane: Position(3, False) for lane in LANES[:2]}}
    ),
    "told further than it was taken": lambda e: position(durable(e, floor=6), A, 2),
    "older than the stream keeps": lambda e: stream(e, *messages(e)[3:], keeps_seconds=1800),
}


@pytest.mark.parametrize("kind", IN_FLIGHT)
def test_what_is_under_way_or_allowed_is_no_violation(kind: str) -> None:
    assert wrong(IN_FLIGHT[kind](sound())) == {}


def test_what_a_second_look_does_not_find_again_was_in_flight() -> None:
    before, after = judge(position(sound(), A, 2)), judge(position(position(sound(), A, 2), B, 1))
    [one] = [each for each in lasting(before, after) if not each.ok]
    assert [each.text.split(":")[0] for each in one.offences] == [A]
    assert all(each.ok for each in lasting(judge(sound()), after))


def test_a_lost_stream_is_said_to_be_made_anew_and_told_again() -> None:
    [check] = [each for each in judge(stream(sound(), exists=False)) if not each.ok]
    assert len(check.offences) == 9
    assert "EVENTS_INTAKE is gone" in check.says
    assert check.do.startswith("relevo topology apply, then relevo republish intake")


@pytest.mark.parametrize(
    ("events", "number"), [(0, 1), (1, 1), (1.5, 2), (2, 2), (3, 4), (8, 8), (9, 16), (16, 16), (99, 16)]
)
def test_every_aggregate_belongs_to_exactly_one_share(events: float, number: int) -> None:
    found = shares(int(events * EVENTS_AT_ONCE))
    assert len(found) == number
    for id in (*"0123456789abcdef", "f" * 32, "Z", "-", "é", None):
        assert [each.has(id) for each in found].count(True) == 1, id
    assert WHOLE in shares(0)


@pytest.mark.parametrize("kind", PLANTED)
def test_judged_in_shares_each_planted_violation_is_found_as_when_judged_whole(kind: str) -> None:
    """One share with one lane, one with the others and what has no lane. What stands under another lane's name in the
    stream is missed besides by the share that told it."""
    evidence = PLANTED[kind][0](sound())
    parts = [part(evidence, lambda lane: lane == A), part(evidence, lambda lane: lane != A)]
    found = {(each.name, each.of): each for each in together(judge(each) for each in parts)}
    for each in judge(evidence):
        same = found[each.name, each.of]
        assert same.compared == each.compared
        assert set(each.offences) <= set(same.offences)
        assert each.ok or (same.says, same.do) == (each.says, each.do)


def part(evidence: Evidence, mine: Callable[[str | None], bool]) -> Evidence:
    def of(found: Mapping[str, Any]) -> dict[str, Any]:
        return {lane: each for lane, each in found.items() if mine(lane)}

    kept = {
        name: replace(each, messages=tuple(one for one in each.messages if mine(one.lane)))
        for name, each in evidence.streams.items()
    }
    parked = {id: each for id, each in evidence.parked[DURABLE].items() if mine(each.lane)}
    return replace(
        evidence,
        outboxes={name: of(each) for name, each in evidence.outboxes.items()},
        aggregates={name: of(each) for name, each in evidence.aggregates.items()},
        streams=kept,
        positions={DURABLE: of(evidence.positions[DURABLE])},
        parked={DURABLE: parked},
    )
