"""Where an event began in a distributed trace: W3C Trace Context, as CloudEvents' Distributed Tracing extension has it.

``ce-traceparent`` says in which trace, and in which step of it, an event was decided. It stays what it was however
often and however late the event is told, and no effect may depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

HEADER = "ce-traceparent"
_PARTS = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[ -~]*)?", re.ASCII)


def well_formed(text: object) -> str | None:
    """A traceparent as version 00 writes it, or ``None`` for whatever is none; never an error.

    One of a later version is read as far as version 00 goes (W3C Trace Context, 2.2), and of its flags ``sampled``
    alone is kept.
    """
    found = _PARTS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return f"00-{trace_id}-{span_id}-0{int(flags, 16) & 1}"


def traceparent_of(headers: Mapping[str, object] | None) -> str | None:
    """That of a message, if it has one that is well formed; one that is given twice is none."""
    if not headers:
        return None
    value = headers.get(HEADER)
    if value is None:
        value = next((value for name, value in headers.items() if name.lower() == HEADER), None)
    return well_formed(value)
