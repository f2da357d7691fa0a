"""What a call asks, as coordinators read it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.domain.call import Call
from relevo_intake.domain.questions import Question
from relevo_intake.http.views.calls import call_tag


class QuestionView(Question):
    """One question, with who wrote it as it is and who agreed to it."""

    in_force: bool = Field(description="whether it is asked; what is sensitive is not until it is approved")
    written_by: str
    written_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class QuestionsView(BaseModel):
    """All that a call asks besides the fixed questions. The answer's ETag is that of the call."""

    call_id: Id
    items: tuple[QuestionView, ...]


def questions_answer(call: Call) -> Answer:
    in_force = {each.key for each in call.questions_in_force}
    items = tuple(_view(call, each, in_force=each.key in in_force) for each in call.questions)
    return answer_json(QuestionsView(call_id=call.call_id, items=items), etag=call_tag(call))


def _view(call: Call, question: Question, *, in_force: bool) -> QuestionView:
    known = call.written[question.key]
    return QuestionView(
        **dict(question),
        in_force=in_force,
        written_by=known.by,
        written_at=known.at,
        approved_by=known.approved_by or None,
        approved_at=known.approved_at,
    )
