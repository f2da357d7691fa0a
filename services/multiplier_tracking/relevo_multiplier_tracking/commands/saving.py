"""How a changed commitment is saved: with its edition's totals, and with what falls due of it from now on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from relevo_chassis.delivery.change import Asked, Change, Decided, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, drop, put
from relevo_chassis.people.vault import destroyed, part_of
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import Commitment, NoSuchCommitment, Outcome
from relevo_multiplier_tracking.domain.pictures import picture_ids
from relevo_multiplier_tracking.domain.reach import Reach, recount
from relevo_multiplier_tracking.domain.sealed import PictureContent, picture_at
from relevo_multiplier_tracking.store import COMMITMENT, REACH, CommitmentIds

REMINDER, LAPSE, COUNT = "reminder", "lapse", "reach"
"""The kinds of deadlines."""


@dataclass(frozen=True, slots=True)
class CommitmentAt:
    """A commitment as it was left at an instant."""

    commitment: Commitment
    at: datetime


def change_of(
    ids: CommitmentIds,
    transition: Callable[[Commitment], Outcome],
    asked: Asked,
    rows: Sequence[Row] = (),
    decided: Decided | None = None,
) -> Change[CommitmentAt]:
    """The change of one commitment; its answer is the commitment as it is afterwards.

    ``decided`` goes on record with who asked, unless nothing was changed.
    """
    return change_beside(ids, None, lambda commitment, _: transition(commitment), asked, rows, decided)


def change_beside(
    ids: CommitmentIds,
    other_id: str | None,
    transition: Callable[[Commitment, Commitment | None], Outcome],
    asked: Asked,
    rows: Sequence[Row] = (),
    decided: Decided | None = None,
) -> Change[CommitmentAt]:
    """The change of one commitment that relies on another's as it is, if one is named."""
    other = COMMITMENT(other_id) if other_id else None

    def decide(found: Found) -> Decision[CommitmentAt]:
        before = found[ids.commitment_ref]
        if before is None:
            raise NoSuchCommitment(commitment_id=ids.commitment_id)
        after, events = transition(before, found[other] if other else None)
        states, deadlines = saved(before, after, found[ids.reach_ref], asked.now)
        on_record = [decided] if decided and states else []
        return Decision(states, events, (*rows, *deadlines), CommitmentAt(after, asked.now), on_record)

    return asked.change([ids.commitment_ref, ids.reach_ref, *([other] if other else [])], decide)


def decided(code: str, ids: CommitmentIds, *more: str, because: str | None = None, why: Iterable[Row] = ()) -> Decided:
    """A decision about a commitment, found under its participant, its edition and these ids too."""
    under = (ids.participant_id, ids.edition_id, *more)
    return Decided(code, ids.commitment_ref, under, because, next(iter(why), None))


def saved(
    before: Commitment | None, after: Commitment, reach_before: Reach | None, now: datetime
) -> tuple[tuple[New, ...], tuple[Row, ...]]:
    """What a changed commitment writes: itself, its edition's totals, its deadlines."""
    if before is not None and after == before:
        return (), ()
    states = (New(COMMITMENT(after.commitment_id), after),)
    rows = (*_deadline_rows(before, after), *_picture_rows(before, after))
    if after.edition_id is None:
        return states, rows
    known = reach_before or Reach(edition_id=after.edition_id)
    totals = recount(known, before, after, now)
    if totals == known:
        return states, rows
    return (*states, New(REACH(after.edition_id), totals)), (*rows, *count_rows(reach_before, totals))


def count_rows(before: Reach | None, after: Reach) -> tuple[Row, ...]:
    """Set the deadline of the next count, if it moved."""
    if after.next_on is None or (before is not None and before.next_on == after.next_on):
        return ()
    key = f"reach/{after.edition_id}/{after.next_on.isoformat()}"
    facts = {"counted_on": after.next_on.isoformat()}
    return (put(Deadline(key, COUNT, after.edition_id, days.ends_at(after.next_on), facts)),)


def _picture_rows(before: Commitment | None, after: Commitment) -> Sequence[Row]:
    """Destroy the pictures that are there no longer, each with its key (rule 26)."""
    gone = sorted(picture_ids(before) - picture_ids(after)) if before else ()
    keys = [part_of(PictureContent, each) for each in gone]
    return destroyed(after.participant_id, keys, [picture_at(each) for each in gone])


def _deadline_rows(before: Commitment | None, after: Commitment) -> tuple[Row, ...]:
    """Set the deadlines that a changed commitment has now and had not before, and take back those it no longer has."""
    had = {each.key: each for each in _deadlines_of(before)} if before else {}
    has = {each.key: each for each in _deadlines_of(after)}
    new = [put(each) for key, each in has.items() if key not in had]
    gone = [drop(key) for key in had if key not in has]
    return (*new, *gone)


def _deadlines_of(commitment: Commitment) -> list[Deadline]:
    if commitment.state != "open" or commitment.paused or commitment.asking:
        return []
    checks = {commitment.until, *(each.correct_until_on for each in commitment.sessions if each.correct_until_on)}
    return [*_reminders(commitment), *(_lapse_check(commitment, day) for day in sorted(checks))]


def _reminders(commitment: Commitment) -> list[Deadline]:
    id, due_on = commitment.commitment_id, commitment.due
    return [
        Deadline(
            f"reminder/{id}/{due_on.isoformat()}/{distance}",
            REMINDER,
            id,
            days.remind_at(due_on, distance),
            {"due_on": due_on.isoformat(), "distance": distance},
        )
        for distance in commitment.required.reminder_days
    ]


def _lapse_check(commitment: Commitment, day: date) -> Deadline:
    id = commitment.commitment_id
    facts = {"edition_id": commitment.edition_id or ""}
    return Deadline(f"lapse/{id}/{day.isoformat()}", LAPSE, id, days.ends_at(day), facts)
