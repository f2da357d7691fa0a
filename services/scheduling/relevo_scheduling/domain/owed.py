"""What somebody owes of the week: what their groups had to attend while they belonged to them (rule 16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from relevo_contracts.model import Frozen, Id, Minutes
from relevo_scheduling.domain.membership import Span
from relevo_scheduling.domain.programme import Published
from relevo_scheduling.domain.roster import Entry
from relevo_scheduling.domain.session import Session, minutes_covered, stretches_of


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
    spans = {each: meant for each in required if (meant := entry.spans_of(each))}
    excused = [each for each in spans if entry.is_excused_from(each.session_id)]
    stretches = stretches_of(each for each in spans if each not in excused)
    owed = [
        *(_owed(stretch, spans) for stretch in stretches),
        *(_owed([each], spans).model_copy(update={"excused": True}) for each in excused),
    ]
    return tuple(each for each in owed if each.minutes)


def owes_anything(owed: Iterable[Owed]) -> bool:
    return any(not each.excused for each in owed)


def _owed(stretch: Sequence[Session], spans: Mapping[Session, Sequence[Span]]) -> Owed:
    first, *others = (each.session_id for each in stretch)
    minutes = minutes_covered(span for each in stretch for span in spans[each])
    return Owed(session_id=first, minutes=minutes, beside=tuple(others))
