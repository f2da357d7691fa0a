"""Support requests: participants ask, experts take and answer, coordinators assign. Each sees only what they need."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response

from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, answer_json
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.tokens import UnknownIssuer, named
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts.model import Id
from relevo_multiplier_tracking import store
from relevo_multiplier_tracking.commands import support as commands
from relevo_multiplier_tracking.commands.keys import participant_key
from relevo_multiplier_tracking.domain.joining import commitment_id_of
from relevo_multiplier_tracking.domain.refusals import (
    NoSuchSupportRequest,
    ParticipantHasLeft,
    ParticipantIsErased,
    SupportRequestIsAnswered,
    SupportRequestIsClosed,
    SupportRequestIsFree,
)
from relevo_multiplier_tracking.domain.sealed import Question, Reply
from relevo_multiplier_tracking.domain.support import SupportRequest, SupportState, require_may_read
from relevo_multiplier_tracking.http import forms
from relevo_multiplier_tracking.http.answers import (
    AssignedSupportRequest,
    ListedSupportRequest,
    OwnSupportRequest,
    assigned_support_request,
    listed_support_request,
    own_support_request,
)
from relevo_multiplier_tracking.http.asking import (
    OPEN,
    Coordinator,
    Expert,
    Helper,
    InShell,
    Participant,
    commanded,
)
from relevo_multiplier_tracking.http.sealed import Reader, support_texts
from relevo_multiplier_tracking.store import Place

router = Routes(tags=["support"])


@router.post("/me/support-requests", status_code=201, response_model=OwnSupportRequest)
@refuses(*OPEN)
async def ask(request: Request, shell: InShell, caller: Participant, form: forms.QuestionForm) -> Response:
    """Ask the experts a question."""
    place = store.place_of(await store.own_commitment(shell.store, caller.claim("participant_id")))
    key = await participant_key(shell.committer, shell.vault, place, shell.clock.now(), new_id())
    question = Question(language=form.language, text=form.question)
    command = commands.AskForSupport(support_request_id=new_id(), topic=form.topic, question=question)
    return await commanded(
        shell,
        request,
        caller,
        key,
        lambda asked_for, _: answer_json(own_support_request(asked_for, question), 201),
        lambda asked: commands.ask_for_support(shell.committer, place, key, command, asked),
    )


@router.get("/me/support-requests")
@refuses(BadCursor)
async def see_own_requests(
    shell: InShell, caller: Participant, limit: Limit = 20, after: After = None
) -> Page[OwnSupportRequest]:
    """The participant's own questions with their answers."""
    participant_id = caller.claim("participant_id")
    cursors = Cursors(shell.vault.service_key, "own-support-requests", participant_id)
    found = await store.support_requests(shell.store, limit + 1, cursors.after(after), participant_id=participant_id)
    texts = await support_texts(shell, Reader(caller.id, "own"), participant_id, found)
    own = [own_support_request(each, *text) for each, text in zip(found, texts, strict=True)]
    return cursors.page(own, limit, lambda each: each.support_request_id)


@router.post("/me/support-requests/{support_request_id}/close", response_model=OwnSupportRequest)
@refuses(NoSuchSupportRequest)
async def close_own(request: Request, shell: InShell, caller: Participant, support_request_id: Id) -> Response:
    """Say that nothing more is needed."""
    found = await store.support_request_of(shell.store, support_request_id)
    if found.participant_id != caller.claim("participant_id"):
        raise NoSuchSupportRequest(support_request_id=support_request_id)
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        lambda closed, _: answer_json(own_support_request(closed)),
        lambda asked: commands.close_support(shell.committer, support_request_id, asked),
    )


@router.get("/support-requests")
@refuses(BadCursor)
async def list_requests(
    shell: InShell,
    caller: Helper,
    state: SupportState | None = None,
    mine: Annotated[bool, Query(description="only those assigned to the caller")] = False,
    limit: Limit = 50,
    after: After = None,
) -> Page[ListedSupportRequest]:
    """Questions without their texts. An expert sees the open ones, and those assigned to themself with ``mine``."""
    if not caller.has("coordinator") and not mine:
        state = "open"
    expert_id = caller.id if mine else None
    cursors = Cursors(shell.vault.service_key, "support-requests", str(state), str(expert_id))
    found = await store.support_requests(shell.store, limit + 1, cursors.after(after), state=state, expert_id=expert_id)
    listed = [listed_support_request(each) for each in found]
    return cursors.page(listed, limit, lambda each: each.support_request_id)


@router.get("/support-requests/{support_request_id}")
@refuses(NoSuchSupportRequest, SupportRequestIsFree)
async def read_request(shell: InShell, caller: Expert, support_request_id: Id) -> AssignedSupportRequest:
    """A question with its text, for the expert it is assigned to and nobody else. Opening it is put on record."""
    found = await store.support_request_of(shell.store, support_request_id)
    require_may_read(found, caller.id)
    reader = Reader(caller.id, "support")
    [texts] = await support_texts(shell, reader, found.participant_id, [found])
    return assigned_support_request(found, *texts)


@router.post("/support-requests/{support_request_id}/take", response_model=ListedSupportRequest)
@refuses(NoSuchSupportRequest, SupportRequestIsAnswered, SupportRequestIsClosed)
async def take(request: Request, shell: InShell, caller: Expert, support_request_id: Id) -> Response:
    """Take a free question, to answer it."""
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        _listed,
        lambda asked: commands.take_support(shell.committer, support_request_id, asked),
    )


@router.post("/support-requests/{support_request_id}/assign", response_model=ListedSupportRequest)
@refuses(NoSuchSupportRequest, SupportRequestIsAnswered, SupportRequestIsClosed, UnknownIssuer)
async def assign(
    request: Request, shell: InShell, caller: Coordinator, support_request_id: Id, form: forms.AssignForm
) -> Response:
    """Give a question to an expert."""
    command = commands.AssignSupport(
        support_request_id=support_request_id, expert_id=named(form.expert_id, shell.tokens.issuers)
    )
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        _listed,
        lambda asked: commands.assign_support(shell.committer, command, asked),
    )


@router.post("/support-requests/{support_request_id}/answer", response_model=AssignedSupportRequest)
@refuses(
    NoSuchSupportRequest,
    ParticipantHasLeft,
    ParticipantIsErased,
    PersonErased,
    SupportRequestIsAnswered,
    SupportRequestIsClosed,
    SupportRequestIsFree,
)
async def answer(
    request: Request, shell: InShell, caller: Expert, support_request_id: Id, form: forms.ReplyForm
) -> Response:
    """Answer a question, as the expert it is assigned to."""
    found = await store.support_request_of(shell.store, support_request_id)
    require_may_read(found, caller.id)
    key = await shell.vault.key_of(found.participant_id)
    place = Place(commitment_id_of(found.participant_id), found.participant_id, found.edition_id)
    reply = Reply(text=form.answer)
    command = commands.AnswerSupport(support_request_id=support_request_id, reply=reply)
    return await commanded(
        shell,
        request,
        caller,
        key,
        lambda answered, _: answer_json(assigned_support_request(answered, None, reply)),
        lambda asked: commands.answer_support(shell.committer, place, key, command, asked),
    )


@router.post("/support-requests/{support_request_id}/close", response_model=ListedSupportRequest)
@refuses(NoSuchSupportRequest)
async def close(request: Request, shell: InShell, caller: Coordinator, support_request_id: Id) -> Response:
    """Close a question that needs no answer any more."""
    return await commanded(
        shell,
        request,
        caller,
        shell.vault.service_key,
        _listed,
        lambda asked: commands.close_support(shell.committer, support_request_id, asked),
    )


def _listed(request: SupportRequest, _: datetime) -> Answer:
    return answer_json(listed_support_request(request))
