"""The JSON-LD contexts that are shipped, each pinned by its hash."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


class Pinned(NamedTuple):
    """A context that is shipped; ``sha256`` is that of its JSON with sorted keys and no blanks."""

    url: str
    file: str
    sha256: str


PINNED = (
    Pinned(CREDENTIALS_V2, "credentials-v2.json", "b463c8d6a066214123ddd9827b135e1b50e1fc73322cc52a9b12a4f1fc7d86cf"),
    Pinned(OPEN_BADGES, "open-badges-3.0.3.json", "c5e555a91a5cf48e32ae0a05674c61ddd5c053b680b5643b2f57f9965e386d99"),
)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
