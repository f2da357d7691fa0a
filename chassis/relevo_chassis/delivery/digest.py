"""What an event says, in sixteen bytes: by it outbox, stream and what a consumer took are compared."""

from __future__ import annotations

import hashlib

from relevo_contracts import Head

DIGEST_BYTES = 16
_TIME = Head._fields.index("time")


def digest_of(subject: str, head: Head, body: bytes) -> bytes:
    """Of a message: its subject, its attributes as every reader takes them, and its body. Another digest for whatever
    would make it another event; none for how its headers are spelled."""
    attributes = ascii((subject, *head[:_TIME], head.time.isoformat(), *head[_TIME + 1 :]))
    return _shortened(attributes.encode() + b"\0" + body)


def after(before: bytes, digest: bytes) -> bytes:
    """Of all events of an aggregate up to one, from the same up to the one before (empty at first) and its own."""
    return _shortened(before + digest)


def _shortened(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:DIGEST_BYTES]
