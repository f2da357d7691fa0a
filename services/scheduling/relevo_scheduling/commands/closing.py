"""Closing the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relevo_chassis.delivery.change import Asked, Busy, Change, Decided, Decision, Found, Repeat
from relevo_scheduling import deadlines, store
from relevo_scheduling.commands.office import Office
from relevo_scheduling.deadlines import Portion
from relevo_scheduling.domain import closing
from relevo_scheduling.domain.programme import Programme
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROSTER, programme_in, roster_in

LISTINGS = 5


@dataclass(frozen=True, slots=True)
class CloseWeek:
    programme_id: str


async def close_week(office: Office, command: CloseWeek, asked: Asked) -> Programme | Repeat:
    """Close the week: from here on the programme stands, and every participant gets an outcome.

    One transaction fixes who is judged by which version and settles the first 200; for up to 200 participants that is
    all, and the week has ended when this returns. For more, the same transaction leaves a deadline, due at once, for
    each further portion of 200; they are settled right away, one transaction each, and by the sweeper should this
    process die in between. Portions settle once whoever comes first, and the last one tells that the week has ended,
    with the sums of all. One transaction over everybody would be atomic too, but its size would grow with the
    edition; what has to be atomic is who is judged by what, and that is.

    Somebody who enrols between the listing and the decision makes the listing be done again.
    """
    read = await store.programme_of(office.store, command.programme_id)
    for _ in range(LISTINGS):
        listed = (await store.roster_of(office.store, read.edition_id)).participant_ids
        parts = enumerate(closing.portions_of(listed))
        portions = [Portion(read.programme_id, read.edition_id, number, ids) for number, ids in parts]
        try:
            closed = await office.commits.commit(_beginning(listed, portions, asked))
        except _RosterMoved:
            continue
        if not isinstance(closed, Repeat):
            for portion in portions[1:]:
                await office.commits.commit(deadlines.settling(portion, asked.now, asked.cause_id))
        return closed
    raise Busy("participants enrol faster than they can be listed; repeat the call")


class _RosterMoved(Exception):
    """Somebody enrolled or left since the roster was listed."""


def _beginning(listed: tuple[str, ...], portions: Sequence[Portion], asked: Asked) -> Change[Programme]:
    first, edition_id = portions[0], portions[0].edition_id
    ref = PROGRAMME(first.programme_id)

    def decide(found: Found) -> Decision[Programme]:
        roster = roster_in(found, edition_id)
        begun = closing.begin(programme_in(found, ref), roster, len(portions), asked.now, found.by)
        if roster.participant_ids != listed:
            raise _RosterMoved
        after, states, events = first.settled(found, begun, asked.now)
        rows = [portion.row(asked.now) for portion in portions[1:]]
        return Decision(states, events, rows, after, [Decided("week_closed", ref, under=(edition_id,))])

    return asked.change([ref, ROSTER(edition_id), *(ATTENDANCE(id) for id in first.participant_ids)], decide)
