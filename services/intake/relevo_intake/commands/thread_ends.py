"""How a thread with the secretariat ends: 90 days after the certificate, or with its person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Decided, Decision, Found, New, Ref, Row
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.people.vault import SEALED, ended
from relevo_intake.commands.readings import THE_SERVICE
from relevo_intake.domain import thread
from relevo_intake.domain.call import ANSWER_DAYS
from relevo_intake.domain.participant import Participant
from relevo_intake.domain.sealed import THREADS
from relevo_intake.domain.thread import KEPT_AFTER_CERTIFICATE, Thread
from relevo_intake.store import ENDING
from relevo_intake.store.people import APPLICATION
from relevo_intake.store.threads import THREAD

THREAD_ENDS = "thread_ends"
PUT_OFF = timedelta(days=ANSWER_DAYS)
"""For how long it waits for what is not answered yet."""


def thread_end_row(one: Participant, issued_at: datetime) -> Row:
    """The deadline of a thread, counted from the last certificate; there may be no thread, and then none is begun."""
    return _deadline(one.application_id, one.person_id, issued_at + KEPT_AFTER_CERTIFICATE)


def on_thread_end_due(deadline: Deadline, now: datetime) -> Change:
    """The 90 days are over: the key of what was written is destroyed, and all of it with the key. What still waits for
    an answer is answered or closed before, unless none of it can be read any more."""
    id, person_id = deadline.aggregate_id, deadline.facts["person_id"]
    ref, over_ref, own_ref = THREAD(id), ENDING.kind(person_id), APPLICATION(id)

    def decide(found: Found) -> Decision:
        there, one, known = found[ref], found[own_ref], found[over_ref]
        if one is None or one.state == "erased":
            return Decision()
        is_over = known is not None and THREADS in known.ended
        if there is not None and there.waits and not is_over:
            return Decision(rows=[_deadline(id, person_id, now + PUT_OFF)])
        over, events = ENDING.end(known, person_id, THREADS, now)
        rows = ended(person_id, THREADS, thread.places_of(there) if there else (), over.ended[THREADS])
        on_record = [Decided("data_destroyed", over_ref, because=THREADS)] if events else []
        return Decision([New(over_ref, over), *over_with(found, id, now)], events, rows, on_record=on_record)

    refs: list[Ref[Any]] = [ref, over_ref, own_ref]
    return Change(refs, decide, now, deadline.cause_id, by=THE_SERVICE)


def over_with(found: Found, id: str, now: datetime) -> list[New]:
    """The thread of an application or draft, over with its person, if there is one."""
    there = found[THREAD(id)]
    return [New(THREAD(id), thread.end(there, now))] if there is not None else []


def removed(person_id: str, there: Thread | None) -> list[Row]:
    """The rows of the vault that go with a thread."""
    return [Row(SEALED, f"{person_id}/{place}", None) for place in thread.places_of(there)] if there else []


def _deadline(application_id: str, person_id: str, due_at: datetime) -> Row:
    key, facts = f"{THREAD_ENDS}/{application_id}", {"person_id": person_id}
    return deadlines.put(Deadline(key, THREAD_ENDS, application_id, due_at, facts))
