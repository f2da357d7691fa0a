"""What is due without anybody asking: reminders, the check whether a commitment lapses, the daily count of reach, and
what the experts should have answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from relevo_chassis.delivery.change import Change, Decided, Decision, Found, New
from relevo_chassis.delivery.deadlines import Deadline, OnDue
from relevo_multiplier_tracking.commands.saving import COUNT, LAPSE, REMINDER, count_rows, saved
from relevo_multiplier_tracking.commands.targets import ANSWER, THE_SERVICE, on_answer_due
from relevo_multiplier_tracking.domain.period import lapse
from relevo_multiplier_tracking.domain.reach import count
from relevo_multiplier_tracking.domain.reminder import remind
from relevo_multiplier_tracking.store import COMMITMENT, REACH


def on_reminder_due(deadline: Deadline, now: datetime) -> Change:
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


def on_lapse_due(deadline: Deadline, now: datetime) -> Change:
    """Rule 9."""
    ref, reach_ref = COMMITMENT(deadline.aggregate_id), REACH(deadline.facts["edition_id"])

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        after, events = lapse(before, now)
        states, rows = saved(before, after, found[reach_ref], now)
        lapsed = Decided("commitment_lapsed", ref, (after.participant_id, reach_ref.id))
        return Decision(states, events, rows, on_record=[lapsed] if events else ())

    return Change(refs=[ref, reach_ref], decide=decide, now=now, cause_id=deadline.cause_id, by=THE_SERVICE)


def on_count_due(deadline: Deadline, now: datetime) -> Change:
    """The edition's figures, at the end of a day."""
    counted_on, ref = date.fromisoformat(deadline.facts["counted_on"]), REACH(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        after, events = count(before, counted_on, now)
        if after == before:
            return Decision()
        return Decision(states=[New(ref, after)], events=events, rows=count_rows(before, after))

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


ON_DUE: Mapping[str, OnDue] = {
    REMINDER: on_reminder_due,
    LAPSE: on_lapse_due,
    COUNT: on_count_due,
    ANSWER: on_answer_due,
}
