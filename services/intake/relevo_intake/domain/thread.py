"""What one person and the secretariat write to each other, from the first question on. The texts lie sealed.

A person has one thread for as long as they have an application, or a draft of one: they ask, the secretariat answers,
they ask further, and either side may close what waits. It is over 90 days after the certificate, or with the person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept, Sealed
from relevo_contracts.model import Frozen
from relevo_intake.domain.kept import THREAD, WHY, WRITTEN
from relevo_intake.domain.sealed import THREADS, Language

MOST_A_DAY = 10
MOST_UNANSWERED = 5
MOST_MESSAGES = 1_000
KEPT_AFTER_CERTIFICATE = timedelta(days=90)

Writer = Literal["person", "secretariat"]
MessageKind = Literal["question", "answer", "closing"]
ThreadState = Literal["waiting", "answered", "closed"]
"""Something waits for an answer; the last that was asked was answered; it was closed by either side."""


class NoSuchThread(Refusal):
    """Nobody has written under this id; see the list of those who have."""

    status = 404


class TooManyMessages(Refusal):
    """Somebody writes at most ten messages in 24 hours; come back tomorrow."""

    status = 429


class TooManyUnanswered(Refusal):
    """At most five messages wait for an answer at a time; write again when there is one."""

    status = 429


class ThreadIsFull(Refusal):
    """This thread is as long as it can be; no more messages can be kept in it."""


class WrittenSince(Refusal):
    """Something was written here since it was read; read it again and decide anew."""


class NothingWaits(Refusal):
    """Nothing waits for an answer here."""


class MessageText(Sealed):
    """What was written, by either side, and in which language."""

    kept: ClassVar[Kept] = WRITTEN
    retention: ClassVar[str] = THREADS

    language: Language
    text: str


class WhyClosed(Sealed):
    """Why what somebody wrote was closed without an answer; it may say what they wrote, and ends with it."""

    kept: ClassVar[Kept] = WHY
    retention: ClassVar[str] = THREADS

    text: str


class Message(Frozen):
    """One message. ``number`` counts from 1; ``staff_id`` is who of the staff wrote it. A closing has no text."""

    number: int
    kind: MessageKind
    by: Writer
    at: datetime
    staff_id: str = ""


class Thread(Frozen):
    """A thread; its id is that of the application, which is the draft's before.

    ``waits`` is whether something waits for an answer, ``since`` since when that is so or not, ``answer_until`` the
    target. ``read_to`` is the number of the last message that the person has read.
    """

    kept: ClassVar[Kept] = THREAD

    thread_id: str
    person_id: str
    call_id: str
    edition_id: str
    since: datetime
    waits: bool = False
    answer_until: datetime | None = None
    messages: tuple[Message, ...] = ()
    read_to: int = 0
    over_at: datetime | None = None

    @property
    def state(self) -> ThreadState:
        if self.waits:
            return "waiting"
        return "closed" if self.messages and self.messages[-1].kind == "closing" else "answered"

    @property
    def last(self) -> int:
        """The number of the last message."""
        return len(self.messages)

    @property
    def unread(self) -> int:
        """How many messages of the secretariat the person has not read."""
        return sum(each.by == "secretariat" for each in self.messages[self.read_to :])

    @property
    def unanswered(self) -> int:
        """How many messages of the person wait for an answer."""
        if not self.waits:
            return 0
        since = max((each.number for each in self.messages if each.kind != "question"), default=0)
        return self.last - since

    def is_late(self, now: datetime) -> bool:
        """Whether what waits should have been answered by now."""
        return self.answer_until is not None and now > self.answer_until

    def may_write(self, now: datetime) -> int:
        """How many messages the person may write now."""
        lately = sum(each.kind == "question" and each.at > now - timedelta(hours=24) for each in self.messages)
        return max(0, min(MOST_A_DAY - lately, MOST_UNANSWERED - self.unanswered, MOST_MESSAGES - self.last))


def ask(thread: Thread, answer_days: int, now: datetime) -> Thread:
    """The person asks, or asks further; the target is counted from the first message that waits.

    Raises ``TooManyMessages``, ``TooManyUnanswered`` or ``ThreadIsFull``.
    """
    if thread.may_write(now) == 0:
        if thread.unanswered >= MOST_UNANSWERED:
            raise TooManyUnanswered(most=MOST_UNANSWERED)
        if thread.last >= MOST_MESSAGES:
            raise ThreadIsFull(thread_id=thread.thread_id)
        raise TooManyMessages(most=MOST_A_DAY)
    asked = _with(thread, "question", "person", now)
    if thread.waits:
        return asked
    return asked.model_copy(update={"waits": True, "since": now, "answer_until": now + timedelta(days=answer_days)})


def answer(thread: Thread, read_to: int, staff_id: str, now: datetime) -> Thread:
    """The secretariat answers what was read up to this message, or adds to an answer. Raises ``WrittenSince``."""
    _require_read(thread, read_to)
    if thread.last >= MOST_MESSAGES:
        raise ThreadIsFull(thread_id=thread.thread_id)
    return _waits_no_more(_with(thread, "answer", "secretariat", now, staff_id), now)


def close(thread: Thread, read_to: int, staff_id: str, now: datetime) -> Thread:
    """The secretariat closes what was read without an answer. Raises ``WrittenSince`` or ``NothingWaits``."""
    _require_read(thread, read_to)
    if not thread.waits:
        raise NothingWaits(thread_id=thread.thread_id)
    return _waits_no_more(_with(thread, "closing", "secretariat", now, staff_id), now)


def close_own(thread: Thread, now: datetime) -> Thread:
    """The person needs no answer any more; where nothing waits nothing changes."""
    if not thread.waits:
        return thread
    return _waits_no_more(_with(thread, "closing", "person", now), now)


def read(thread: Thread) -> Thread:
    """The person has read all that is there."""
    return thread.model_copy(update={"read_to": thread.last})


def end(thread: Thread, now: datetime) -> Thread:
    """It is over, with all that was written in it."""
    over = {"messages": (), "waits": False, "answer_until": None, "read_to": 0, "over_at": thread.over_at or now}
    return thread.model_copy(update=over)


def text_at(thread_id: str, number: int) -> str:
    """Where the text of a message lies in the vault of whoever it is about."""
    return f"thread/{thread_id}/{number}"


def reason_at(thread_id: str, number: int) -> str:
    """Where it lies why something was closed without an answer."""
    return f"thread-closed/{thread_id}/{number}"


def places_of(thread: Thread) -> list[str]:
    """Where all that was written lies."""
    closed = [each.number for each in thread.messages if each.kind == "closing"]
    written = [text_at(thread.thread_id, each.number) for each in thread.messages if each.kind != "closing"]
    return [*written, *(reason_at(thread.thread_id, number) for number in closed)]


def _with(thread: Thread, kind: MessageKind, by: Writer, now: datetime, staff_id: str = "") -> Thread:
    message = Message(number=thread.last + 1, kind=kind, by=by, at=now, staff_id=staff_id)
    return thread.model_copy(update={"messages": (*thread.messages, message)})


def _waits_no_more(thread: Thread, now: datetime) -> Thread:
    return thread.model_copy(update={"waits": False, "since": now, "answer_until": None})


def _require_read(thread: Thread, read_to: int) -> None:
    if thread.last != read_to:
        raise WrittenSince(thread_id=thread.thread_id, last=thread.last)
