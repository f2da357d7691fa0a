"""What a coordinator has a call ask, and what a second one agrees to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat
from relevo_chassis.http.etag import must_match
from relevo_intake.commands.calls import call_of, existing, public_part
from relevo_intake.commands.office import Office
from relevo_intake.domain import call
from relevo_intake.domain.call import Call
from relevo_intake.domain.questions import Question
from relevo_intake.store.people import CALL

MOST_CALLS = 100
"""Of how many a process holds what they ask."""


@dataclass(frozen=True, slots=True)
class PutQuestions:
    """``tag`` is the ETag of the call that the coordinator saw."""

    call_id: str
    questions: Sequence[Question]
    tag: str


@dataclass(frozen=True, slots=True)
class ApproveQuestions:
    """``tag`` is the ETag of the call that the coordinator saw."""

    call_id: str
    tag: str


async def questions_in_force(office: Office, call_id: str, now: datetime) -> tuple[Question, ...]:
    """What the call asks besides the fixed questions. Read once by a process when it stands. Raises ``NoSuchCall``."""
    if (known := office.questions.get(call_id)) is not None:
        return known
    found = await call_of(office.store, call_id)
    if found.questions_frozen_at(now):
        if len(office.questions) >= MOST_CALLS:
            office.questions.clear()
        office.questions[call_id] = found.questions_in_force
    return found.questions_in_force


async def put_questions(office: Office, command: PutQuestions, asked: Asked) -> Call | Repeat:
    """Ask these and no others. Raises ``ChangedSince``, ``QuestionsAreFrozen`` or ``QuestionsAreUntranslated``."""

    def change(present: Call) -> Call:
        return call.put_questions(present, command.questions, asked.by, asked.now)

    return await _changed(office, command.call_id, command.tag, change, "questions_put", asked)


async def approve_questions(office: Office, command: ApproveQuestions, asked: Asked) -> Call | Repeat:
    """Agree to what is sensitive and somebody else wrote.

    Raises ``ChangedSince``, ``QuestionsAreFrozen``, ``NothingToApprove`` or ``SomebodyElseMustApprove``.
    """

    def change(present: Call) -> Call:
        return call.approve_questions(present, asked.by, asked.now)

    return await _changed(office, command.call_id, command.tag, change, "questions_approved", asked)


async def _changed(
    office: Office, call_id: str, tag: str, change: Callable[[Call], Call], code: str, asked: Asked
) -> Call | Repeat:
    ref = CALL(call_id)

    def decide(found: Found) -> Decision[Call]:
        present = existing(found[ref], ref.id)
        must_match(tag, public_part(present))
        changed = change(present)
        if changed == present:
            return Decision(answer=changed)
        return Decision([New(ref, changed)], answer=changed, on_record=[Decided(code, ref, (changed.edition_id,))])

    return await office.commits.commit(asked.change([ref], decide))
