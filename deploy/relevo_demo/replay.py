"""The whole edition, from the call to the certificates, over the public HTTP APIs and the portal's pages alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevo_demo.deeds import Deeds
from relevo_demo.story.before_the_week import prepare
from relevo_demo.story.call import Applied, hold_call
from relevo_demo.story.cast import Stage
from relevo_demo.story.certifying import Certified, certify
from relevo_demo.story.commitment import SERVICE
from relevo_demo.story.onsite import Week, hold_week
from relevo_demo.story.reviewing import Reviewed, review
from relevo_demo.story.selecting import Selected, select
from relevo_demo.story.sixty_days import Lived, live


@dataclass(frozen=True)
class Played:
    """What each phase left, and what was done to whom on the way; ``invitations`` are the codes of those for visas."""

    applied: Applied
    reviewed: Reviewed
    selected: Selected
    invitations: tuple[str, ...]
    week: Week
    lived: Lived
    certified: Certified
    deeds: Deeds


async def play(stage: Stage, applications: int, samples: Path) -> Played:
    """Play it all. Raises ``Misbehaved`` as soon as a service does not do its part."""
    applied = await hold_call(stage, applications)
    reviewed = await review(stage, applied)
    selected = await select(stage, applied)
    invitations = await prepare(stage, selected.participants)
    week = await hold_week(stage, selected.participants)
    lived = await live(stage, week.completed)
    certified = await certify(stage, selected.participants, await _fulfilled(stage), samples)
    return Played(applied, reviewed, selected, invitations, week, lived, certified, stage.deeds)


async def _fulfilled(stage: Stage) -> int:
    token = await stage.coordinator()
    listed = stage.api.every(SERVICE, "/commitments", token, edition_id=stage.edition_id, state="fulfilled")
    return len([each async for each in listed])
