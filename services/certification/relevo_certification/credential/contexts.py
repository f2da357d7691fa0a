"""The JSON-LD contexts that credentials use: shipped, pinned by hash, never fetched."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from relevo_certification.assets import CONTEXTS
from relevo_certification.assets.pinned import CREDENTIALS_V2, OPEN_BADGES, PINNED, sha256_of


class ContextNotShipped(ValueError):
    """The document uses a context that is not shipped, and none is ever fetched."""


class ContextMissing(RuntimeError):
    """The shipped contexts are missing or not those pinned; run ``python -m relevo_certification.assets``."""


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
