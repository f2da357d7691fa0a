"""Support requests: participants ask, experts take and answer, coordinators assign. Each sees only what they need."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import if_match
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.http.tokens import UnknownIssuer, named
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import support
from relevo_multiplier_tracking.commands.support import (
    AnswerSupport,
    AskForSupport,
    AskFurther,
    AssignSupport,
    CloseSupport,
    SeeOwnSupport,
    SeeSupport,
    SetSupportTerms,
    TakeSupport,
)
from relevo_multiplier_tracking.domain.commitment import ParticipantHasLeft, ParticipantIsErased
from relevo_multiplier_tracking.domain.sealed import Further, Question, Reply
from relevo_multiplier_tracking.domain.support import (
    NoSuchSupportRequest,
    SupportRequestAwaitsAnswer,
    SupportRequestIsAnswered,
    SupportRequestIsClosed,
    SupportRequestIsFree,
    SupportState,
    TooManyFurtherQuestions,
)
from relevo_multiplier_tracking.http import forms
from relevo_multiplier_tracking.http.callers import (
    OPEN_REFUSALS,
    SEALING_REFUSALS,
    InAsker,
    InOffice,
    MayAnswerSupport,
    MayAssignSupport,
    MayFollowSupport,
    Participant,
    asker_key,
)
from relevo_multiplier_tracking.http.views.support import (
    AssignedSupportView,
    ListedSupportView,
    OwnSupportsView,
    OwnSupportView,
    SupportsView,
    SupportTermsView,
    asked_support_answer,
    assigned_support_answer,
    listed_support_answer,
    listed_support_view,
    own_support_answer,
    support_terms_answer,
    untexted_support_answer,
)
from relevo_multiplier_tracking.rights import RIGHTS, Task
from relevo_multiplier_tracking.store import WantedSupport

router = Routes(tags=["support"])
Tag = Annotated[str, Depends(if_match)]
FURTHER_REFUSALS = (SupportRequestAwaitsAnswer, SupportRequestIsClosed, TooManyFurtherQuestions)


@router.get("/editions/{edition_id}/support", response_model=SupportTermsView, responses=sends(tag=True))
async def read_support_terms(edition_id: Id, shell: InShell, _: MayFollowSupport) -> Response:
    """Within how many days the experts mean to answer. The answer's ETag is what a change sends as If-Match."""
    return support_terms_answer(await store.terms_of_edition(shell.store, edition_id)).response()


@router.put("/editions/{edition_id}/support", response_model=SupportTermsView, responses=sends(tag=True))
async def set_support_terms(
    edition_id: Id,
    form: forms.SupportTermsForm,
    tag: Tag,
    caller: MayAssignSupport,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Say within how many days the experts mean to answer what is asked from now on; what was asked keeps its day.

    Goes on record. Needs If-Match, also the first time.
    """
    command = SetSupportTerms(edition_id, form.answer_days, tag)
    return await asking.answer(support.set_terms, office, command, by=caller.id, respond=support_terms_answer)


@router.post("/me/support-requests", status_code=201, response_model=OwnSupportView)
@refuses(*OPEN_REFUSALS)
async def ask_for_support(form: forms.QuestionForm, own: InAsker, asking: InAsking, office: InOffice) -> Response:
    """Ask the experts a question. The answer says until the end of which day they mean to answer."""
    question = Question(language=form.language, text=form.question)
    command, respond = AskForSupport(own.commitment_id, form.topic, question), asked_support_answer
    return await asking.answer(support.ask_for_support, office, command, by=own.id, respond=respond, key=own.key)


@router.get("/me/support-requests", response_model=OwnSupportsView)
@refuses(BadCursor)
async def list_own_support(
    caller: Participant, asking: InAsking, office: InOffice, limit: Limit = 20, after: After = None
) -> Response:
    """The participant's own questions with their answers; and within how many days the experts mean to answer."""
    participant_id = caller.claim("participant_id")
    cursors = Cursors(office.vault.service_key, "own-support-requests", participant_id)
    query = SeeOwnSupport(participant_id, limit + 1, cursors.after(after))
    respond = partial(own_support_answer, cursors=cursors, limit=limit)
    return await asking.answer(support.see_own_support, office, query, by=caller.id, respond=respond)


@router.post("/me/support-requests/{support_request_id}/ask-further", response_model=OwnSupportView)
@refuses(NoSuchSupportRequest, *SEALING_REFUSALS, *FURTHER_REFUSALS)
async def ask_further(
    support_request_id: Id,
    form: forms.FurtherForm,
    own: InAsker,
    caller: Participant,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Ask something more about an answer, of the expert who gave it."""
    command = AskFurther(support_request_id, caller.claim("participant_id"), Further(text=form.question))
    respond = untexted_support_answer
    return await asking.answer(support.ask_further, office, command, by=own.id, respond=respond, key=own.key)


@router.post("/me/support-requests/{support_request_id}/close", response_model=OwnSupportView)
@refuses(NoSuchSupportRequest)
async def close_own_support(
    support_request_id: Id, caller: Participant, asking: InAsking, office: InOffice
) -> Response:
    """Say that nothing more is needed."""
    command = CloseSupport(support_request_id, caller.claim("participant_id"))
    return await asking.answer(support.close_support, office, command, by=caller.id, respond=untexted_support_answer)


@router.get("/support-requests")
@refuses(BadCursor)
async def list_support(
    shell: InShell,
    caller: MayFollowSupport,
    state: SupportState | None = None,
    mine: Annotated[bool, Query(description="only those assigned to the caller")] = False,
    late: Annotated[bool, Query(description="only those whose day for an answer is over")] = False,
    edition_id: Annotated[Id | None, Query(description="only those of an edition")] = None,
    limit: Limit = 50,
    after: After = None,
) -> SupportsView:
    """Questions without their texts: those that are late first, then those that wait, the oldest first.

    An expert sees the open ones, and those assigned to themself with ``mine``.
    """
    editions = RIGHTS.looked_into(caller, Task.FOLLOW_SUPPORT, edition_id)
    if not mine and not all(RIGHTS.may(caller, Task.ASSIGN_SUPPORT, each) for each in editions or (None,)):
        state = "open"
    wanted = WantedSupport(state, caller.id if mine else None, late, editions)
    cursors = Cursors(shell.vault.service_key, "support-requests", *(str(each) for each in wanted))
    found = await store.support_requests(shell.store, wanted, limit + 1, cursors.after(after))
    page = cursors.page(found.requests, limit, store.support_place_of)
    items = tuple(listed_support_view(each) for each in page.items)
    return SupportsView(items=items, next=page.next, total=found.total, late=found.late)


@router.get("/support-requests/{support_request_id}", response_model=AssignedSupportView)
@refuses(NoSuchSupportRequest, SupportRequestIsFree)
async def read_support(
    support_request_id: Id, caller: MayAnswerSupport, asking: InAsking, office: InOffice
) -> Response:
    """A question with its text, for the expert it is assigned to and nobody else. Opening it is put on record."""
    query = SeeSupport(support_request_id)
    return await asking.answer(support.see_support, office, query, by=caller.id, respond=assigned_support_answer)


@router.post("/support-requests/{support_request_id}/take", response_model=ListedSupportView)
@refuses(NoSuchSupportRequest, SupportRequestIsAnswered, SupportRequestIsClosed)
async def take_support(
    support_request_id: Id, caller: MayAnswerSupport, asking: InAsking, office: InOffice
) -> Response:
    """Take a free question, to answer it."""
    command = TakeSupport(support_request_id)
    return await asking.answer(support.take_support, office, command, by=caller.id, respond=listed_support_answer)


@router.post("/support-requests/{support_request_id}/assign", response_model=ListedSupportView)
@refuses(NoSuchSupportRequest, SupportRequestIsAnswered, SupportRequestIsClosed, UnknownIssuer)
async def assign_support(
    support_request_id: Id, form: forms.AssignForm, caller: MayAssignSupport, asking: InAsking, office: InOffice
) -> Response:
    """Give a question to an expert."""
    command = AssignSupport(support_request_id, named(form.expert_id, asking.shell.tokens.issuers))
    return await asking.answer(support.assign_support, office, command, by=caller.id, respond=listed_support_answer)


@router.post("/support-requests/{support_request_id}/answer", response_model=AssignedSupportView)
@refuses(
    NoSuchSupportRequest,
    ParticipantHasLeft,
    ParticipantIsErased,
    PersonErased,
    SupportRequestIsAnswered,
    SupportRequestIsClosed,
    SupportRequestIsFree,
)
async def answer_support(
    support_request_id: Id, form: forms.ReplyForm, caller: MayAnswerSupport, asking: InAsking, office: InOffice
) -> Response:
    """Answer a question, as the expert it is assigned to."""
    command, respond = AnswerSupport(support_request_id, Reply(text=form.answer)), assigned_support_answer
    key = await asker_key(office, caller, support_request_id)
    return await asking.answer(support.answer_support, office, command, by=caller.id, respond=respond, key=key)


@router.post("/support-requests/{support_request_id}/close", response_model=ListedSupportView)
@refuses(NoSuchSupportRequest)
async def close_support(
    support_request_id: Id, caller: MayAssignSupport, asking: InAsking, office: InOffice
) -> Response:
    """Close a question that needs no answer any more."""
    command = CloseSupport(support_request_id)
    return await asking.answer(support.close_support, office, command, by=caller.id, respond=listed_support_answer)
