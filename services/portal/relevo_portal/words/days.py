"""What the pages of the sixty days say: see ``texts/days/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_contracts.multiplier_tracking import SessionFormat, SupportTopic
from relevo_portal.services.multiplier_tracking import AskedFor, Reason, RequestState, SessionState, SupportState
from relevo_portal.words import Passage

Situation = Literal[
    "early",
    "expected",
    "not_due",
    "last_day",
    "reporting",
    "paused",
    "asking",
    "fulfilled",
    "lapsed",
    "under_review",
    "withdrawn",
    "other",
]
"""How the days stand; ``early`` is before the service knows of any. While days are left their number says it."""
Field = Literal[
    "planned_on",
    "held_on",
    "minutes",
    "people",
    "format",
    "description",
    "evidence_note",
    "together_with",
    "another_session",
    "asked_for",
    "due_on",
    "reason",
    "note",
    "topic",
    "language",
    "question",
]
"""What is written in the forms, by multiplier tracking's names."""
Agreed = Literal["yes", "no", "open"]
"""What somebody said to whether a session was held together; ``open`` is nothing yet."""
Fault = Literal["day", "number", "choice", "text", "away", "changed"]
"""What can be wrong with it before it is sent, or when it is."""


class FieldWords(Words):
    label: str
    hint: str


class FormWords(Words):
    """A page with a form: the link to it, its heading, what it is for, its button."""

    link: str
    title: str
    lead: str
    button: str


class OverviewWords(Words):
    """The clock, with what moved it."""

    above: str
    situations: Mapping[Situation, str]
    early: str
    other: str
    left: Counted
    facts: str
    next: str
    week: str
    due: str
    until: str
    stopped: str
    stopped_now: str
    asks: str
    asks_once: str
    asks_in_sum: str
    lacks: str
    lacks_text: str
    steps: str
    step: str
    step_due: str
    picture: str
    picture_text: str
    can: str
    sessions: str
    no_session: str


class SessionWords(Words):
    """One multiplier session."""

    title: str
    states: Mapping[SessionState, Passage]
    planned_on: str
    sent_at: str
    because: str
    correct_until: str
    by_itself: str
    meets: str
    falls_short: str
    wrote: str
    coordinator: str
    see: str
    back: str
    code: str
    code_hint: str


class RequestWords(Words):
    """A pause, or more days."""

    list: str
    states: Mapping[RequestState, str]
    asked_for: Mapping[AskedFor, Passage]
    until: str
    asked_at: str
    wrote: str
    answer: str
    withdraw: str
    waits: Passage
    closed: str


class QuestionWords(Words):
    """Threads with the experts."""

    list: str
    none: str
    topics: Mapping[SupportTopic, str]
    states: Mapping[SupportState, str]
    asked_at: str
    answered_at: str
    yours: str
    expert: str
    gone: str
    within: Counted
    until: str
    late: Passage
    late_can: Sequence[str]
    write: str
    further: str
    further_hint: str
    further_button: str
    close: str
    close_hint: str
    back: str


class TogetherWords(Words):
    """Sessions that several participants held together."""

    link: str
    title: str
    lead: str
    theirs: str
    mine: str
    none: str
    answers: Mapping[Agreed, str]
    yes: str
    no: str


class DaysWords(Words):
    overview: OverviewWords
    session: SessionWords
    plan: FormWords
    change_plan: FormWords
    report: FormWords
    correct: FormWords
    ask: FormWords
    help: FormWords
    request: RequestWords
    question: QuestionWords
    together: TogetherWords
    limits: str
    limits_once: Sequence[str]
    limits_in_sum: Sequence[str]
    last_days: str
    figures: str
    texts: str
    texts_hint: str
    fields: Mapping[Field, FieldWords]
    formats: Mapping[SessionFormat, str]
    reasons: Mapping[Reason, str]
    faults: Mapping[Fault, str]


TEXTS = Texts(DaysWords, "relevo_portal", "days")
