"""Somebody to write to: what people ask the secretariat, and what it answers. Each sees only what they need."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query, Response

from relevo_chassis.given.asking import InAsking, InShell
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import threads
from relevo_intake.commands.office import applicant
from relevo_intake.commands.threads import (
    AnswerThread,
    CloseOwnThread,
    CloseThread,
    SeeOwnThread,
    SeeThread,
    WriteMessage,
)
from relevo_intake.domain.thread import (
    NoSuchThread,
    NothingWaits,
    ThreadIsFull,
    TooManyMessages,
    TooManyUnanswered,
    WrittenSince,
)
from relevo_intake.http.callers import InOffice, MayAnswerThreads, OwnEntrant, OwnEntrantKey
from relevo_intake.http.forms.threads import ClosingForm, MessageForm, ThreadAnswerForm
from relevo_intake.http.views.threads import (
    ListedThreadView,
    OwnThreadView,
    StaffThreadView,
    ThreadsView,
    WrittenView,
    answered_answer,
    asked_answer,
    listed_thread_view,
    own_thread_answer,
    staff_thread_answer,
    written_answer,
)
from relevo_intake.store.threads import WantedThreads, place_of, threads_of_edition

router = Routes(tags=["threads"])


@router.get("/me/thread", response_model=OwnThreadView)
@refuses(BadCursor, PersonErased)
async def read_own_thread(
    own: OwnEntrant,
    asking: InAsking,
    office: InOffice,
    mark: Annotated[bool, Query(description="false to look without saying that it was read")] = True,
    after: After = None,
    limit: Limit = 50,
) -> Response:
    """What one wrote to the secretariat and was answered, the newest first (receipt or token).

    Opened without `after` all of it counts as read.
    """
    cursors = Cursors(office.vault.service_key, "own-thread", own.id)
    query = SeeOwnThread(own.found, limit, _before(cursors, after), mark)
    respond = partial(own_thread_answer, cursors=cursors, limit=limit)
    return await asking.answer(threads.see_own_thread, office, query, by=applicant(own.id), respond=respond)


@router.post("/me/thread/messages", status_code=201, response_model=WrittenView)
@refuses(ThreadIsFull, TooManyMessages, TooManyUnanswered)
async def write_message(
    form: MessageForm, own: OwnEntrant, key: OwnEntrantKey, asking: InAsking, office: InOffice
) -> Response:
    """Ask the secretariat something, or ask further (receipt or token): at any time, also in danger and without an
    address. At most ten messages in 24 hours, and five that wait for an answer."""
    command, by = WriteMessage(own.found, form.content()), applicant(own.id)
    return await asking.answer(threads.write_message, office, command, by=by, respond=asked_answer, key=key)


@router.post("/me/thread/close", response_model=WrittenView)
@refuses(NoSuchThread)
async def close_own_thread(own: OwnEntrant, key: OwnEntrantKey, asking: InAsking, office: InOffice) -> Response:
    """Say that no answer is needed any more (receipt or token)."""
    command, by = CloseOwnThread(own.found), applicant(own.id)
    return await asking.answer(threads.close_own_thread, office, command, by=by, respond=written_answer, key=key)


@router.get("/editions/{edition_id}/threads")
@refuses(BadCursor)
async def list_threads(
    edition_id: Id,
    _: MayAnswerThreads,
    shell: InShell,
    waiting: Annotated[bool, Query(description="only those in which something waits for an answer")] = False,
    late: Annotated[bool, Query(description="only those whose target is passed")] = False,
    after: After = None,
    limit: Limit = 50,
) -> ThreadsView:
    """Who has written to the secretariat, without whose it is and what it says: those that wait first, the oldest first
    (coordinator)."""
    cursors = Cursors(shell.vault.service_key, "threads", edition_id, str(waiting), str(late))
    now = shell.clock.now()
    wanted = WantedThreads(edition_id, waiting, now if late else None)
    found, total = await threads_of_edition(shell.store, wanted, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, place_of)
    return ThreadsView(items=tuple(listed_thread_view(each, now) for each in page.items), total=total, next=page.next)


@router.get("/threads/{thread_id}", response_model=StaffThreadView)
@refuses(BadCursor, NoSuchThread)
async def read_thread(
    thread_id: Id,
    caller: MayAnswerThreads,
    asking: InAsking,
    office: InOffice,
    after: After = None,
    limit: Limit = 50,
) -> Response:
    """What somebody wrote and was answered, the newest first (coordinator). Opening it is put on record."""
    cursors = Cursors(office.vault.service_key, "thread", thread_id)
    query = SeeThread(thread_id, limit, _before(cursors, after))
    respond = partial(staff_thread_answer, cursors=cursors, limit=limit)
    return await asking.answer(threads.see_thread, office, query, by=caller.id, respond=respond)


@router.post("/threads/{thread_id}/answer", response_model=ListedThreadView)
@refuses(NoSuchThread, PersonErased, ThreadIsFull, WrittenSince)
async def answer_thread(
    thread_id: Id, form: ThreadAnswerForm, caller: MayAnswerThreads, asking: InAsking, office: InOffice
) -> Response:
    """Answer what somebody wrote, or add to an answer; they are told that something waits (coordinator)."""
    command = AnswerThread(thread_id, form.read_to, form.content())
    return await asking.answer(threads.answer_thread, office, command, by=caller.id, respond=answered_answer)


@router.post("/threads/{thread_id}/close", response_model=ListedThreadView)
@refuses(NoSuchThread, NothingWaits, PersonErased, WrittenSince)
async def close_thread(
    thread_id: Id, form: ClosingForm, caller: MayAnswerThreads, asking: InAsking, office: InOffice
) -> Response:
    """Close what somebody wrote without an answer, with a reason on record; they are told (coordinator)."""
    command = CloseThread(thread_id, form.read_to, form.reason)
    return await asking.answer(threads.close_thread, office, command, by=caller.id, respond=answered_answer)


def _before(cursors: Cursors, after: str | None) -> int | None:
    """Raises ``BadCursor``."""
    number = cursors.after(after)
    return int(number) if number else None
