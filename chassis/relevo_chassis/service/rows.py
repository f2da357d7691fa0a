"""What lies in the collections that every service has beside its own, and why it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relevo_chassis.delivery import lease, outbox, parked, rebuild
from relevo_chassis.delivery.group import DEADLINES, ONCE, POSITIONS
from relevo_chassis.delivery.recorder import DECISIONS, READINGS, UNSEALED
from relevo_chassis.kept import OF_THE_SERVICE, Ground, Keeping, Kept, KeptRows, Until
from relevo_chassis.people.records.chain import CHECKPOINTS
from relevo_chassis.people.root import ROOT
from relevo_chassis.people.vault import KEYS, SEALED

_ENTRY = ("record", "id", "at", "by", "cause_id", "mark")
_READING = ("purpose", "field_sets", "person_ids")
_DECISION = ("code", "about", "about_id", "version", "under", "because", "reason")
_SIGNED = ("record", "kind", "segment", "statement", "signature", "digests")


def _rows(purpose: Keeping, ground: Ground, until: Until, *fields: str, under: str | None = None) -> Sequence[KeptRows]:
    return (KeptRows(Kept(purpose, ground, until, under), fields),)


def _recorded(*fields: str) -> Sequence[KeptRows]:
    return _rows(Keeping.RECORD, Ground.DUTY, Until.RECORDS, *fields)


ROWS: Mapping[str, Sequence[KeptRows]] = {
    outbox.COLLECTION: _rows(
        Keeping.PUBLISH,
        Ground.OPERATION,
        Until.LINKED,
        *("lane", "order", "subject", "headers", "body", "committed_at", "sent", "sent_at", "sequence"),
        "republished_at",
    ),
    POSITIONS: _rows(
        Keeping.PUBLISH, Ground.OPERATION, Until.LINKED, "consumer", "sequence", "parked", "taken", "touched"
    ),
    parked.COLLECTION: _rows(
        Keeping.PARK,
        Ground.OPERATION,
        Until.DONE,
        *("consumer", "position_id", "sequence", "subject", "headers", "body", "digest", "stream_sequence"),
        *("code", "reason", "parked_at"),
    ),
    ONCE: (
        *_rows(Keeping.ONCE, Ground.OPERATION, Until.LINKED, "fingerprint", "sealed_for"),
        *_rows(Keeping.ONCE, Ground.OPERATION, Until.KEY, "sealed", under="that of what it tells"),
    ),
    DEADLINES: _rows(Keeping.TIME, Ground.OPERATION, Until.DONE, "kind", "aggregate_id", "due_at", "facts"),
    lease.COLLECTION: _rows(Keeping.REPLICAS, Ground.OPERATION, Until.DONE, "holder", "until"),
    rebuild.COLLECTION: _rows(Keeping.REPLICAS, Ground.OPERATION, Until.DONE, "begun_at"),
    UNSEALED: _recorded(*_ENTRY, *_READING, *_DECISION),
    READINGS: _recorded(*_ENTRY, *_READING),
    DECISIONS: _recorded(*_ENTRY, *_DECISION),
    CHECKPOINTS: _recorded(*_SIGNED),
    ROOT.name: _rows(Keeping.SEAL, Ground.OPERATION, Until.PUBLISHED, "state", under=OF_THE_SERVICE),
    KEYS: (
        *_rows(Keeping.SEAL, Ground.OPERATION, Until.KEY, "wrapped", under=OF_THE_SERVICE),
        *_rows(Keeping.SEAL, Ground.OPERATION, Until.KEY, "key_id", "made_at"),
        *_rows(Keeping.END, Ground.DUTY, Until.ERASED, "ended_at"),
    ),
    SEALED: (
        *_rows(Keeping.SEAL, Ground.OPERATION, Until.KEY, "person_id", "retention"),
        *_rows(Keeping.SEAL, Ground.OPERATION, Until.KEY, "sealed", under="that of its model"),
    ),
}
"""By collection. What is sealed says for itself what it is kept for."""
