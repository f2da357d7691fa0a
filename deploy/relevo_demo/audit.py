"""Whether anything was lost or took effect twice, judged from the streams and the stores alone.

**Lost** is an event or letter that was decided and did not arrive where it had to:

- a row of an outbox whose message is not in the streams, sent or unsent;
- a hole: an aggregate whose events in the stream are not 1, 2, 3 … up to the sequence that its own state has reached;
- an event in a stream that a durable which reads it has not taken: the position kept for the aggregate beside the
  effects is before the aggregate's last event;
- a letter that is marked sent and that the mailbox does not hold.

**Duplicated** is anything that was done twice:

- two events, or two rows of an outbox, with different ids for the same place in the sequence of an aggregate;
- a first occurrence in a stream that comes after a later event of its aggregate;
- a position beyond the last event of its aggregate, or an aggregate that tells more than its state has counted;
- a fact that can happen once and is told twice (see ``ONCE``), or that two documents hold;
- a letter of one kind, person and occasion that is queued twice, or one that reached the mailbox twice.

A *repeat* of a message (the same event id stored again after a relay died between publishing and marking) is allowed
by the design, counted apart, and harmless: consumers pass it over.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from relevo_contracts import BY_TYPE, SERVICES, stream_of
from relevo_demo.evidence import Evidence, Told, service_of

AGGREGATES: Mapping[str, tuple[str, ...]] = {
    service: tuple(sorted({each.model.aggregate for each in BY_TYPE.values() if each.model.service == service}))
    for service in SERVICES
}
ONCE: Mapping[str, tuple[str, ...]] = {
    "CallOpened": ("call_id",),
    "CallClosed": ("call_id",),
    "ApplicationSubmitted": ("application_id",),
    "SelectionApplied": ("call_id",),
    "SeatOffered": ("call_id", "application_id"),
    "SeatAccepted": ("call_id", "application_id"),
    "ParticipantEnrolled": ("application_id",),
    "OnsiteCompleted": ("participant_id",),
    "OnsiteWeekEnded": ("edition_id",),
    "CommitmentOpened": ("participant_id",),
    "CommitmentDeadlineNear": ("commitment_id", "due_on", "days_left"),
    "MultiplierSessionReported": ("commitment_id", "session_id", "revision"),
    "MultiplierReachCounted": ("edition_id", "counted_on"),
    "SupportAnswered": ("support_request_id",),
    "CertificateIssued": ("participant_id", "certificate_id"),
    "CertificateRevoked": ("participant_id",),
    "CertificateSuperseded": ("participant_id", "certificate_id"),
    "CertificatesCounted": ("edition_id", "counted_on"),
}
"""By which of its fields a fact is the same fact."""

_HELD_ONCE = (
    ("intake", "participant", "application_id"),
    ("scheduling", "attendance", "participant_id"),
    ("multiplier_tracking", "commitment", "participant_id"),
    ("certification", "certificate", "participant_id"),
)


class Findings(NamedTuple):
    """What the auditor found; ``lost`` and ``duplicated`` say where, one line for each."""

    published: int
    by_type: Mapping[str, int]
    dead_letters: int
    repeats: int
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]


def judge(evidence: Evidence) -> Findings:
    """Judge what was read."""
    first = _first_occurrences(evidence.told)
    by_type = Counter(_name(each.type) for each in first)
    return Findings(
        published=len(evidence.told),
        by_type=dict(sorted(by_type.items())),
        dead_letters=evidence.dead_letters + sum(len(evidence.of(service, "parked")) for service in SERVICES),
        repeats=len(evidence.told) - len(first),
        lost=tuple(_lost(evidence, first)),
        duplicated=tuple(_duplicated(evidence, first)),
    )


def _lost(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    yield from _unpublished(evidence, first)
    yield from _holes(evidence, first)
    yield from _untaken(evidence, first)
    yield from _undelivered(evidence)


def _duplicated(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    yield from _doubled_places(evidence, first)
    yield from _out_of_order(first)
    yield from _too_far(evidence, first)
    yield from _told_twice(first)
    yield from _held_twice(evidence)
    yield from _written_twice(evidence)


def _unpublished(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    known = {each.id for each in first}
    for service in SERVICES:
        for row in evidence.of(service, "outbox"):
            if row["subject"].startswith("events.") and row["_id"] not in known:
                yield f"{service}: outbox row {row['_id']} on {row['subject']} is not in {stream_of(service)}"


def _holes(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    told: dict[tuple[str, str], set[int]] = defaultdict(set)
    for each in first:
        told[each.stream, each.aggregate].add(each.sequence)
    reached = {key: max(sequences) for key, sequences in told.items()}
    for key, sequence in _own_sequences(evidence):
        reached[key] = max(sequence, reached.get(key, 0))
    for (stream, aggregate), last in reached.items():
        for missing in sorted(set(range(1, last + 1)) - told[stream, aggregate]):
            yield f"{stream}: event {missing} of {aggregate} is missing of {last}"


def _untaken(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    for durable, aggregate, last, position in _positions(evidence, first):
        if position < last:
            yield f"{durable}: took {position} of {last} events of {aggregate}"


def _undelivered(evidence: Evidence) -> Iterator[str]:
    arrived = {_letter_id(mail) for mail in evidence.letters}
    for row in evidence.of("intake", "letters"):
        if row["state"] != "sent" or row["_id"] not in arrived:
            yield f"intake: letter {row['_id']} ({row['kind']}, {row['state']}) is not in the mailbox"


def _doubled_places(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    places = Counter((each.stream, each.aggregate, each.sequence) for each in first)
    rows = Counter(
        (f"outbox of {service}", row["lane"], row["sequence"])
        for service in SERVICES
        for row in evidence.of(service, "outbox")
        if "sequence" in row
    )
    for (where, aggregate, sequence), count in (*places.items(), *rows.items()):
        if count > 1:
            yield f"{where}: {count} events are number {sequence} of {aggregate}"


def _out_of_order(first: list[Told]) -> Iterator[str]:
    last: dict[tuple[str, str], int] = {}
    for each in first:
        key = (each.stream, each.aggregate)
        if each.sequence < last.get(key, 0):
            yield f"{each.stream}: event {each.sequence} of {each.aggregate} came after {last[key]}"
        last[key] = max(each.sequence, last.get(key, 0))


def _too_far(evidence: Evidence, first: list[Told]) -> Iterator[str]:
    for durable, aggregate, last, position in _positions(evidence, first):
        if position > last:
            yield f"{durable}: took {position} events of {aggregate}, which told {last}"
    reached = {(each.stream, each.aggregate): each.sequence for each in sorted(first, key=lambda one: one.sequence)}
    own = dict(_own_sequences(evidence))
    for key, sequence in reached.items():
        if sequence > own.get(key, 0):
            yield f"{key[0]}: {key[1]} told {sequence} events and counts {own.get(key, 0)}"


def _told_twice(first: list[Told]) -> Iterator[str]:
    facts: Counter[tuple[str, ...]] = Counter()
    for each in first:
        fields = ONCE.get(_name(each.type))
        if fields:
            body = json.loads(each.body)
            facts[_name(each.type), *(str(body[field]) for field in fields)] += 1
    for fact, count in facts.items():
        if count > 1:
            yield f"{fact[0]} of {', '.join(fact[1:])} is told {count} times"


def _held_twice(evidence: Evidence) -> Iterator[str]:
    for service, kind, field in _HELD_ONCE:
        for value, count in Counter(state[field] for state in evidence.states(service, kind)).items():
            if count > 1:
                yield f"{service}: {count} {kind} documents hold {field} {value}"


def _written_twice(evidence: Evidence) -> Iterator[str]:
    occasions: Counter[tuple[str, str, str]] = Counter(
        (row["person_id"], row["kind"], json.dumps(row["facts"], sort_keys=True, default=str))
        for row in evidence.of("intake", "letters")
        if row["facts"]
    )
    for (person_id, kind, _), count in occasions.items():
        if count > 1:
            yield f"intake: person {person_id} is written {count} letters of kind {kind} on the same occasion"
    for letter, count in Counter(_letter_id(mail) for mail in evidence.letters).items():
        if count > 1:
            yield f"mailbox: letter {letter} arrived {count} times"


def _positions(evidence: Evidence, first: list[Told]) -> Iterator[tuple[str, str, int, int]]:
    """For each durable and each aggregate that it reads: the last event told, and the position kept of it."""
    for durable in evidence.durables:
        service = service_of(durable.name) or ""
        kept = {row["_id"]: int(row["sequence"]) for row in evidence.of(service, "positions")}
        last: dict[str, int] = {}
        for each in first:
            if each.stream == durable.stream and durable.takes(each.subject):
                last[each.aggregate] = max(each.sequence, last.get(each.aggregate, 0))
        own = {id.partition("|")[2] for id in kept if id.startswith(f"{durable.name}|")}
        for aggregate in sorted(own | last.keys()):
            yield durable.name, aggregate, last.get(aggregate, 0), kept.get(f"{durable.name}|{aggregate}", 0)


def _own_sequences(evidence: Evidence) -> Iterator[tuple[tuple[str, str], int]]:
    """How many events each aggregate's own document says that it has told."""
    for service, kinds in AGGREGATES.items():
        for kind in kinds:
            for document in evidence.of(service, kind):
                yield (stream_of(service), f"{kind}/{document['_id']}"), int(document["sequence"])


def _first_occurrences(told: Iterable[Told]) -> list[Told]:
    seen: dict[str, Told] = {}
    for each in told:
        seen.setdefault(each.id, each)
    return list(seen.values())


def _letter_id(mail: Mapping[str, Any]) -> str:
    return str(mail["message_id"]).strip("<>").partition("@")[0]


def _name(type: str) -> str:
    """``CallOpened`` of ``relevo.intake.CallOpened.v1``."""
    return type.split(".")[2]
