"""The JSON-LD contexts that credentials use: shipped, pinned by hash, never fetched."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, NamedTuple

from relevo_certification.assets import CONTEXTS

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


class ContextNotShipped(ValueError):
    """The document uses a context that is not shipped, and none is ever fetched."""


class ContextMissing(RuntimeError):
    """The shipped contexts are missing or not those pinned; run ``python -m relevo_certification.assets``."""


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def shipped(url: str) -> dict[str, Any]:
    """The pinned context for an address. Raises ``ContextNotShipped`` or ``ContextMissing``."""
    for each in PINNED:
        if each.url == url:
            try:
                content = (CONTEXTS / each.file).read_bytes()
            except FileNotFoundError as missing:
                raise ContextMissing(ContextMissing.__doc__) from missing
            if sha256_of(content) != each.sha256:
                raise ContextMissing(ContextMissing.__doc__)
            found: dict[str, Any] = json.loads(content)
            return found
    raise ContextNotShipped(f"the context {url} is not shipped; documents may use {CREDENTIALS_V2} and {OPEN_BADGES}")
