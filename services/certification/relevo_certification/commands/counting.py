"""Counting how many certificates an edition has, once a day, and telling what may be told of it."""

from __future__ import annotations

from dataclasses import dataclass

from relevo_certification.commands.office import Office
from relevo_certification.domain.count import Count, Figures, added, figures, release
from relevo_certification.store import CERTIFICATE, COUNT
from relevo_chassis.delivery.change import Asked, Change, Decision, Found, New
from relevo_contracts import derived_id

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ReleaseFigures:
    """``due`` is the count as it was found to be due."""

    due: Count


async def release_figures(office: Office, command: ReleaseFigures, asked: Asked) -> None:
    """Count the certificates of an edition whose figures are due, some at a time, and tell them once for that day."""
    due = command.due
    counted = await _counted(office, due.edition_id)
    ref = COUNT(due.edition_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before != due:
            return Decision()
        after, events = release(due, counted)
        return Decision([New(ref, after)], events)

    cause_id = derived_id("count", due.edition_id, str(due.due_on))
    await office.commits.commit(Change([ref], decide, asked.now, cause_id, by=asked.by))


async def _counted(office: Office, edition_id: str) -> Figures:
    counted, after = Figures(), None
    while some := await office.store.select(CERTIFICATE, {"edition_id": edition_id}, limit=_AT_ONCE, after=after):
        counted, after = added(counted, figures(some)), some[-1].participant_id
    return counted
