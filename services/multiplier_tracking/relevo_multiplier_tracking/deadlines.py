"""What is due without anybody asking: reminders, the check whether a commitment lapses, the daily count of reach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from relevo_chassis.delivery.change import Change, Decided, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, OnDue, drop, put
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.period import lapse
from relevo_multiplier_tracking.domain.reach import Reach, count, recount
from relevo_multiplier_tracking.domain.reminder import remind
from relevo_multiplier_tracking.store import COMMITMENT, REACH

THE_SERVICE = "multiplier_tracking"
"""Who decides that a commitment lapses."""


def rows_of(before: Commitment | None, after: Commitment) -> tuple[Row, ...]:
    """Set the deadlines that a changed commitment has now and had not before, and take back those it no longer has."""
    had = {each.key: each for each in _wanted(before)} if before else {}
    has = {each.key: each for each in _wanted(after)}
    new = [put(each) for key, each in has.items() if key not in had]
    gone = [drop(key) for key in had if key not in has]
    return (*new, *gone)


def reach_rows(before: Reach | None, after: Reach) -> tuple[Row, ...]:
    """Set the deadline of the next count, if it moved."""
    if after.next_on is None or (before is not None and before.next_on == after.next_on):
        return ()
    key = f"reach/{after.edition_id}/{after.next_on.isoformat()}"
    facts = {"counted_on": after.next_on.isoformat()}
    return (put(Deadline(key, "reach", after.edition_id, days.ends_at(after.next_on), facts)),)


def written(
    before: Commitment | None, after: Commitment, reach_before: Reach | None, now: datetime
) -> tuple[tuple[New, ...], tuple[Row, ...]]:
    """What a changed commitment writes: itself, its edition's totals, its deadlines."""
    if before is not None and after == before:
        return (), ()
    states = (New(COMMITMENT(after.commitment_id), after),)
    rows = rows_of(before, after)
    if after.edition_id is None:
        return states, rows
    known = reach_before or Reach(edition_id=after.edition_id)
    totals = recount(known, before, after, now)
    if totals == known:
        return states, rows
    return (*states, New(REACH(after.edition_id), totals)), (*rows, *reach_rows(reach_before, totals))


def on_reminder(deadline: Deadline, now: datetime) -> Change:
    """Rule 11."""
    due_on, distance = date.fromisoformat(deadline.facts["due_on"]), int(deadline.facts["distance"])
    ref = COMMITMENT(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        after, events = remind(before, due_on, distance, now)
        return Decision(states=[New(ref, after)], events=events) if events else Decision()

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


def on_lapse(deadline: Deadline, now: datetime) -> Change:
    """Rule 9."""
    ref, reach_ref = COMMITMENT(deadline.aggregate_id), REACH(deadline.facts["edition_id"])

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        after, events = lapse(before, now)
        states, rows = written(before, after, found[reach_ref], now)
        lapsed = Decided("commitment_lapsed", ref, (after.participant_id, reach_ref.id))
        return Decision(states, events, rows, on_record=[lapsed] if events else ())

    return Change(refs=[ref, reach_ref], decide=decide, now=now, cause_id=deadline.cause_id, by=THE_SERVICE)


def on_reach(deadline: Deadline, now: datetime) -> Change:
    """The edition's figures, once a day."""
    counted_on, ref = date.fromisoformat(deadline.facts["counted_on"]), REACH(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        after, events = count(before, counted_on, now)
        if not events:
            return Decision()
        return Decision(states=[New(ref, after)], events=events, rows=reach_rows(before, after))

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


ON_DUE: Mapping[str, OnDue] = {"reminder": on_reminder, "lapse": on_lapse, "reach": on_reach}


def _wanted(commitment: Commitment) -> list[Deadline]:
    if commitment.state != "open" or commitment.paused or commitment.asking:
        return []
    checks = {commitment.until, *(each.correct_until_on for each in commitment.sessions if each.correct_until_on)}
    return [*_reminders(commitment), *(_lapse_check(commitment, day) for day in sorted(checks))]


def _reminders(commitment: Commitment) -> list[Deadline]:
    id, due_on = commitment.commitment_id, commitment.due
    return [
        Deadline(
            f"reminder/{id}/{due_on.isoformat()}/{distance}",
            "reminder",
            id,
            days.remind_at(due_on, distance),
            {"due_on": due_on.isoformat(), "distance": distance},
        )
        for distance in commitment.required.reminder_days
    ]


def _lapse_check(commitment: Commitment, day: date) -> Deadline:
    id = commitment.commitment_id
    facts = {"edition_id": commitment.edition_id or ""}
    return Deadline(f"lapse/{id}/{day.isoformat()}", "lapse", id, days.ends_at(day), facts)
