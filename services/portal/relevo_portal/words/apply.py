"""What is said to whoever applies: see ``texts/apply``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.services.applying import Attribute, Criterion, Display, FieldName, Group, Letters, Sex, Theme
from relevo_portal.words import Passage

PageNumber = Literal["1", "2", "3", "4"]
"""Where something is filled in; on the fifth it is looked over and sent."""
BeginMistake = Literal["away", "too_many", "not_from_here", "over"]
"""What can be wrong when somebody begins."""
PartOfNotice = Literal["what", "why", "sealed", "seen", "letters", "until", "rights"]
Names = Literal["name", "contact", "organisation"]
"""What in a text can tell who wrote it."""
NOTICE_VERSION = "1"
"""Of the privacy notice below; a new wording that changes what is agreed to has a new one."""


class FieldWords(Words):
    """A question: what is asked, and why or how it is meant."""

    label: str
    hint: str


class CallsWords(Words):
    link: str
    title: str
    lead: str
    none: Passage
    away: Passage
    opens: str
    closes: str
    read: str
    back: str


class CallWords(Words):
    """One call, for anybody."""

    other_language: str
    facts: str
    open_from: str
    open_until: str
    seats: str
    grants: str
    cost: str
    free: str
    who_title: str
    who: Sequence[str]
    countries: str
    quotas: Mapping[Attribute, str]
    cap: str
    asks_title: str
    attendance: str
    multiplier: str
    decided_title: str
    rubric: str
    criteria: Mapping[Criterion, str]
    blind: str
    not_blind: str
    answer: str
    form_title: str
    form_lead: str
    form_all: str
    how_title: str
    how: Sequence[str]
    notice: str
    begin: str
    announced: str
    closed: Passage
    mistakes: Mapping[BeginMistake, str]


class NoticeWords(Words):
    """How data are treated, to which whoever sends an application agrees."""

    title: str
    version: str
    lead: str
    parts: Mapping[PartOfNotice, Passage]


class CodeWords(Words):
    """The receipt code, seen twice before it counts."""

    title: str
    lead: str
    keep_title: str
    keep: Sequence[str]
    kept: str
    again_title: str
    again_lead: str
    last: str
    last_hint: str
    once_more: str
    go_on: str
    wrong: str


class ReviewWords(Words):
    """The last page: look over, and send."""

    title: str
    lead: str
    change: str
    nothing: str
    lacking: str
    lacking_title: str
    consent: str
    consent_missing: str
    notice: str
    late: str
    late_hint: str
    send: str
    drop: str


class SentWords(Words):
    title: str
    lead: str
    next_title: str
    next: Sequence[str]
    letters: str
    no_letters: str
    closes: str
    mine: str


class ApplyWords(Words):
    calls: CallsWords
    call: CallWords
    notice: NoticeWords
    code: CodeWords
    progress: str
    page_titles: Mapping[PageNumber, str]
    fields: Mapping[FieldName, FieldWords]
    optional: str
    choose: str
    sexes: Mapping[Sex, str]
    groups: Mapping[Group, str]
    themes: Mapping[Theme, str]
    displays: Mapping[Display, FieldWords]
    letters: Mapping[Letters, FieldWords]
    count: Counted
    warning: str
    warning_next: Passage
    names: Mapping[Names, str]
    save: str
    before: str
    conflict: Passage
    saved_now: str
    keep_saved: str
    not_saved: str
    declined: str
    go_on_anyway: str
    review: ReviewWords
    dropping: Passage
    drop_yes: str
    drop_no: str
    sent: SentWords


TEXTS = Texts(ApplyWords, "relevo_portal", "apply")
