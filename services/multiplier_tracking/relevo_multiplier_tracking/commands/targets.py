"""The last day for an answer to what a participant asked: set with the question, gone with its answer.

Whoever cannot be answered any more, since they were erased or nothing of their questions is kept, waits for nothing:
what they asked is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_chassis.delivery.change import Change, Decided, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, drop, put
from relevo_multiplier_tracking.domain import days, support
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.sealed import THREADS, questions_among
from relevo_multiplier_tracking.domain.support import SupportRequest
from relevo_multiplier_tracking.store import COMMITMENT, ENDING, SUPPORT_REQUEST

ANSWER = "answer"
"""The kind of its deadlines."""
THE_SERVICE = "multiplier_tracking"
"""Who closes what cannot be answered any more."""


def target_rows(before: SupportRequest | None, after: SupportRequest) -> Sequence[Row]:
    """Set the deadline of what waits, or take it back, if it is another than before."""
    had, has = before.answer_until_on if before else None, after.answer_until_on
    if had == has:
        return []
    if has is None:
        return [drop(_key(after.support_request_id))]
    return [_deadline(after.support_request_id, after.participant_id, days.ends_at(has))]


def rows_of_erased(commitment: Commitment, now: datetime) -> Sequence[Row]:
    """Whatever this participant asked is looked at now."""
    ids = questions_among(commitment.sealed)
    return [_deadline(each, commitment.participant_id, now) for each in ids]


def on_answer_due(deadline: Deadline, now: datetime) -> Change:
    """What was not answered by its last day is late, and said to be; what can never be is closed."""
    participant_id = deadline.facts["participant_id"]
    ref, over_ref = SUPPORT_REQUEST(deadline.aggregate_id), ENDING.kind(participant_id)
    commitment_ref = COMMITMENT(commitment_id_of(participant_id))

    def decide(found: Found) -> Decision:
        before, commitment, over = found[ref], found[commitment_ref], found[over_ref]
        if before is None or not before.waits:
            return Decision()
        erased = commitment is None or commitment.erased_at is not None
        if erased or (over is not None and THREADS in over.ended):
            after, events = support.close(before, "kept_no_longer", now, THE_SERVICE)
            under = (commitment_ref.id, participant_id, before.edition_id)
            return Decision([New(ref, after)], events, on_record=[Decided("support_closed", ref, under)])
        after, events = support.note_late(before, now)
        return Decision([New(ref, after)], events) if events else Decision()

    return Change([ref, commitment_ref, over_ref], decide, now, deadline.cause_id, by=THE_SERVICE)


def _deadline(support_request_id: str, participant_id: str, due_at: datetime) -> Row:
    facts = {"participant_id": participant_id}
    return put(Deadline(_key(support_request_id), ANSWER, support_request_id, due_at, facts))


def _key(support_request_id: str) -> str:
    return f"answer/{support_request_id}"
