"""Ids as URNs, in the form that strict readers of Open Badges ask for."""

from __future__ import annotations

from uuid import UUID


def uuid_urn(id: str) -> str:
    """The URN of 128 random bits as a version 4 UUID (RFC 9562, 5.4), which six of the bits have to say."""
    return f"urn:uuid:{UUID(id, version=4)}"
