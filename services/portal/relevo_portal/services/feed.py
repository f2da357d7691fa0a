"""A calendar feed, read for what it says of its events: when they last changed, and which are cancelled (RFC 5545).

What it says besides, the pages have from elsewhere. Whatever is not well formed in it is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Z-]+)(?:;[^:]*)?:(.*)\Z")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_UTC = "%Y%m%dT%H%M%SZ"


class FeedEvent(NamedTuple):
    """One event; ``sequence`` is 0 until it is changed, ``starts_at`` is only said of what is cancelled."""

    id: str
    title: str
    sequence: int
    changed_at: datetime
    starts_at: datetime | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.starts_at is not None


def events_of(feed: str) -> tuple[FeedEvent, ...]:
    """Its events, in the order of the feed."""
    return tuple(found for fields in _fields_of(feed) if (found := _event(fields)))


def _fields_of(feed: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] | None = None
    for line in _FOLD.sub("", feed).splitlines():
        if line == "BEGIN:VEVENT":
            fields = {}
        elif line == "END:VEVENT" and fields is not None:
            yield fields
            fields = None
        elif fields is not None and (found := _LINE.match(line)):
            fields[found[1]] = found[2]


def _event(fields: dict[str, str]) -> FeedEvent | None:
    try:
        starts_at = _instant(fields["DTSTART"]) if fields.get("STATUS") == "CANCELLED" else None
        return FeedEvent(
            id=fields["UID"].replace("-", ""),
            title=_ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], fields["SUMMARY"]),
            sequence=int(fields["SEQUENCE"]),
            changed_at=_instant(fields["LAST-MODIFIED"]),
            starts_at=starts_at,
        )
    except (KeyError, ValueError):
        return None


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _UTC).replace(tzinfo=UTC)
