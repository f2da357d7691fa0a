"""Intake, as somebody writes to the secretariat by it and reads what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from relevo_chassis.languages import Language
from relevo_portal.services.asking import Answered, known
from relevo_portal.services.intake import Intake

ThreadState = Literal["none", "waiting", "answered", "closed", "over", "other"]
"""How a thread stands; ``other`` is what a newer intake may say."""
MessageKind = Literal["question", "answer", "closing"]
AT_ONCE = 200


class Content(Answered):
    """What was written, and in which language."""

    language: str
    text: str


class Message(Answered):
    """One message; of a closing, and of what is no longer kept, there is no content."""

    number: int
    kind: Annotated[MessageKind, known(MessageKind, "answer")]
    by: Literal["person", "secretariat"]
    at: datetime
    content: Content | None = None


class Thread(Answered):
    """What somebody wrote and was answered, the newest first; ``next`` leads to what is older."""

    state: Annotated[ThreadState, known(ThreadState, "other")]
    waiting_since: datetime | None = None
    answer_until: datetime | None = None
    late: bool = False
    answer_days: int
    may_write: int
    messages: tuple[Message, ...] = ()
    next: str | None = None


async def read_thread(intake: Intake, token: str, language: Language, after: str | None = None) -> Thread:
    """From now on it is read. Raises ``Away``, ``SessionOver`` or ``NothingThere``."""
    older = f"&after={after}" if after else ""
    return await intake.read(f"/me/thread?limit={AT_ONCE}{older}", token, language, Thread)


async def write_message(intake: Intake, content: Content, token: str, once: str, language: Language) -> None:
    """Raises ``Away``, ``SessionOver``, ``Declined``, ``FieldsDeclined`` or ``NothingThere``."""
    body = {"language": content.language, "text": content.text}
    await intake.do("/me/thread/messages", token, once, language, body)


async def close_thread(intake: Intake, token: str, once: str, language: Language) -> None:
    """No answer is needed any more. Raises ``Away``, ``SessionOver``, ``Declined`` or ``NothingThere``."""
    await intake.do("/me/thread/close", token, once, language)
