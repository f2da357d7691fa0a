"""Questions to the experts: of each, what its reader may see."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import Answer, answer_json
from relevo_chassis.http.paging import Cursors, Page
from relevo_contracts.model import Frozen, Id
from relevo_contracts.multiplier_tracking import SupportTopic
from relevo_multiplier_tracking.commands.support import OpenedSupport, OpenedTurn, OwnSupport
from relevo_multiplier_tracking.domain.sealed import Further, Question, Reply
from relevo_multiplier_tracking.domain.support import SupportRequest, SupportState, SupportTerms


class SupportTermsView(Frozen):
    """How the experts of an edition mean to answer."""

    edition_id: Id
    answer_days: int = Field(description="within how many days")


class _Target(Frozen):
    """Until when an answer is meant to be there."""

    answer_until_on: date | None = Field(
        default=None, description="the last day for an answer, while one is awaited; over when it is over at UTC-12"
    )
    late: bool = Field(default=False, description="whether that day is over and there is no answer")


class TurnView(Frozen):
    """A question further to the first, and its answer."""

    asked_at: datetime
    question: Further | None
    answered_at: datetime | None
    answer: Reply | None


class OwnSupportView(_Target):
    """A participant's own question and its answer, and what was asked further to it."""

    support_request_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    answered_at: datetime | None
    question: Question | None = None
    answer: Reply | None = None
    further: tuple[TurnView, ...] = ()


class OwnSupportsView(Page[OwnSupportView]):
    """A page of a participant's own questions."""

    answer_days: int = Field(description="within how many days the experts mean to answer what is asked now")


class ListedSupportView(_Target):
    """A question as experts and coordinators see it listed: without its text, and without whose it is."""

    support_request_id: str
    topic: SupportTopic
    state: SupportState
    asked_at: datetime
    answered_at: datetime | None
    expert_id: str | None


class SupportsView(Page[ListedSupportView]):
    """A page of questions: those that are late first, then those that wait, the oldest first."""

    total: int = Field(description="on all pages")
    late: int = Field(description="how many of them, on all pages, are late")


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
        answer_until_on=request.answer_until_on,
        late=request.late,
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
        answer_until_on=request.answer_until_on,
        late=request.late,
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


def own_support_answer(read: OwnSupport, *, cursors: Cursors, limit: int) -> Answer:
    own = [own_support_view(each) for each in read.opened]
    page = cursors.page(own, limit, lambda each: each.support_request_id)
    return answer_json(OwnSupportsView(items=page.items, next=page.next, answer_days=read.answer_days))


def support_terms_answer(terms: SupportTerms) -> Answer:
    view = SupportTermsView(edition_id=terms.edition_id, answer_days=terms.answer_days)
    return answer_json(view, etag=etag_of(terms))


def listed_support_answer(request: SupportRequest) -> Answer:
    return answer_json(listed_support_view(request))


def assigned_support_answer(read: OpenedSupport) -> Answer:
    return answer_json(assigned_support_view(read))
