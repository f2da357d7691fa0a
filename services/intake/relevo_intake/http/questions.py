"""What a call asks besides the fixed questions: coordinators write and approve it, everybody reads it with the call."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands import questions
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.questions import ApproveQuestions, PutQuestions
from relevo_intake.domain.call import NoSuchCall, QuestionsAreFrozen
from relevo_intake.domain.questions import NothingToApprove, QuestionsAreUntranslated, SomebodyElseMustApprove
from relevo_intake.http.callers import InOffice, MayManageCalls
from relevo_intake.http.forms.calls import QuestionsForm
from relevo_intake.http.views.questions import QuestionsView, questions_answer

router = Routes(tags=["questions"])
Tag = Annotated[str, Depends(if_match)]


@router.get("/calls/{call_id}/questions", response_model=QuestionsView, responses=sends(tag=True))
@refuses(NoSuchCall)
async def list_questions(call_id: Id, _: MayManageCalls, office: InOffice) -> Response:
    """What the call asks, with who wrote each question and who approved it (coordinator)."""
    return questions_answer(await call_of(office.store, call_id)).response()


@router.put("/calls/{call_id}/questions", response_model=QuestionsView, responses=sends(tag=True))
@refuses(NoSuchCall, QuestionsAreFrozen, QuestionsAreUntranslated)
async def put_questions(
    call_id: Id, form: QuestionsForm, tag: Tag, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Ask these and no others, until a minute before the call opens (coordinator). Needs If-Match.

    Goes on record. What is as it was keeps its approval.
    """
    command = PutQuestions(call_id, form.questions, tag)
    return await asking.answer(questions.put_questions, office, command, by=caller.id, respond=questions_answer)


@router.post("/calls/{call_id}/questions/approve", response_model=QuestionsView, responses=sends(tag=True))
@refuses(NoSuchCall, NothingToApprove, QuestionsAreFrozen, SomebodyElseMustApprove)
async def approve_questions(
    call_id: Id, tag: Tag, caller: MayManageCalls, asking: InAsking, office: InOffice
) -> Response:
    """Agree to the sensitive questions that another coordinator wrote, so that the call asks them (coordinator).

    Until a minute before the call opens; what nobody agreed to by then is not asked. Goes on record. Needs If-Match.
    """
    command = ApproveQuestions(call_id, tag)
    return await asking.answer(questions.approve_questions, office, command, by=caller.id, respond=questions_answer)
