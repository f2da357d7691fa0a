"""What is said to whoever writes to the secretariat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.services.threads import ThreadState
from relevo_portal.words import Passage

Fault = Literal["text", "language", "away", "changed"]
"""What can be wrong with a message before or when it is sent."""


class InShortWords(Words):
    """A few words of it for the first page of one's own."""

    unread: str
    waiting: str
    late: str
    since: str
    until: str
    news: Counted
    news_label: str


class WritingWords(Words):
    above: str
    states: Mapping[ThreadState, Passage]
    late: Passage
    away: Passage
    written_at: str
    until: str
    within: Counted
    list: str
    you: str
    secretariat: str
    closed_by_you: str
    closed_by_them: str
    gone: str
    older: str
    newest: str
    language: str
    text: str
    text_hint: str
    send: str
    full: str
    close: str
    close_hint: str
    know_title: str
    know: Sequence[str]
    urgent_title: str
    urgent: Sequence[str]
    faults: Mapping[Fault, str]
    in_short: InShortWords


TEXTS = Texts(WritingWords, "relevo_portal", "writing")
