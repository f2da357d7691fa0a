"""What people and the secretariat write to each other: of each thread, what its reader may see."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_chassis.http.paging import Cursors
from relevo_contracts.model import Id
from relevo_intake.commands.threads import OpenedThread, ThreadNow
from relevo_intake.domain.thread import Message, MessageKind, MessageText, Thread, ThreadState, Writer

OwnThreadState = Literal["none", "waiting", "answered", "closed", "over"]


class ThreadMarkView(BaseModel):
    """How one's own thread with the secretariat stands, without what was written."""

    state: OwnThreadState = Field(description="none before the first message; over when nothing of it is kept any more")
    waiting_since: datetime | None = Field(description="since when something waits for an answer; else null")
    answer_until: datetime | None = Field(description="by when the secretariat means to answer it; else null")
    late: bool = Field(description="whether it should have been answered by now")
    unread: int = Field(description="messages of the secretariat that one has not opened")


class MessageView(BaseModel):
    """One message."""

    number: int = Field(description="counts from 1")
    kind: MessageKind = Field(description="a question, an answer, or that nothing is answered to what waited")
    by: Writer
    at: datetime
    content: MessageText | None = Field(description="null for a closing, and for what is no longer kept")


class OwnThreadView(ThreadMarkView):
    """One's own thread, the newest message first. Opening it without `after` says that it was read."""

    answer_days: int = Field(description="within how many days the secretariat means to answer")
    may_write: int = Field(description="how many messages one may write now")
    messages: tuple[MessageView, ...]
    next: str | None = Field(description="send it as `after` to get older messages")


class WrittenView(ThreadMarkView):
    """One's own thread after one wrote, or closed it."""

    last: int = Field(description="the number of the last message")


class ListedThreadView(BaseModel):
    """A thread as the secretariat sees it listed: nothing of who it is, and nothing of what was written."""

    thread_id: Id = Field(description="the same as that of the application, or of the draft")
    call_id: Id
    state: ThreadState
    since: datetime = Field(description="since when it is so")
    waiting_days: int | None = Field(description="for how many whole days it has waited for an answer; else null")
    answer_until: datetime | None = Field(description="the target, while something waits")
    late: bool = Field(description="whether the target is passed")
    last: int = Field(description="how many messages there are")


class ThreadsView(BaseModel):
    """A page of threads: those that wait first, the oldest first."""

    items: tuple[ListedThreadView, ...]
    total: int = Field(description="on all pages")
    next: str | None = Field(description="send it as `after` to get the next page")


class StaffMessageView(MessageView):
    """One message, as the secretariat reads it."""

    staff_id: str | None = Field(description="who of the staff wrote it")


class StaffThreadView(ListedThreadView):
    """A thread as the secretariat reads it, the newest message first."""

    person_read_to: int = Field(description="the number of the last message that the person has opened")
    messages: tuple[StaffMessageView, ...]
    next: str | None = Field(description="send it as `after` to get older messages")


def thread_mark(thread: Thread | None, now: datetime) -> ThreadMarkView:
    if thread is None:
        return ThreadMarkView(state="none", waiting_since=None, answer_until=None, late=False, unread=0)
    return ThreadMarkView(
        state=_own_state(thread),
        waiting_since=thread.since if thread.waits else None,
        answer_until=thread.answer_until,
        late=thread.is_late(now),
        unread=thread.unread,
    )


def listed_thread_view(thread: Thread, now: datetime) -> ListedThreadView:
    return ListedThreadView(
        thread_id=thread.thread_id,
        call_id=thread.call_id,
        state=thread.state,
        since=thread.since,
        waiting_days=(now - thread.since).days if thread.waits else None,
        answer_until=thread.answer_until,
        late=thread.is_late(now),
        last=thread.last,
    )


def own_thread_answer(opened: OpenedThread, *, cursors: Cursors, limit: int) -> Answer:
    page = cursors.page(opened.messages, limit, lambda each: str(each.number))
    view = OwnThreadView(
        **thread_mark(opened.thread, opened.at).model_dump(),
        answer_days=opened.answer_days,
        may_write=0 if opened.thread.over_at else opened.thread.may_write(opened.at),
        messages=tuple(_message(each, opened) for each in page.items),
        next=page.next,
    )
    return answer_json(view)


def staff_thread_answer(opened: OpenedThread, *, cursors: Cursors, limit: int) -> Answer:
    page = cursors.page(opened.messages, limit, lambda each: str(each.number))
    view = StaffThreadView(
        **listed_thread_view(opened.thread, opened.at).model_dump(),
        person_read_to=opened.thread.read_to,
        messages=tuple(
            StaffMessageView(**_message(each, opened).model_dump(), staff_id=each.staff_id or None)
            for each in page.items
        ),
        next=page.next,
    )
    return answer_json(view)


def written_answer(after: ThreadNow, status: int = 200) -> Answer:
    return answer_json(WrittenView(**thread_mark(after.thread, after.at).model_dump(), last=after.thread.last), status)


def asked_answer(after: ThreadNow) -> Answer:
    return written_answer(after, 201)


def answered_answer(after: ThreadNow) -> Answer:
    return answer_json(listed_thread_view(after.thread, after.at))


def _message(message: Message, opened: OpenedThread) -> MessageView:
    content = opened.texts.get(message.number)
    return MessageView(number=message.number, kind=message.kind, by=message.by, at=message.at, content=content)


def _own_state(thread: Thread) -> OwnThreadState:
    if thread.over_at is not None:
        return "over"
    return thread.state if thread.messages else "none"
