"""What people write to the secretariat, and what it answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from relevo_chassis.http.strict import LongText, Strict, example
from relevo_intake.domain.sealed import Language
from relevo_intake.domain.thread import MOST_MESSAGES, MessageText

ReadTo = Annotated[
    int, Field(ge=1, le=MOST_MESSAGES, description="the number of the last message that was read before")
]


class MessageForm(Strict, json_schema_extra=example(language="en", text="May I change my name later?")):
    """What somebody asks the secretariat, or asks further."""

    language: Language = Field(description="of the question and of its answer")
    text: Annotated[LongText, Field(max_length=2_000)] = Field(
        description="sealed under their own key; gone 90 days after the certificate, or when they are erased"
    )

    def content(self) -> MessageText:
        return MessageText(language=self.language, text=self.text)


class ThreadAnswerForm(Strict, json_schema_extra=example(read_to=1, language="en", text="Yes, at any time.")):
    """What the secretariat answers."""

    read_to: ReadTo
    language: Language
    text: Annotated[LongText, Field(max_length=4_000)] = Field(
        description="sealed under the key of whoever asked; gone 90 days after the certificate, or when they are erased"
    )

    def content(self) -> MessageText:
        return MessageText(language=self.language, text=self.text)


class ClosingForm(Strict, json_schema_extra=example(read_to=1, reason="Answered by telephone.")):
    """Why what somebody wrote needs no answer here."""

    read_to: ReadTo
    reason: Annotated[LongText, Field(max_length=1_000)] = Field(
        description="for the record, sealed like what was written; the person is not shown it"
    )
