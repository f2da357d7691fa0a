"""Calls, as anybody and as their coordinators read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts import Requirements
from relevo_contracts.intake import ClosedBy
from relevo_contracts.model import Id
from relevo_intake.commands.calls import CallFigures, LateCodeIssued, public_part
from relevo_intake.domain.call import Call, CallState, Criteria
from relevo_intake.domain.questions import Question
from relevo_intake.http.forms.calls import Texts, Titles


class CallView(BaseModel):
    """A call as it is published."""

    call_id: Id
    edition_id: Id
    titles: Titles
    texts: Texts
    state: CallState
    opens_at: datetime
    closes_at: datetime
    seats: int
    travel_grants: int
    requirements: Requirements
    requirements_version: int
    criteria: Criteria
    answer_days: int = Field(description="within how many days the secretariat means to answer whoever writes to it")
    proof_wanted: bool = Field(
        description="whether the call is under attack, and whoever begins brings a solved challenge or a ticket"
    )
    questions: tuple[Question, ...] = Field(
        description="what is asked besides the fixed questions, what each is for, and until when its answers are kept"
    )


class CallFiguresView(CallView):
    """A call as its coordinators see it."""

    applications: int = Field(description="accepted, linked ones among them")
    closed_at: datetime | None
    closed_by: ClosedBy | None = Field(description="how it was closed; null while nobody has closed it")
    closed_by_whom: str | None = Field(description="who closed it by hand")
    late_codes: int = Field(description="late-access codes given out")
    late_codes_used: int


class LateCodeView(BaseModel):
    """A late-access code, shown this once; hand it to one person."""

    late_code: str
    expires_at: datetime


def call_tag(call: Call) -> str:
    return etag_of(public_part(call))


def call_view(call: Call, now: datetime) -> CallView:
    return CallView(**_call_fields(call, now))


def call_answer(call: Call, now: datetime) -> Answer:
    return answer_json(call_view(call, now), etag=call_tag(call))


def figures_answer(figures: CallFigures) -> Answer:
    return answer_json(_figures(figures), etag=call_tag(figures.call))


def opened_answer(figures: CallFigures) -> Answer:
    call = figures.call
    return answer_json(_figures(figures), 201, location=f"/calls/{call.call_id}", etag=call_tag(call))


def late_code_answer(issued: LateCodeIssued) -> Answer:
    return answer_json(LateCodeView(late_code=issued.code, expires_at=issued.expires_at), 201)


def _call_fields(call: Call, now: datetime) -> dict[str, Any]:
    of_its_own = {"state": call.state_at(now), "questions": call.questions_in_force, "proof_wanted": call.guard.is_up}
    return {**{name: getattr(call, name) for name in CallView.model_fields if name not in of_its_own}, **of_its_own}


def _figures(figures: CallFigures) -> CallFiguresView:
    call, applications, now = figures
    used = sum(1 for code in call.late_codes if code.used_by)
    return CallFiguresView(
        **_call_fields(call, now),
        applications=applications,
        closed_at=call.closed_at,
        closed_by=call.closed_by,
        closed_by_whom=call.closed_by_whom,
        late_codes=len(call.late_codes),
        late_codes_used=used,
    )
