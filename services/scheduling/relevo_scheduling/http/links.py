"""Addresses that materials lead to. They are shown and never fetched."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from relevo_chassis.wrong import Wrong

MOST_CHARACTERS = 2_000
_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
_NOBODYS = frozenset(
    ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid", "example")
)
"""What ends the names of hosts that are not on the public internet (RFC 2606, 6761, 6762, 8375)."""


def public_link(link: str) -> str:
    """An address that anybody can open safely: over TLS, of a host with a public name, without name or password in it.

    Raises ``Wrong``.
    """
    if not _VISIBLE.match(link) or not link.startswith("https://"):
        raise Wrong("not_https", "is not an address that begins with https:// and has no blanks")
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        raise Wrong("not_https", "is not an address that begins with https:// and has no blanks") from None
    if "@" in parts.netloc:
        raise Wrong("names_account", "holds a name or a password before its host; leave that out")
    host = parts.hostname or ""
    is_public = _NAME.match(host) and host.rpartition(".")[2] not in _NOBODYS
    if not is_public or "\\" in link or port not in (None, 443):
        raise Wrong("not_public", "does not lead to a host with a public name")
    return link
