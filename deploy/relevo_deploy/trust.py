"""Whom commands believe over TLS."""

from __future__ import annotations

import ssl
from pathlib import Path


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, and the one of this file besides. Raises ``OSError``, of which ``SSLError`` is one."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
