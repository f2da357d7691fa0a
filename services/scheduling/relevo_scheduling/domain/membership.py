"""Belonging to parallel groups for a stretch of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from relevo_scheduling.domain.session import Session

Audience = tuple[str, ...]
Span = tuple[datetime, datetime]


class Spell(NamedTuple):
    """Groups that somebody belongs to from ``since`` until before ``until``; open ends are ``None``."""

    groups: Audience = ()
    since: datetime | None = None
    until: datetime | None = None

    def within(self, start: datetime, end: datetime) -> Span | None:
        """What of an interval lies in the spell."""
        first = start if self.since is None else max(start, self.since)
        last = end if self.until is None else min(end, self.until)
        return (first, last) if first < last else None

    def from_(self, since: datetime | None) -> Spell:
        """What of the spell is not before an instant; it may be empty."""
        if since is None:
            return self
        return self._replace(since=since if self.since is None else max(self.since, since))

    def of(self, session: Session) -> Span | None:
        """What of a session is meant for somebody who belongs to these groups then."""
        return self.within(session.starts_at, session.ends_at) if session.is_for(self.groups) else None


def spells_to_reckon_with(groups: Sequence[str], in_use: Iterable[Spell]) -> tuple[Spell, ...]:
    """Nobody's group, each group by itself, and every spell in use."""
    always = [Spell(), *(Spell((code,)) for code in groups)]
    return tuple(dict.fromkeys((*always, *in_use)))
