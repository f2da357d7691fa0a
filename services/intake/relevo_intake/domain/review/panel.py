"""The panel of a call: its reviewers, what makes them step aside, and a fair share of the reading for each (rule 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import OF_THE_SERVICE, Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import PANEL


class NotOnThePanel(Refusal):
    """This reviewer is not on the call's panel; a coordinator adds reviewers."""

    status = 404


class ConflictOfInterest(Refusal):
    """Nobody reviews their own country, their own organisation or a declared conflict (rule 2)."""

    status = 403


class Reviewer(Frozen):
    """A reviewer of one call. Country and organisation are keyed hashes, good to compare with and nothing else.

    ``organisation_sealed`` is its name, for a coordinator to look at beside names that are near it.
    """

    reviewer_id: str
    country_hash: str | None = None
    organisation_hash: str | None = None
    organisation_sealed: Annotated[str | None, replace(PANEL, under=OF_THE_SERVICE)] = None
    conflicts: tuple[str, ...] = ()


class Panel(Frozen):
    """Who reviews a call. Of those who were taken off it, ``former``, the conflicts are kept should they come back."""

    kept: ClassVar[Kept] = PANEL

    call_id: str
    reviewers: tuple[Reviewer, ...] = ()
    former: tuple[Reviewer, ...] = ()

    def reviewer(self, reviewer_id: str) -> Reviewer:
        """Raises ``NotOnThePanel``."""
        for each in self.reviewers:
            if each.reviewer_id == reviewer_id:
                return each
        raise NotOnThePanel(call_id=self.call_id)


class Judged(Frozen):
    """An application as an assignment sees it: hashes to compare, and who has it already."""

    application_id: str
    country_hash: str
    organisation_hash: str | None = None
    assigned: tuple[str, ...] = ()
    reviewed_by: tuple[str, ...] = ()

    def barred(self, reviewer: Reviewer) -> bool:
        """Whether the reviewer must not see this application."""
        return (
            reviewer.country_hash == self.country_hash
            or (self.organisation_hash is not None and reviewer.organisation_hash == self.organisation_hash)
            or self.application_id in reviewer.conflicts
        )


def seat_reviewers(panel: Panel | None, call_id: str, reviewers: Sequence[Reviewer]) -> Panel:
    """Add reviewers; one who is or was there already is replaced, and keeps the conflicts declared before."""
    present = {each.reviewer_id: each for each in panel.reviewers} if panel else {}
    former = {each.reviewer_id: each for each in panel.former} if panel else {}
    for each in reviewers:
        earlier = present.get(each.reviewer_id) or former.pop(each.reviewer_id, None)
        conflicts = tuple(sorted({*each.conflicts, *(earlier.conflicts if earlier else ())}))
        present[each.reviewer_id] = each.model_copy(update={"conflicts": conflicts})
    seated = tuple(present[name] for name in sorted(present))
    return Panel(call_id=call_id, reviewers=seated, former=tuple(former[name] for name in sorted(former)))


def remove_from_panel(panel: Panel, reviewer_id: str) -> Panel:
    """Take a reviewer off the panel; again is no-op. Raises ``NotOnThePanel`` for one who never was on it."""
    if any(each.reviewer_id == reviewer_id for each in panel.former):
        return panel
    leaving = panel.reviewer(reviewer_id)
    staying = tuple(each for each in panel.reviewers if each is not leaving)
    return panel.model_copy(update={"reviewers": staying, "former": (*panel.former, leaving)})


def declare_conflict(panel: Panel, reviewer_id: str, application_id: str) -> Panel:
    """Raises ``NotOnThePanel``."""
    reviewer = panel.reviewer(reviewer_id)
    conflicts = tuple(sorted({*reviewer.conflicts, application_id}))
    changed = reviewer.model_copy(update={"conflicts": conflicts})
    return panel.model_copy(
        update={"reviewers": tuple(changed if each is reviewer else each for each in panel.reviewers)}
    )


def share_out(panel: Panel, applications: Sequence[Judged], share: int) -> Mapping[str, tuple[str, ...]]:
    """Who reads what: up to ``share`` reviewers for each application, none of them barred, loads as even as can be.

    What is assigned stays, unless it has become barred and was not reviewed; reviews of those who have left the panel
    count. Those with the fewest possible readers choose first; among equal loads a hash decides, so the same input
    always gives the same assignment.
    """
    seated = {each.reviewer_id for each in panel.reviewers}
    reviewed = {each.application_id: each.reviewed_by for each in applications}
    load = {each.reviewer_id: 0 for each in panel.reviewers}
    kept: dict[str, tuple[str, ...]] = {}
    able: dict[str, list[str]] = {}
    for each in applications:
        able[each.application_id] = [r.reviewer_id for r in panel.reviewers if not each.barred(r)]
        allowed = {*able[each.application_id], *seated.intersection(each.reviewed_by)}
        kept[each.application_id] = tuple(name for name in each.assigned if name in allowed)
        for name in kept[each.application_id]:
            load[name] = load.get(name, 0) + 1
    for application_id in sorted(able, key=lambda id: (len(able[id]), id)):
        chosen = list(kept[application_id])
        free = [name for name in able[application_id] if name not in chosen and name not in reviewed[application_id]]
        free.sort(key=lambda name, of=application_id: (load[name], _lot(of, name)))  # type: ignore[misc]
        others = [name for name in reviewed[application_id] if name not in chosen]
        for name in free[: max(0, share - len(chosen) - len(others))]:
            load[name] += 1
            chosen.append(name)
        kept[application_id] = tuple(chosen)
    return kept


def _lot(application_id: str, reviewer_id: str) -> bytes:
    return hashlib.sha256(f"{application_id}/{reviewer_id}".encode()).digest()
