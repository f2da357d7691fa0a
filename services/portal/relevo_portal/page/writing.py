"""The page on which people write to the secretariat and read what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from relevo_chassis.languages import Language
from relevo_chassis.languages.counts import counted
from relevo_chassis.languages.days import day, instant
from relevo_chassis.languages.words import CHOICES
from relevo_portal.page.frame import Frame, made
from relevo_portal.page.parts import Facts, Part
from relevo_portal.services.intake import ThreadMark
from relevo_portal.services.threads import Message, Thread
from relevo_portal.words import Passage
from relevo_portal.words.writing import TEXTS, WritingWords


class Form(NamedTuple):
    """The form as it is shown: the key under which it is done once, what stands in it and what is wrong with that.

    ``waited`` says that it was sent when the session was over.
    """

    once: str
    typed: Mapping[str, str] = {}
    faults: Mapping[str, str] = {}
    problem: str | None = None
    waited: bool = False


class Turn(NamedTuple):
    """One message as it is shown."""

    who: str
    at: str
    text: str
    kind: str
    language: str | None


def in_short(mark: ThreadMark | None, language: Language) -> Part | None:
    """What waits, for the first page of one's own; nothing where nothing does."""
    words = TEXTS[language].in_short
    if mark is not None and mark.unread:
        return Part("write", words.unread, [(words.news_label, counted(words.news, mark.unread, language))])
    if mark is None or mark.waiting_since is None or mark.answer_until is None:
        return None
    title = words.late if mark.late else words.waiting
    since, until = instant(mark.waiting_since, language), day(mark.answer_until.date(), language)
    return Part("write", title, [(words.since, since), (words.until, until)])


def writing_page(frame: Frame, found: Thread | None, form: Form, *, older: bool = False) -> str:
    """The thread, read downwards, with the form at its end; ``None`` while intake cannot tell."""
    words = TEXTS[frame.language]
    faults = [*form.faults.items(), *([(None, form.problem)] if form.problem else [])]
    return made(
        "writing.html",
        frame,
        text=words,
        within=counted(words.within, found.answer_days, frame.language) if found else "",
        passage=_passage(found, words),
        facts=_facts(found, frame.language) if found else [],
        turns=_turns(found.messages if found else (), frame.language),
        thread=found,
        form=form,
        form_faults=faults,
        spoken=CHOICES,
        older=older,
    )


def _passage(found: Thread | None, words: WritingWords) -> Passage:
    if found is None:
        return words.away
    return words.late if found.late else words.states[found.state]


def _facts(found: Thread, language: Language) -> Facts:
    words = TEXTS[language]
    if found.waiting_since is None or found.answer_until is None:
        return []
    since, until = instant(found.waiting_since, language), day(found.answer_until.date(), language)
    return [(words.written_at, since), (words.until, until)]


def _turns(messages: Sequence[Message], language: Language) -> list[Turn]:
    words = TEXTS[language]
    return [_turn(each, language, words) for each in reversed(messages)]


def _turn(message: Message, language: Language, words: WritingWords) -> Turn:
    own = message.by == "person"
    who, kind = (words.you, "mine") if own else (words.secretariat, "theirs")
    at = instant(message.at, language)
    if message.kind == "closing":
        return Turn(who, at, words.closed_by_you if own else words.closed_by_them, kind, None)
    if message.content is None:
        return Turn(who, at, words.gone, kind, None)
    return Turn(who, at, message.content.text, kind, message.content.language)
