"""The chain of a record: segments of entries, each closed by a checkpoint that signs them and the checkpoint before.

Whatever is changed, left out, put in or moved in a segment shows, for the digests of its entries are signed in
their order; so does a checkpoint that is gone from between two others. That the latest ones are gone is seen by whoever
remembers them: the replicas while they run, and the file that ``relevo readings`` keeps elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from relevo_chassis.delivery.recorder import DECISIONS, READINGS, UNSEALED, digest_of
from relevo_chassis.delivery.store import Index, Store
from relevo_chassis.people.vault import ServiceKey
from relevo_contracts.model import Frozen

RECORDS = (READINGS, DECISIONS)
CHECKPOINTS = "record_checkpoints"
MISSED = "records"
"""Under this is found what replicas missed, and by this it is put on record."""
GENESIS = "0" * 64
DIGEST_BYTES = 32
FARTHEST = 10**12 - 1
LOOKED_AT = 100
"""Among so many of the latest statements a genuine one is looked for; more that are not show as a broken record."""

INDEXES: Mapping[str, Sequence[Index]] = {
    UNSEALED: (),
    READINGS: (Index((("id", 1),)), Index((("at", -1), ("id", -1)))),
    DECISIONS: (
        Index((("id", 1),)),
        Index((("at", -1), ("id", -1))),
        Index((("under", 1), ("at", -1), ("id", -1))),
    ),
    CHECKPOINTS: (),
}

S = TypeVar("S", bound="Statement")


class Statement(Frozen):
    """What the service says of a record, under its signature."""

    record: str

    @property
    def id(self) -> str:
        """Where it lies among the checkpoints."""
        raise NotImplementedError


class Checkpoint(Statement):
    """The close of a segment: which entries it holds, and the hash of the checkpoint before."""

    segment: int
    first: int
    last: int
    digests_sha256: str
    before: str
    until: datetime
    """The latest domain time of its entries."""
    sealed_at: datetime
    """Process time."""

    @property
    def id(self) -> str:
        return checkpoint_id(self.record, self.segment)


class End(Statement):
    """Where a record ends with a segment. Signed, it says up to where a record went by retention: what lies before is
    no part of it any more, and the rest is checked from there on."""

    segment: int = 0
    last: int = 0
    head: str = GENESIS

    @property
    def id(self) -> str:
        return anchor_id(self.record, self.segment)


class Signer:
    """Signs for one service (Ed25519, RFC 8032), with a key that derives from the root of its vault.

    Who can write to the database alone cannot sign: the root lies there under the service's key.
    """

    def __init__(self, key: ServiceKey) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key.derived("record-checkpoints"))
        self._public = self._key.public_key()

    @property
    def public(self) -> str:
        """The public key in hexadecimal."""
        return self._public.public_bytes_raw().hex()

    def row(self, statement: Statement, **beside: bytes) -> dict[str, Any]:
        """The row of a statement, signed."""
        return {
            "_id": statement.id,
            **statement.model_dump(),
            "signature": self._key.sign(_bytes_of(statement)),
            **beside,
        }

    def opened(self, model: type[S], row: Mapping[str, Any]) -> S | None:
        """The statement of a row; ``None`` for one that this service did not sign, or that lies elsewhere."""
        try:
            statement = model.model_validate({name: row[name] for name in model.model_fields})
            self._public.verify(row["signature"], _bytes_of(statement))
        except (KeyError, TypeError, ValidationError, InvalidSignature):
            return None
        return statement if row["_id"] == statement.id else None

    def digests(self, row: Mapping[str, Any]) -> list[bytes]:
        """The digests that a checkpoint's row signs, in their order; none when it is not genuine."""
        checkpoint, digests = self.opened(Checkpoint, row), row.get("digests")
        if checkpoint is None or not isinstance(digests, bytes) or _sha256(digests) != checkpoint.digests_sha256:
            return []
        return [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]


class Segment:
    """A segment about to be closed: under a number, and from a place on, that nothing has yet."""

    def __init__(
        self, entries: Sequence[Mapping[str, Any]], after: End, number: int, first: int, now: datetime
    ) -> None:
        self.digests = b"".join(map(digest_of, entries))
        self.rows = [{**each, "_id": entry_place(place)} for place, each in enumerate(entries, first)]
        self.checkpoint = Checkpoint(
            record=after.record,
            segment=number,
            first=first,
            last=first + len(entries) - 1,
            digests_sha256=_sha256(self.digests),
            before=after.head,
            until=max(each["at"] for each in entries),
            sealed_at=now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000),
        )


def end_after(row: Mapping[str, Any]) -> End:
    """The end of a record whose last checkpoint this is, a genuine one."""
    return End(record=row["record"], segment=row["segment"], last=row["last"], head=hash_of(row))


async def end_of(store: Store, signer: Signer, record: str) -> End:
    """Where a record ends now, by the last checkpoint that this service signed, whatever others put in behind it.
    Raises ``Busy``."""
    where, limit = checkpoints_after(record, 0), 1
    while rows := await store.rows(CHECKPOINTS, where, sort=[("_id", -1)], limit=limit):
        for row in rows:
            if signer.opened(Checkpoint, row):
                return end_after(row)
        where, limit = {"_id": {**checkpoints_after(record, 0)["_id"], "$lt": rows[-1]["_id"]}}, LOOKED_AT
    return End(record=record)


async def sealed_among(store: Store, record: str, entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of those that have a place in the record already. Raises ``Busy``."""
    ids = [each["id"] for each in entries]
    return {row["id"] for row in await store.rows(record, {"id": {"$in": ids}})} if ids else set()


async def kept_from(store: Store, signer: Signer, record: str) -> End:
    """Up to where a record went by retention; its beginning, if nothing did. Raises ``Busy``."""
    among = {"_id": {"$gt": anchor_id(record, 0), "$lte": anchor_id(record, FARTHEST)}}
    rows = await store.rows(CHECKPOINTS, among, sort=[("_id", -1)], limit=LOOKED_AT)
    genuine = (end for row in rows if (end := signer.opened(End, row)))
    return next(genuine, End(record=record))


def checkpoints_after(record: str, segment: int) -> Mapping[str, Any]:
    """The query for the checkpoints of a record behind a segment, by the form of their ids alone."""
    return {"_id": {"$gt": checkpoint_id(record, segment), "$lte": checkpoint_id(record, FARTHEST)}}


def hash_of(row: Mapping[str, Any]) -> str:
    """SHA-256 over a checkpoint and its signature."""
    named = {name: row.get(name) for name in (*Checkpoint.model_fields, "signature")}
    return _sha256(_canonical(named))


def entry_place(number: int) -> str:
    """The id of an entry in its record."""
    return f"{number:012d}"


def checkpoint_id(record: str, segment: int) -> str:
    return f"{record}/{segment:012d}"


def anchor_id(record: str, segment: int) -> str:
    return f"anchor/{record}/{segment:012d}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bytes_of(statement: Statement) -> bytes:
    return f"relevo/{type(statement).__name__}".encode() + b"\x00" + _canonical(statement.model_dump())


def _canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
