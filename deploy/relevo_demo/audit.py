"""Whether anything was lost or took effect twice, judged from the streams and the stores alone.

What goes for any events is judged by ``relevo_deploy.reconcile``, as ``relevo verify`` does it: outboxes against
streams, aggregates against outboxes, sequences, order, positions. What only somebody who knows the course can tell is
here:

- **lost**: a letter that is marked sent and that the mailbox does not hold; one that was set aside although the mail
  server refused none; one that was not sent for want of a contact to somebody who has one; a decision that was told and
  is not on record, or the other way round (see ``decided``);
- **duplicated**: a fact that can happen once and is told twice (see ``ONCE``), or that two documents hold; a letter of
  one kind, person and occasion that is queued twice, or one that reached the mailbox twice.

A *repeat* of a message (the same event id stored again after a relay died between publishing and marking) is allowed
by the design, counted apart, and harmless: consumers pass it over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from relevo_contracts import SERVICES
from relevo_demo.decided import decisions_astray
from relevo_demo.evidence import Evidence, StoredEvent
from relevo_demo.reconciled import reconciled
from relevo_deploy.reconcile.judgement import Kind
from relevo_deploy.reconcile.judgement import judge as reconcile

ONCE: Mapping[str, tuple[str, ...]] = {
    "CallOpened": ("call_id",),
    "CallClosed": ("call_id",),
    "CallExtended": ("call_id", "closes_at"),
    "ApplicationSubmitted": ("application_id",),
    "SelectionApplied": ("call_id",),
    "SeatOffered": ("call_id", "application_id"),
    "SeatAccepted": ("call_id", "application_id"),
    "ParticipantEnrolled": ("application_id",),
    "ApplicantDetailsCorrected": ("participant_id", "corrected_at"),
    "DangerReported": ("participant_id", "began_at"),
    "DangerPassed": ("participant_id", "passed_at"),
    "OnsiteCompleted": ("participant_id",),
    "OnsiteWeekEnded": ("edition_id",),
    "CommitmentOpened": ("participant_id",),
    "CommitmentPaused": ("commitment_id", "paused_at"),
    "CommitmentFulfilled": ("commitment_id",),
    "CommitmentDeadlineNear": ("commitment_id", "due_on", "days_left"),
    "MultiplierSessionReported": ("commitment_id", "session_id", "revision"),
    "MultiplierReachCounted": ("edition_id", "counted_on"),
    "EvidenceRejected": ("session_id", "evidence_id"),
    "SupportAnswered": ("support_request_id", "answered_at"),
    "CertificateReady": ("participant_id",),
    "CertificateIssued": ("participant_id", "certificate_id"),
    "CertificateRevoked": ("participant_id", "certificate_id"),
    "CertificateSuperseded": ("participant_id", "certificate_id"),
    "CertificatesCounted": ("edition_id", "counted_on"),
}
"""By which of its fields a fact is the same fact."""

_KEPT_ONCE = (
    ("intake", "participant", "application_id"),
    ("intake", "details", "application_id"),
    ("scheduling", "attendance", "participant_id"),
    ("multiplier_tracking", "commitment", "participant_id"),
    ("certification", "certificate", "participant_id"),
)


_LOST: frozenset[Kind] = frozenset({"lost", "late", "altered"})
_DUPLICATED: frozenset[Kind] = frozenset({"doubled", "foreign", "disordered"})


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
    first = _first_occurrences(evidence.events)
    checks = reconcile(reconciled(evidence))
    offences = [(each.kind, f"{check.of}: {each.text}") for check in checks for each in check.offences]
    by_type = Counter(_name(each.type) for each in first)
    return Findings(
        published=len(evidence.events),
        by_type=dict(sorted(by_type.items())),
        dead_letters=evidence.dead_letters + sum(len(evidence.of(service, "parked")) for service in SERVICES),
        repeats=len(evidence.events) - len(first),
        lost=(
            *(text for kind, text in offences if kind in _LOST),
            *_undelivered(evidence),
            *decisions_astray(evidence, by_type),
        ),
        duplicated=(
            *(text for kind, text in offences if kind in _DUPLICATED),
            *_published_twice(first),
            *_kept_twice(evidence),
            *_written_twice(evidence),
        ),
    )


def _undelivered(evidence: Evidence) -> Iterator[str]:
    arrived = {_letter_id(mail) for mail in evidence.letters}
    reached = {state["person_id"] for state in evidence.states("intake", "application") if state["has_contact"]}
    in_news = {id for row in evidence.of("intake", "letters") for id in row.get("of", ())}
    refused = 0
    for row in evidence.of("intake", "letters"):
        if row["state"] == "failed" and row["because"] == "refused":
            refused += 1
        elif row["state"] == "dropped":
            if row["because"] == "no_contact" and row["person_id"] in reached:
                yield f"intake: letter {row['_id']} ({row['kind']}) was not sent to somebody who has a contact"
        elif row["state"] == "gathered" and row["_id"] in in_news:
            continue
        elif row["state"] != "sent" or row["_id"] not in arrived:
            yield f"intake: letter {row['_id']} ({row['kind']}, {row['state']}) is not in the mailbox"
    if refused > len(evidence.refused):
        yield f"intake: {refused} letters are marked refused, of which the mail server refused {len(evidence.refused)}"


def _published_twice(first: list[StoredEvent]) -> Iterator[str]:
    facts: Counter[tuple[str, ...]] = Counter()
    for each in first:
        fields = ONCE.get(_name(each.type))
        if fields:
            body = json.loads(each.body)
            facts[_name(each.type), *(str(body[field]) for field in fields)] += 1
    for fact, count in facts.items():
        if count > 1:
            yield f"{fact[0]} of {', '.join(fact[1:])} is told {count} times"


def _kept_twice(evidence: Evidence) -> Iterator[str]:
    for service, kind, field in _KEPT_ONCE:
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


def _first_occurrences(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    seen: dict[str, StoredEvent] = {}
    for each in events:
        seen.setdefault(each.id, each)
    return list(seen.values())


def _letter_id(mail: Mapping[str, Any]) -> str:
    return str(mail["message_id"]).strip("<>").partition("@")[0]


def _name(type: str) -> str:
    """``CallOpened`` of ``relevo.intake.CallOpened.v1``."""
    return type.split(".")[2]
