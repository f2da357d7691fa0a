"""What somebody owes of the week: what their groups had to attend while they belonged to them (rule 16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

from relevo_contracts.model import Frozen, Id, Minutes
from relevo_scheduling.domain.membership import Span
from relevo_scheduling.domain.programme import Published
from relevo_scheduling.domain.roster import Entry
from relevo_scheduling.domain.session import Session


class Owed(Frozen):
    """A session that somebody has to attend, and how many minutes of it.

    Whoever changes groups in the midst of sessions owes a part of each: ``beside`` are those that ran at the same time.
    Then minutes in any of them count, so that nobody loses by the way from one room to the other. Of one they are
    ``excused`` from they owe no more than they attended.
    """

    session_id: Id
    minutes: Minutes
    beside: tuple[Id, ...] = ()
    excused: bool = False

    @property
    def session_ids(self) -> tuple[str, ...]:
        return (self.session_id, *self.beside)


def owed_by(entry: Entry, published: Published) -> tuple[Owed, ...]:
    """What somebody owes of the version in force; whole minutes, each minute once."""
    required = [each.session for each in published.sessions if each.session.required]
    parts = [(each, spans) for each in required if (spans := entry.spans_of(each))]
    excused = [part for part in parts if entry.is_excused_from(part[0].session_id)]
    stretches = _stretches(part for part in parts if part not in excused)
    owed = [*map(_owed, stretches), *(_owed([part]).model_copy(update={"excused": True}) for part in excused)]
    return tuple(each for each in owed if each.minutes)


def owes_anything(owed: Iterable[Owed]) -> bool:
    return any(not each.excused for each in owed)


Part = tuple[Session, tuple[Span, ...]]


def _stretches(parts: Iterable[Part]) -> list[list[Part]]:
    """Sessions that overlap, directly or through others, together."""
    stretches: list[list[Part]] = []
    ends: datetime | None = None
    for session, spans in sorted(parts, key=lambda part: (part[0].starts_at, part[0].session_id)):
        if ends is None or session.starts_at >= ends:
            stretches.append([])
            ends = session.ends_at
        stretches[-1].append((session, spans))
        ends = max(ends, session.ends_at)
    return stretches


def _owed(stretch: Sequence[Part]) -> Owed:
    first, *others = (session.session_id for session, _ in stretch)
    minutes = _minutes(chain.from_iterable(spans for _, spans in stretch))
    return Owed(session_id=first, minutes=minutes, beside=tuple(others))


def _minutes(spans: Iterable[Span]) -> int:
    """The whole minutes that some span covers."""
    seconds, covered = 0.0, None
    for start, end in sorted(spans):
        begin = start if covered is None else max(start, covered)
        seconds += max(0.0, (end - begin).total_seconds())
        covered = end if covered is None else max(end, covered)
    return int(seconds) // 60
