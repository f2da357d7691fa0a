"""Questions to the experts: of each, what its reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from relevo_chassis.http.once import Answer, answer_json
from relevo_chassis.http.paging import Cursors
from relevo_contracts.model import Frozen
from relevo_contracts.multiplier_tracking import (
    SupportTopic,
)
from relevo_multiplier_tracking.commands.support import OpenedSupport, OpenedTurn
from relevo_multiplier_tracking.domain.sealed import (
    Further,
    Question,
    Reply,
)
from relevo_multiplier_tracking.domain.support import SupportRequest, SupportState


class TurnView(Frozen):
    """A question further to the first, and its answer."""

    asked_at: datetime
    question: Further | None
    answered_at: datetime | None
    answer: Reply | None


class OwnSupportView(Frozen):
    """A participant's own question and its answer, and what was asked further to it."""

    support_request_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    answered_at: datetime | None
    question: Question | None = None
    answer: Reply | None = None
    further: tuple[TurnView, ...] = ()


class ListedSupportView(Frozen):
    """A question as experts and coordinators see it listed: without its text, and without whose it is."""

    support_request_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    answered_at: datetime | None
    expert_id: str | None


class AssignedSupportView(ListedSupportView):
    """A question as the expert it is assigned to reads it."""

    question: Question | None
    answer: Reply | None
    further: tuple[TurnView, ...] = ()


def own_support_view(read: OpenedSupport) -> OwnSupportView:
    request = read.request
    return OwnSupportView(
        support_request_id=request.support_request_id,
        topic=request.topic,
        state=request.state,
        asked_at=request.asked_at,
        answered_at=request.answered_at,
        question=read.question,
        answer=read.reply,
        further=_turns(read),
    )


def listed_support_view(request: SupportRequest) -> ListedSupportView:
    return ListedSupportView(
        support_request_id=request.support_request_id,
        topic=request.topic,
        state=request.state,
        asked_at=request.asked_at,
        answered_at=request.answered_at,
        expert_id=request.expert_id,
    )


def assigned_support_view(read: OpenedSupport) -> AssignedSupportView:
    listed = listed_support_view(read.request).model_dump()
    return AssignedSupportView(**listed, question=read.question, answer=read.reply, further=_turns(read))


def _turns(read: OpenedSupport) -> tuple[TurnView, ...]:
    """When each was asked and answered, with the texts that were opened."""
    texts = read.further or (OpenedTurn(),) * len(read.request.further)
    return tuple(
        TurnView(asked_at=turn.asked_at, question=text.question, answered_at=turn.answered_at, answer=text.reply)
        for turn, text in zip(read.request.further, texts, strict=True)
    )


def asked_support_answer(read: OpenedSupport) -> Answer:
    return answer_json(own_support_view(read), 201)


def untexted_support_answer(request: SupportRequest) -> Answer:
    """To the participant who asked further, or closed it; what was asked and answered is read apart."""
    return answer_json(own_support_view(OpenedSupport(request)))


def own_support_answer(read: Sequence[OpenedSupport], *, cursors: Cursors, limit: int) -> Answer:
    own = [own_support_view(each) for each in read]
    return answer_json(cursors.page(own, limit, lambda each: each.support_request_id))


def listed_support_answer(request: SupportRequest) -> Answer:
    return answer_json(listed_support_view(request))


def assigned_support_answer(read: OpenedSupport) -> Answer:
    return answer_json(assigned_support_view(read))
