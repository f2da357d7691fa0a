"""The panel as coordinators see it: how far each reviewer has come, and taking one off it (rules 2 and 22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import Field

from relevo_chassis.delivery.change import Asked, Change, Decided, Decision, Found, New, Ref, Repeat, Row, unrepeated
from relevo_chassis.delivery.store import Store
from relevo_contracts.model import Frozen
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gate, moved
from relevo_intake.commands.office import Office
from relevo_intake.commands.panel import panel_of
from relevo_intake.commands.reviews import without_comment
from relevo_intake.domain.application import Application
from relevo_intake.domain.review import decisions, remove_from_panel
from relevo_intake.store.choosing import PANEL, SEATING, applications_assigned_to, applications_reviewed_by
from relevo_intake.store.people import APPLICATION, CALL, SLICE, application_rows

CHUNK = 100


class ReviewerProgress(Frozen):
    """How far a reviewer has come, of applications that were not withdrawn."""

    reviewer_id: str
    on_the_panel: bool
    assigned: int
    reviewed: int
    left: int = Field(description="assigned and not reviewed yet")
    conflicts: int = Field(description="applications that the reviewer declared a conflict with")
    last_reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RemoveReviewer:
    """Who leaves the panel. ``discard_reviews`` takes back what they gave; otherwise it stays and counts."""

    call_id: str
    reviewer_id: str
    discard_reviews: bool


class ReviewerRemoved(Frozen):
    """What a removal came to. Share out again to give the applications that were freed to others."""

    call_id: str
    reviewer_id: str
    freed: int = Field(description="applications that are not assigned to the reviewer any more")
    reviews_discarded: int


async def panel_progress(store: Store, call_id: str) -> list[ReviewerProgress]:
    """Everybody who is on the panel or has given a review, by id; counted over the call, some at a time.

    Raises ``NoSuchCall``.
    """
    existing(await store.state(CALL(call_id)), call_id)
    panel = panel_of(await store.state(PANEL(call_id)), call_id)
    assigned, reviewed, left = Counter[str](), Counter[str](), Counter[str]()
    last: dict[str, datetime] = {}
    async for rows in application_rows(store, call_id, SLICE):
        for state in (row["state"] for row in rows if row["state"]["state"] == "submitted"):
            reviewed_at = {each["reviewer_id"]: each["reviewed_at"] for each in state["reviews"]}
            assigned.update(state["assigned"])
            reviewed.update(reviewed_at.keys())
            left.update(set(state["assigned"]) - reviewed_at.keys())
            last.update({name: max(at, last.get(name, at)) for name, at in reviewed_at.items()})
    seated = {each.reviewer_id: each for each in (*panel.former, *panel.reviewers)}
    on_it = {each.reviewer_id for each in panel.reviewers}
    return [
        ReviewerProgress(
            reviewer_id=name,
            on_the_panel=name in on_it,
            assigned=assigned[name],
            reviewed=reviewed[name],
            left=left[name],
            conflicts=len(seated[name].conflicts) if name in seated else 0,
            last_reviewed_at=last.get(name),
        )
        for name in sorted({*seated, *assigned, *reviewed})
    ]


async def remove_reviewer(office: Office, command: RemoveReviewer, asked: Asked) -> ReviewerRemoved | Repeat:
    """Take a reviewer off the panel; from the first commit on they see nothing of it.

    What was assigned to them is freed in chunks; a removal that broke off halfway is simply repeated. Conflicts that
    they declared hold should they come back. Raises ``NotOnThePanel``, or ``ReviewsAreOver`` for reviews to discard.
    """
    at_once = replace(asked, once=None)
    await office.commits.commit(_removal(command, at_once))
    freed = discarded = 0
    while theirs := await _some_of_theirs(office.store, command):
        done = unrepeated(await office.commits.commit(_freed(command, theirs, at_once)))
        freed, discarded = freed + done[0], discarded + done[1]
        if not any(done):
            break
    answer = ReviewerRemoved(
        call_id=command.call_id, reviewer_id=command.reviewer_id, freed=freed, reviews_discarded=discarded
    )

    def decide(_: Found) -> Decision[ReviewerRemoved]:
        return Decision(answer=answer)

    return await office.commits.commit(asked.change([PANEL(command.call_id)], decide))


async def _some_of_theirs(store: Store, command: RemoveReviewer) -> list[Application]:
    """Applications that are assigned to the reviewer or hold a review to discard."""
    name, call_id = command.reviewer_id, command.call_id
    found = await applications_assigned_to(store, name, after=None, limit=CHUNK, call_id=call_id)
    if not found and command.discard_reviews:
        found = await applications_reviewed_by(store, name, call_id, limit=CHUNK)
    return found


def _removal(command: RemoveReviewer, asked: Asked) -> Change:
    ref, seating_ref = PANEL(command.call_id), SEATING(command.call_id)

    def decide(found: Found) -> Decision:
        if command.discard_reviews:
            decisions.must_not_be_over(found[seating_ref])
        before = panel_of(found[ref], command.call_id)
        panel = remove_from_panel(before, command.reviewer_id)
        if panel == before:
            return Decision()
        code = "reviewer_removed_with_reviews" if command.discard_reviews else "reviewer_removed"
        decided = Decided(code, ref, (command.call_id, command.reviewer_id))
        return Decision([New(ref, panel)], on_record=[decided])

    return asked.change([ref, seating_ref], decide)


def _freed(command: RemoveReviewer, theirs: Sequence[Application], asked: Asked) -> Change[tuple[int, int]]:
    """Some of their applications without them."""
    refs = [APPLICATION(each.application_id) for each in theirs]
    gate_ref, seating_ref = gate(command.call_id), SEATING(command.call_id)
    name = command.reviewer_id

    def decide(found: Found) -> Decision[tuple[int, int]]:
        states, rows, freed, discarded = list[New](), list[Row](), 0, 0
        if command.discard_reviews:
            decisions.must_not_be_over(found[seating_ref])
        for ref in refs:
            one = found[ref]
            if one is None:
                continue
            left, dropped = decisions.unassign(one, name, discard=command.discard_reviews)
            freed, discarded = freed + (left.assigned != one.assigned), discarded + len(dropped)
            rows += [without_comment(one.person_id, each) for each in dropped]
            if left != one:
                states.append(New(ref, left))
        states += moved(found, gate_ref, "reviews") if discarded else []
        return Decision(states, rows=rows, answer=(freed, discarded))

    every: list[Ref[Any]] = [*refs, gate_ref, seating_ref]
    return asked.change(every, decide)
