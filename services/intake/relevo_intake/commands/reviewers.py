"""The panel as coordinators see it: how far each reviewer has come, and taking one off it (rules 2 and 22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row, unrepeated
from relevo_chassis.delivery.store import Store
from relevo_contracts.model import Frozen
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gate, moved
from relevo_intake.commands.panel import panel_of
from relevo_intake.commands.reviews import not_over, without_comment
from relevo_intake.domain.application import Application
from relevo_intake.domain.review import remove_reviewer
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


class RemoveReviewer(NamedTuple):
    """``discard_reviews`` takes back what the reviewer gave; otherwise it stays and counts."""

    call_id: str
    reviewer_id: str
    discard_reviews: bool
    by: str


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
            given = {each["reviewer_id"]: each["reviewed_at"] for each in state["reviews"]}
            assigned.update(state["assigned"])
            reviewed.update(given.keys())
            left.update(set(state["assigned"]) - given.keys())
            last.update({name: max(at, last.get(name, at)) for name, at in given.items()})
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


async def take_off_the_panel(
    commits: Commits, store: Store, command: RemoveReviewer, once: Once | None, now: datetime, cause_id: str
) -> Any:
    """Take a reviewer off the panel; from the first commit on they see nothing of it. Answers ``ReviewerRemoved``.

    What was assigned to them is freed in chunks; a removal that broke off halfway is simply repeated. Conflicts that
    they declared hold should they come back. Raises ``NotOnThePanel``, or ``ReviewsAreOver`` for reviews to discard.
    """
    await commits.commit(_off(command, now, cause_id))
    freed = discarded = 0
    while theirs := await _some_of_theirs(store, command):
        done = unrepeated(await commits.commit(_freed(command, theirs, now, cause_id)))
        freed, discarded = freed + done[0], discarded + done[1]
        if not any(done):
            break
    answer = ReviewerRemoved(
        call_id=command.call_id, reviewer_id=command.reviewer_id, freed=freed, reviews_discarded=discarded
    )
    return await commits.commit(
        Change([PANEL(command.call_id)], lambda _: Decision(answer=answer), now, cause_id, once=once)
    )


async def _some_of_theirs(store: Store, command: RemoveReviewer) -> list[Application]:
    """Applications that are assigned to the reviewer or hold a review to discard."""
    name, call_id = command.reviewer_id, command.call_id
    found = await applications_assigned_to(store, name, after=None, limit=CHUNK, call_id=call_id)
    if not found and command.discard_reviews:
        found = await applications_reviewed_by(store, name, call_id, limit=CHUNK)
    return found


def _off(command: RemoveReviewer, now: datetime, cause_id: str) -> Change:
    ref, seating_ref = PANEL(command.call_id), SEATING(command.call_id)

    def decide(found: Found) -> Decision:
        if command.discard_reviews:
            not_over(found[seating_ref])
        before = panel_of(found[ref], command.call_id)
        panel = remove_reviewer(before, command.reviewer_id)
        if panel == before:
            return Decision()
        code = "reviewer_removed_with_reviews" if command.discard_reviews else "reviewer_removed"
        decided = Decided(code, ref, (command.call_id, command.reviewer_id))
        return Decision([New(ref, panel)], on_record=[decided])

    return Change([ref, seating_ref], decide, now, cause_id, by=command.by)


def _freed(
    command: RemoveReviewer, theirs: Sequence[Application], now: datetime, cause_id: str
) -> Change[tuple[int, int]]:
    """Some of their applications without them."""
    refs = [APPLICATION(each.application_id) for each in theirs]
    gate_ref, seating_ref = gate(command.call_id), SEATING(command.call_id)
    name = command.reviewer_id

    def decide(found: Found) -> Decision[tuple[int, int]]:
        states, rows, freed, discarded = list[New](), list[Row](), 0, 0
        if command.discard_reviews:
            not_over(found[seating_ref])
        for ref in refs:
            one = found[ref]
            if one is None:
                continue
            gone = [each for each in one.reviews if each.reviewer_id == name and command.discard_reviews]
            assigned = tuple(each for each in one.assigned if each != name)
            kept = tuple(each for each in one.reviews if each not in gone)
            freed, discarded = freed + (assigned != one.assigned), discarded + len(gone)
            rows += [without_comment(one.person_id, each) for each in gone]
            if assigned != one.assigned or gone:
                states.append(New(ref, one.model_copy(update={"assigned": assigned, "reviews": kept})))
        states += moved(found, gate_ref, "reviews") if discarded else []
        return Decision(states, rows=rows, answer=(freed, discarded))

    every: list[Ref[Any]] = [*refs, gate_ref, seating_ref]
    return Change(every, decide, now, cause_id, by=command.by)
